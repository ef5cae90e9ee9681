/** "2026-12-01 02:00", UTC as all times of Teal are. */
export const showMinute = (at: string): string => at.slice(0, 16).replace('T', ' ');

/** The first few of many texts and how many more there are, so that a reason stays readable and within every limit. */
export function listFew(texts: string[], separator = '; ', most = 10): string {
  const more = texts.length - most;
  return more > 0 ? `${texts.slice(0, most).join(separator)}${separator}and ${more} more` : texts.join(separator);
}

/** The beginning of a text that may be long, so that a reason stays within every limit. */
export const shorten = (text: string, mostCharacters: number): string =>
  text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
