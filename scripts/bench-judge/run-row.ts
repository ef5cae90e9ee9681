import { createRandom } from '../../local/random.ts';
import { createBinomial } from './binomial.ts';
import type { Row } from './rows.ts';
import { simulateMinute } from './simulate.ts';
import { WATCHES, type WatchName } from './watches.ts';

/** What one way of watching did to the releases of a row. */
export interface Outcome {
  /** Those that were not reverted before anything was wrong. */
  releases: number;
  /** Of all releases. */
  revertedBeforePercent: number;
  revertedPercent: number;
  /** From the first minute in which green is worse to the revert; infinite where half of them were not reverted. */
  minutes: Median;
  /** Requests that failed on green in that time, or until the end of the bake. */
  failed: Median;
}

export interface Median {
  median: number;
  /** Three standard errors below the median: the order statistic of that rank. */
  atLeast: number;
}

/** Every way of watching sees the same releases. The same seed gives the same outcomes. */
export function runRow(row: Row, releases: number, seed: number): Record<WatchName, Outcome> {
  const binomial = createBinomial(createRandom(seed));
  const fromMinute = row.regression?.fromMinute ?? 0;
  const names = Object.keys(WATCHES) as WatchName[];
  const runs = new Map(names.map((name) => [name, { minutes: [] as number[], failed: [] as number[] }]));
  for (let release = 0; release < releases; release++) {
    const minutes = Array.from({ length: row.minutes }, (_, minute) => simulateMinute(row.trafficOf(minute), binomial));
    for (const name of names) {
      const watch = WATCHES[name](row);
      const revertedAt = minutes.findIndex((minute) => watch(minute));
      if (revertedAt !== -1 && revertedAt < fromMinute) continue;
      const { minutes: times, failed } = runs.get(name)!;
      times.push(revertedAt === -1 ? Number.POSITIVE_INFINITY : revertedAt + 1 - fromMinute);
      const seen = minutes.slice(fromMinute, revertedAt === -1 ? undefined : revertedAt + 1);
      failed.push(seen.reduce((sum, { greenBad }) => sum + greenBad, 0));
    }
  }
  const outcomes = [...runs].map(([name, { minutes, failed }]): [WatchName, Outcome] => [
    name,
    {
      releases: minutes.length,
      revertedBeforePercent: 100 * (1 - minutes.length / releases),
      revertedPercent: (100 * minutes.filter(Number.isFinite).length) / Math.max(1, minutes.length),
      minutes: medianOf(minutes),
      failed: medianOf(failed),
    },
  ]);
  return Object.fromEntries(outcomes) as Record<WatchName, Outcome>;
}

function medianOf(values: number[]): Median {
  if (values.length === 0) return { median: Number.NaN, atLeast: Number.NaN };
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return { median: sorted[middle]!, atLeast: sorted[Math.max(0, Math.floor(middle - 1.5 * Math.sqrt(sorted.length)))]! };
}
