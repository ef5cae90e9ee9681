import type { Readings } from '../../../functions/release/judge/datapoints.ts';
import { limitOf } from '../../../functions/release/judge/judgement.ts';
import { type Checkpoints, judgeMinutes } from '../../../functions/release/judge/judging.ts';
import { judgedTargets } from '../../../functions/release/judge/metrics.ts';
import type { Minute } from '../../../functions/release/judge/minute.ts';
import { newRecord } from '../../../functions/release/new-record.ts';
import type { ReleaseRecord, ReleaseTarget } from '../../../functions/release/record.ts';
import { parseRequest } from '../../../functions/release/request.ts';

/** Times are minutes after noon, when the first shift began. */
const NOON_MS = Date.parse('2026-01-15T12:00:00.000Z');
export const NOON_MINUTE = NOON_MS / 60_000;
export const atMs = (minute: number, seconds = 0): number => NOON_MS + minute * 60_000 + seconds * 1000;
export const at = (minute: number, seconds = 0): string => new Date(atMs(minute, seconds)).toISOString();

/** A release in the bake of a step: orders-api goes from version 1 to version 2, at noon to 10 %. */
export function aRelease({
  targets = ['orders-api'],
  judge = { latency: false },
  plan = '10% 1h, 50% 1h, 100% 1h',
  pinned = {},
  shifts = [[0, 20]],
}: {
  targets?: string[];
  judge?: Record<string, unknown>;
  plan?: string;
  /** What Plan found of every target. */
  pinned?: Partial<ReleaseTarget>;
  /** From the beginning of a minute for so many seconds; the last is the step that the release is in. */
  shifts?: [minute: number, seconds: number][];
} = {}): ReleaseRecord {
  const parsed = parseRequest({ targets, judge, plan, unwatched: true });
  if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
  const record = newRecord({ id: 'orders-7', ...parsed, at: at(-5), startedBy: 'somebody' });
  return {
    ...record,
    targets: record.targets.map((target) => ({ ...target, blue: '1', green: '2', ...pinned })),
    step: shifts.length - 1,
    shifts: shifts.map(([minute, seconds]) => ({ from: at(minute), to: at(minute, seconds) })),
  };
}

/** What CloudWatch has, by function, version and metric. */
export interface SomeMetrics {
  readings: Readings;
  put(where: { of?: string; version: string; metric: string }, minute: number, values: Record<string, number>): void;
  /** A whole minute of a target as Lambda tells it. */
  putMinute(minute: number, counts: Partial<Minute>, of?: string): void;
}

export function someMetrics(): SomeMetrics {
  const all = new Map<string, Map<number, number>>();
  const put: SomeMetrics['put'] = ({ of = 'orders-api', version, metric }, minute, values) => {
    for (const [statistic, value] of Object.entries(values)) {
      const key = [of, version, metric, statistic].join(' ');
      all.set(key, (all.get(key) ?? new Map()).set(NOON_MINUTE + minute, value));
    }
  };
  return {
    readings: ({ metricName, dimensions, statistic }) =>
      all.get([dimensions.FunctionName, dimensions.ExecutedVersion, metricName, statistic].join(' ')) ?? new Map(),
    put,
    putMinute(minute, counts, of) {
      const { greenBad, greenTotal, blueBad, blueTotal } = { ...HEALTHY, ...counts };
      for (const [version, bad, total] of [
        ['1', blueBad, blueTotal],
        ['2', greenBad, greenTotal],
      ] as const) {
        put({ of, version, metric: 'Invocations' }, minute, { Sum: total });
        put({ of, version, metric: 'Errors' }, minute, { Sum: bad, SampleCount: total });
        put({ of, version, metric: 'Duration' }, minute, { 'TC(100:)': bad, SampleCount: total });
      }
    },
  };
}

/** 1 % of either version fails. */
export const HEALTHY: Minute = { greenBad: 1, greenTotal: 100, blueBad: 9, blueTotal: 900 };
export const SICK: Minute = { ...HEALTHY, greenBad: 30 };

/** The checkpoints after a look at this time. */
export function look(record: ReleaseRecord, { readings }: SomeMetrics, nowMs: number, known: Checkpoints = {}): Checkpoints {
  return judgeMinutes(known, judgedTargets(record), record, { readings, atMs: nowMs, logLimit: Math.log(limitOf(record)) });
}

/** The checkpoints after a look each minute from the first minute to the last. */
export function lookEachMinute(
  record: ReleaseRecord,
  metrics: SomeMetrics,
  from: number,
  to: number,
  known: Checkpoints = {},
): Checkpoints {
  let checkpoints = known;
  for (let minute = from; minute <= to; minute++) checkpoints = look(record, metrics, atMs(minute), checkpoints);
  return checkpoints;
}

export const checkpointOf = (checkpoints: Checkpoints, metric = 'errors', target = 'orders-api:live') => checkpoints[target]![metric]!;
/** The last minute that is judged or passed over, after noon. */
export const throughOf = (checkpoints: Checkpoints, metric?: string, target?: string): number =>
  checkpointOf(checkpoints, metric, target).throughMinute - NOON_MINUTE;
