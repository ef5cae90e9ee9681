/** On one line: what people wrote into names and reasons must not write over anybody's screen, nor make a line of its own. */
export const visible = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');
