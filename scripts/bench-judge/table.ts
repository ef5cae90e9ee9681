import type { Row } from './rows.ts';
import type { Outcome } from './run-row.ts';
import { WATCHES, type WatchName } from './watches.ts';

export interface RowOutcome {
  row: Row;
  releases: number;
  outcomes: Record<WatchName, Outcome>;
}

/** Two significant digits; one decimal close to 100. */
export function percentText(percent: number): string {
  return String(percent > 98 ? Number(percent.toFixed(1)) : Number(percent.toPrecision(2)));
}

/** Healthy: percent reverted. Others: percent detected (left out when it is 100) / median minutes / median failed requests on green. */
export function cellText(outcome: Outcome, isHealthy: boolean): string {
  if (isHealthy) return percentText(outcome.revertedPercent);
  // Hardly a release is left to tell a median of.
  if (outcome.revertedBeforePercent > 95) return 'reverted before';
  if (outcome.revertedPercent === 0) return 'never';
  const { minutes, failed } = outcome;
  const detected = Math.round(outcome.revertedPercent);
  return [...(detected === 100 ? [] : [detected]), Number.isFinite(minutes.median) ? minutes.median : '-', failed.median].join('/');
}

export function tableText(rows: RowOutcome[]): string {
  const names = Object.keys(WATCHES) as WatchName[];
  const lines = [
    ['row', 'releases', ...names],
    ...rows.map(({ row, releases, outcomes }) => [
      row.name,
      releases.toLocaleString('en'),
      ...names.map((name) => cellText(outcomes[name], row.regression === undefined)),
    ]),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const [heading, ...rest] = lines.map((line) => `| ${line.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`);
  return [heading, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n');
}
