import type { ReleaseRecord, ReleaseTarget, Shift } from '../record.ts';
import { targetKey } from '../target.ts';
import type { JudgedMetric, JudgedTarget, MetricQuery, Series } from './metrics.ts';
import type { Minute } from './minute.ts';
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
}

/** By target ("orders-api:live") and metric. */
export type Checkpoints = Record<string, Record<string, Checkpoint>>;

/** What a query found; undefined when CloudWatch was not asked. */
export type Readings = (query: MetricQuery) => Series | undefined;

type Watched = Pick<ReleaseRecord, 'shifts' | 'plan' | 'step'>;

const MINUTE_MS = 60_000;
/** An alias's new weights reach all of Lambda some seconds after it took them. */
const SPREADS_MS = 10_000;
/** Green's first instances are cold. */
const COLD_MINUTES = 2;
/** With fewer requests a minute most of a version's meet an instance that has just started: as slow as the version is quiet. */
const LEAST_WARM_REQUESTS = 10;
/** CloudWatch has a request so long after its end, as a rule; until then those that take longer are missing, and of one version more than of the other. */
const PUBLISHED_SECONDS = 50;
/** By then what will come of a quiet version, or of two metrics that arrive apart, has come. */
const SETTLED_SECONDS = 180;
/** A datapoint that never agrees with Invocations is taken as it is after so long. */
const PATIENCE_SECONDS = 300;
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
  metrics.flatMap(({ key }) => checkpoints[targetKey(target)]?.[key] ?? []);

/** The minutes that are a minute old and not judged of every metric: from, and until before which. Undefined when there is none. */
export function minutesToRead(
  checkpoints: Checkpoints,
  targets: JudgedTarget[],
  watched: Watched,
  atMs: number,
): { from: number; until: number } | undefined {
  if (watched.shifts.length === 0) return undefined;
  const from = firstUnjudged(begin(checkpoints, targets, watched.shifts, atMs));
  const until = lastToJudge(watched, atMs) + 1;
  return from < until ? { from, until } : undefined;
}

/** At 100 % nobody draws between green and blue: what still reaches blue then are stragglers and retries, which compare nothing. */
function lastToJudge({ shifts, plan, step }: Watched, atMs: number): number {
  const last = lastMinuteAt(atMs);
  return plan[step!]!.weightPercent < 100 ? last : Math.min(last, minuteOf(Date.parse(shifts.at(-1)!.from)) - 1);
}

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
      });
      const ofMetric = (metric: JudgedMetric) => {
        const checkpoint = known[key]?.[metric.key] ?? fresh();
        return [metric.key, { ...checkpoint, throughMinute: Math.max(checkpoint.throughMinute, earliest) }];
      };
      return [key, Object.fromEntries(metrics.map(ofMetric))];
    }),
  );
}

interface Passing {
  judged: JudgedTarget;
  metric: JudgedMetric;
  shifts: Shift[];
  readings: Readings;
  atMs: number;
}

/** The checkpoint after this minute; the same when the minute is not ready. */
function passMinute(checkpoint: Checkpoint, minute: number, passing: Passing): Checkpoint {
  const { metric, shifts } = passing;
  const through = { ...checkpoint, throughMinute: minute };
  if (isOfAShift(minute, shifts, metric.kind === 'latency' ? COLD_MINUTES : 0)) return through;
  if (!isReady(minute, passing)) return checkpoint;
  const counts = countsOf(minute, metric, passing.readings);
  if (!counts) return through;
  const missing = missingOf(minute, checkpoint.missing, counts, passing);
  // A minute without requests of both compares nothing, so it is no part of what was compared.
  const isCompared = Math.min(counts.greenTotal, counts.blueTotal) >= (metric.kind === 'latency' ? LEAST_WARM_REQUESTS : 1);
  if (!isCompared) return { ...through, missing };

  const step = stepOf(minute, shifts);
  const stepTally = count(step === checkpoint.step ? checkpoint.stepTally : newTally(minute), counts);
  const wealth = bet(checkpoint.wealth, counts, metric.odds);
  const tally =
    wealth.logWealth > 0 ? count(checkpoint.tally.minutes > 0 ? checkpoint.tally : newTally(minute), counts) : newTally(minute + 1);
  return { throughMinute: minute, wealth, step, stepTally, tally, missing };
}

