/** Rows of text under headings, each column as wide as it must be. */
export function formatTable(headings: string[], rows: string[][]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** "2026-01-15 12:00:00", UTC as Teal has it. */
export const showTime = (at: string): string => at.slice(0, 19).replace('T', ' ');
