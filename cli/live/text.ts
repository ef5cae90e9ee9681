import { visible } from '../../client/visible.ts';

/** Text of a screen. Every character of Teal's own takes one cell. */

/** On one line of so many cells. What would move the cursor is a space. */
export function cut(text: string, columns: number): string {
  const characters = [...visible(text)];
  return characters.length <= columns ? characters.join('') : `${characters.slice(0, columns - 1).join('')}…`;
}

/** Lines of at most so many cells, broken between words; a longer word is cut. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of visible(text)
    .split(' ')
    .filter((one) => one !== '')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(cut(word, columns));
  }
  return lines;
}

/** "48.9 %", "100 %" */
export const showPercent = (percent: number): string => `${Number(percent.toFixed(1))} %`;

/** "45s", "6m 12s", "1h 5m", "2d 3h" */
export function showLeft(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count}${unit}`).join(' ');
}