function missingOf(minute: number, before: number, { greenTotal, blueTotal }: Minute, { judged, readings }: Passing): number {
  if (greenTotal > 0) return 0;
  const [green = 0, blue = 0] = VERSIONS.map((version) => readings(judged.invocations[version])?.get(minute));
  return blue > 0 ? before + (blueTotal * green) / blue : before;
}

/** Whether a weight changed in the minute, or in one of so many before it. */
function isOfAShift(minute: number, shifts: Shift[], after: number): boolean {
  return shifts.some(({ from, to }) => {
    const last = to === undefined ? Number.POSITIVE_INFINITY : minuteOf(Date.parse(to) + SPREADS_MS) + after;
    return minuteOf(Date.parse(from)) <= minute && minute <= last;
  });
}

const stepOf = (minute: number, shifts: Shift[]): number => shifts.findLastIndex(({ from }) => minuteOf(Date.parse(from)) < minute);

/** How old a minute must be to be judged: Lambda tells of a request when it ends, by the minute in which it began. */
export const latenessSeconds = ({ timeoutSeconds = 0 }: Pick<ReleaseTarget, 'timeoutSeconds'>): number =>
  Math.max(60, timeoutSeconds + PUBLISHED_SECONDS);

/** Whether CloudWatch has all of the minute, or what is missing will not come any more. */
function isReady(minute: number, { judged, metric, readings, atMs }: Passing): boolean {
  const ageSeconds = atMs / 1000 - 60 * (minute + 1);
  if (ageSeconds < latenessSeconds(judged.target)) return false;
  if (ageSeconds >= (metric.kind === 'own' ? SETTLED_SECONDS : PATIENCE_SECONDS)) return true;
  if (!metric.isOneDatapoint || isTorn(minute, metric, readings)) return false;
  const versions = VERSIONS.map((version) => ({
    invocations: readings(judged.invocations[version])?.get(minute),
    total: readings(metric[version].total)?.get(minute),
  }));
  const isWhole = versions.every(({ invocations = 0, total = 0 }) => invocations === total);
  // Of a version without a datapoint nobody knows yet whether it had no requests.
  return isWhole && (ageSeconds >= SETTLED_SECONDS || versions.every(({ total }) => total !== undefined));
}

const VERSIONS = ['green', 'blue'] as const;

/** A sum without its count, or a count without its sum, has been read only in part: a version whose bad requests are missing must not pass for a good one. Of latency CloudWatch may have no count of what was not slow. */
const isTorn = (minute: number, { kind, isOneDatapoint, ...metric }: JudgedMetric, readings: Readings): boolean =>
  isOneDatapoint &&
  VERSIONS.some((version) => {
    const { bad, total } = metric[version];
    const [hasBad, hasTotal] = [bad, total].map((query) => readings(query)?.has(minute) ?? false);
    return kind === 'latency' ? hasBad && !hasTotal : hasBad !== hasTotal;
  });

/** What the minute says; undefined when it cannot be: fractions are rounded, but more bad requests than requests come from two metrics that disagree. */
function countsOf(minute: number, metric: JudgedMetric, readings: Readings): Minute | undefined {
  if (isTorn(minute, metric, readings)) return undefined;
  const read = (query: MetricQuery) => Math.round(readings(query)?.get(minute) ?? 0);
  const counts = {
    greenBad: read(metric.green.bad),
    greenTotal: read(metric.green.total),
    blueBad: read(metric.blue.bad),
    blueTotal: read(metric.blue.total),
  };
  const isSound =
    Object.values(counts).every((value) => Number.isSafeInteger(value) && value >= 0) &&
    counts.greenBad <= counts.greenTotal &&
    counts.blueBad <= counts.blueTotal;
  return isSound ? counts : undefined;
}
