import type { ReleaseRecord, ReleaseTarget, Shift } from '../record.ts';
import { targetKey } from '../target.ts';
import { countsOf, greenExpected, isReady, type MetricReadings, patienceSeconds, type Readings } from './datapoints.ts';
import type { JudgedMetric, JudgedTarget, MetricQuery } from './metrics.ts';
import { count, newTally, type Tally } from './tally.ts';
import { bet, combine, newWealth, type Wealth } from './wealth.ts';

/** Which minutes are judged, each of them once; and what is kept of them between two looks. */

/** Of one metric of one target; carried from step to step, never begun again. */
export interface Checkpoint {
  /** The last minute that was judged or passed over, in minutes since 1970. */
  throughMinute: number;
  wealth: Wealth;
  /** In which the last minute was that had requests of both. */
  step: number;
  stepTally: Tally;
  /** Since the evidence was last 1 to 1 or less. */
  tally: Tally;
  /** Requests that green should have had, by its share of all, since it last reported any where blue did. */
  missing: number;
  /** Minutes that could not be judged: more bad requests than requests, or only one of the two. */
  unusableMinutes: number;
}

/** By target ("orders-api:live") and metric. */
export type Checkpoints = Record<string, Record<string, Checkpoint>>;

type Watched = Pick<ReleaseRecord, 'shifts' | 'plan' | 'step'>;

const MINUTE_MS = 60_000;
/** An alias's new weights reach all of Lambda some seconds after it took them. */
const SPREADS_MS = 10_000;
/** Green's first instances are cold. */
const COLD_MINUTES = 2;
/** With fewer requests a minute most of a version's meet an instance that has just started: as slow as the version is quiet. */
const LEAST_WARM_REQUESTS = 10;
/** Minutes that nobody looked at for so long stay unjudged, so that no look has more to read than this. */
const MOST_BEHIND_MINUTES = 180;

export const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS);
/** The last minute that is a minute old. */
export const lastMinuteAt = (atMs: number): number => minuteOf(atMs) - 2;

/**
 * The checkpoints after a look at this time. Every metric goes on minute by minute until one is not ready. Once the
 * evidence has reached the limit (ln of it) nothing more is judged: what was enough stays enough.
 */
export function judgeMinutes(
  known: Checkpoints,
  targets: JudgedTarget[],
  watched: Watched,
  { readings, atMs, logLimit }: { readings: Readings; atMs: number; logLimit: number },
): Checkpoints {
  const { shifts } = watched;
  const next = begin(known, targets, shifts, atMs);
  for (let minute = firstUnjudged(next); minute <= lastToJudge(watched, atMs) && logEvidence(next, targets) < logLimit; minute++) {
    for (const judged of targets) {
      const ofTarget = next[targetKey(judged.target)]!;
      for (const metric of judged.metrics) {
        const checkpoint = ofTarget[metric.key]!;
        if (checkpoint.throughMinute === minute - 1)
          ofTarget[metric.key] = passMinute(checkpoint, minute, { judged, metric, shifts, readings, atMs });
      }
    }
  }
  return next;
}

/** ln of the evidence against green of all that is judged. */
export const logEvidence = (checkpoints: Checkpoints, targets: JudgedTarget[]): number =>
  combine(targets.map((judged) => checkpointsOf(checkpoints, judged).map(({ wealth }) => wealth.logWealth)));

/** Of one target, in the order of its metrics; those that nothing was judged of yet are left out. */
const checkpointsOf = (checkpoints: Checkpoints, { target, metrics }: JudgedTarget): Checkpoint[] =>
  metrics.flatMap((metric) => checkpointOf(checkpoints, target, metric) ?? []);

/** Undefined before the first minute. */
export const checkpointOf = (checkpoints: Checkpoints, target: ReleaseTarget, { key }: JudgedMetric): Checkpoint | undefined =>
  checkpoints[targetKey(target)]?.[key];

/** The minutes that are a minute old and not judged of every metric: from, and until before which. Undefined when there is none. */
export function minutesToRead(
  checkpoints: Checkpoints,
  targets: JudgedTarget[],
  watched: Watched,
  atMs: number,
): { from: number; until: number } | undefined {
  const from = firstUnjudged(begin(checkpoints, targets, watched.shifts, atMs));
  const until = lastToJudge(watched, atMs) + 1;
  return from < until ? { from, until } : undefined;
}

/** At 100 % nobody draws between green and blue: what still reaches blue then are stragglers and retries, which compare nothing. */
function lastToJudge({ shifts, plan, step }: Watched, atMs: number): number {
  const last = lastMinuteAt(atMs);
  return plan[step!]!.weightPercent < 100 ? last : Math.min(last, minuteOf(Date.parse(shifts.at(-1)!.from)) - 1);
}

