import type { ReleaseTarget } from '../record.ts';
import type { JudgedMetric, JudgedTarget, MetricQuery, Series } from './metrics.ts';
import type { Minute } from './minute.ts';

/** What CloudWatch has of a minute: whether that is all of it, and what it says. */

/** What a query found; undefined when CloudWatch was not asked. */
export type Readings = (query: MetricQuery) => Series | undefined;

/** CloudWatch has a request so long after its end, as a rule; until then those that take longer are missing, and of one version more than of the other. */
const PUBLISHED_SECONDS = 50;
/** By then what will come of a quiet version, or of two metrics that arrive apart, has come. */
const SETTLED_SECONDS = 180;
/** A datapoint that never agrees with Invocations is taken as it is after so long. */
const PATIENCE_SECONDS = 300;

/** Of one metric of one target. */
export interface MetricReadings {
  judged: JudgedTarget;
  metric: JudgedMetric;
  readings: Readings;
}

/** How old a minute must be to be judged: Lambda tells of a request when it ends, by the minute in which it began. */
export const latenessSeconds = ({ timeoutSeconds = 0 }: Pick<ReleaseTarget, 'timeoutSeconds'>): number =>
  Math.max(60, timeoutSeconds + PUBLISHED_SECONDS);

/** How old a minute is at most before it is judged. */
export const patienceSeconds = (target: Pick<ReleaseTarget, 'timeoutSeconds'>): number =>
  Math.max(PATIENCE_SECONDS, latenessSeconds(target));

/** Whether CloudWatch has all of the minute, or what is missing will not come any more. */
export function isReady(minute: number, { judged, metric, readings }: MetricReadings, atMs: number): boolean {
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
export function countsOf(minute: number, { metric, readings }: MetricReadings): Minute | undefined {
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

/** Requests that green should have had of this metric in the minute, by its share of all requests, when blue had so many. */
export function greenExpected(minute: number, blueTotal: number, { judged, readings }: MetricReadings): number {
  const [green = 0, blue = 0] = VERSIONS.map((version) => readings(judged.invocations[version])?.get(minute));
  return blue > 0 ? (blueTotal * green) / blue : 0;
}