/** Whether anything may still be found: at 100 % no more once the last minute with blue in it has had all the time that a minute gets. */
export function isOpen({ shifts, plan, step }: Watched, targets: JudgedTarget[], atMs: number): boolean {
  if (targets.length === 0 || shifts.length === 0) return false;
  if (plan[step!]!.weightPercent < 100) return true;
  const longestSeconds = Math.max(...targets.map(({ target }) => patienceSeconds(target)));
  return atMs - Date.parse(shifts.at(-1)!.from) <= (longestSeconds + 60) * 1000;
}

/** Whether any metric has gone on by a minute. */
export const hasGoneOn = (before: Checkpoints, after: Checkpoints): boolean =>
  Object.entries(after).some(([target, metrics]) =>
    Object.entries(metrics).some(([metric, { throughMinute }]) => throughMinute !== before[target]?.[metric]?.throughMinute),
  );

/** Everything that judging these targets asks CloudWatch. */
export const queriesOf = (targets: JudgedTarget[]): MetricQuery[] =>
  targets.flatMap(({ invocations, metrics }) => [
    invocations.green,
    invocations.blue,
    ...metrics.flatMap(({ green, blue }) => [green.bad, green.total, blue.bad, blue.total]),
  ]);

const firstUnjudged = (checkpoints: Checkpoints): number =>
  Math.min(...Object.values(checkpoints).flatMap((ofTarget) => Object.values(ofTarget).map(({ throughMinute }) => throughMinute))) + 1;

/** Every metric's checkpoint: as kept, or as it begins before the minute of the first shift. */
function begin(known: Checkpoints, targets: JudgedTarget[], shifts: Shift[], atMs: number): Checkpoints {
  const earliest = lastMinuteAt(atMs) - MOST_BEHIND_MINUTES;
  const throughMinute = Math.max(minuteOf(Date.parse(shifts[0]!.from)) - 1, earliest);
  return Object.fromEntries(
    targets.map(({ target, metrics }) => {
      const key = targetKey(target);
      const fresh = (): Checkpoint => ({
        throughMinute,
        wealth: newWealth(),
        step: 0,
        stepTally: newTally(throughMinute + 1),
        tally: newTally(throughMinute + 1),
        missing: 0,
        unusableMinutes: 0,
      });
      const ofMetric = (metric: JudgedMetric) => {
        const checkpoint = known[key]?.[metric.key] ?? fresh();
        return [metric.key, { ...checkpoint, throughMinute: Math.max(checkpoint.throughMinute, earliest) }];
      };
      return [key, Object.fromEntries(metrics.map(ofMetric))];
    }),
  );
}

interface Passing extends MetricReadings {
  shifts: Shift[];
  atMs: number;
}

/** The checkpoint after this minute; the same when the minute is not ready. */
function passMinute(checkpoint: Checkpoint, minute: number, passing: Passing): Checkpoint {
  const { metric, shifts } = passing;
  const through = { ...checkpoint, throughMinute: minute };
  if (isOfAShift(minute, shifts, metric.kind === 'latency' ? COLD_MINUTES : 0)) return through;
  if (!isReady(minute, passing, passing.atMs)) return checkpoint;
  const counts = countsOf(minute, passing);
  if (!counts) return { ...through, unusableMinutes: checkpoint.unusableMinutes + 1 };
  const missing = counts.greenTotal > 0 ? 0 : checkpoint.missing + greenExpected(minute, counts.blueTotal, passing);
  // A minute without requests of both compares nothing, so it is no part of what was judged.
  const hasEnough = Math.min(counts.greenTotal, counts.blueTotal) >= (metric.kind === 'latency' ? LEAST_WARM_REQUESTS : 1);
  if (!hasEnough) return { ...through, missing };

  const step = stepOf(minute, shifts);
  const stepTally = count(step === checkpoint.step ? checkpoint.stepTally : newTally(minute), counts);
  const wealth = bet(checkpoint.wealth, counts, metric.odds);
  const tally =
    wealth.logWealth > 0 ? count(checkpoint.tally.minutes > 0 ? checkpoint.tally : newTally(minute), counts) : newTally(minute + 1);
  return { ...through, wealth, step, stepTally, tally, missing };
}

/** Whether a weight changed in the minute, or in one of so many before it. */
function isOfAShift(minute: number, shifts: Shift[], after: number): boolean {
  return shifts.some(({ from, to }) => {
    const last = to === undefined ? Number.POSITIVE_INFINITY : minuteOf(Date.parse(to) + SPREADS_MS) + after;
    return minuteOf(Date.parse(from)) <= minute && minute <= last;
  });
}

const stepOf = (minute: number, shifts: Shift[]): number => shifts.findLastIndex(({ from }) => minuteOf(Date.parse(from)) < minute);
