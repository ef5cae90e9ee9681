import type { ReleaseRecord, ReleaseTarget } from '../record.ts';
import type { Readings } from './datapoints.ts';
import { aliasQuery, isCompared, isMetricOf, type MetricQuery, ownPair, reportedQuery } from './metrics.ts';
import { type JudgeRequest, toleratedOdds } from './request.ts';

/** What requests of the day before tell: the limits of latency, and who reports what. Fixed before the first minute that is judged by it. */
export interface DayBefore extends Pick<ReleaseTarget, 'slowLimits' | 'reportsFailures'> {
  /** The user's own metrics of which blue has reported nothing. */
  silentMetrics: string[];
}

const PERCENTILES = ['p50', 'p90', 'p99'] as const;
interface Asked {
  what: (typeof PERCENTILES)[number] | 'reported' | 'own';
  /** Of the user's own metric. */
  name?: string;
  query: MetricQuery;
}

/** What to ask about one target, over the day before as one period. A metric that CloudWatch refuses is found here, before any traffic moves. */
export function queriesBefore(record: ReleaseRecord, target: ReleaseTarget, blue: string): Asked[] {
  if (!isCompared(record)) return [];
  const { errors, latency, metrics } = record.request.judge;
  return [
    // Of the alias: whether Lambda tells the versions apart while it is not split is not documented.
    ...(latency === 'auto' ? PERCENTILES.map((what) => ({ what, query: aliasQuery(target, 'Duration', what) })) : []),
    ...(errors ? [{ what: 'reported' as const, query: reportedQuery(target, blue, 'SampleCount') }] : []),
    ...metrics
      .filter((metric) => isMetricOf(metric, target))
      .map((metric) => ({ what: 'own' as const, name: metric.name, query: ownPair(metric, blue).total })),
  ];
}

export function dayBefore({ latency, tolerate }: JudgeRequest, asked: Asked[], readings: Readings): DayBefore {
  // CloudWatch may cut the day at midnight; of two parts either will do as a limit that is fixed.
  const found = asked.map((one) => ({ ...one, value: Math.max(0, ...(readings(one.query)?.values() ?? [])) }));
  const limits = PERCENTILES.flatMap((of) => {
    const percentile = found.find(({ what }) => what === of)?.value ?? 0;
    // What is tolerated is tolerated of the time as well: instances of one code differ by some percent.
    return percentile > 0 ? [{ ms: Number((percentile * toleratedOdds(tolerate.latency)).toPrecision(4)), of }] : [];
  });
  return {
    reportsFailures: found.some(({ what, value }) => what === 'reported' && value > 0),
    // Percentiles that are the same are one metric.
    slowLimits:
      typeof latency === 'object'
        ? [{ ms: latency.slowerThanMs }]
        : limits.filter(({ ms }, index) => limits.findIndex((other) => other.ms === ms) === index),
    silentMetrics: found.flatMap(({ name, value }) => (name !== undefined && value === 0 ? [name] : [])),
  };
}

/** Whether of the target's errors crashes and timeouts alone are judged. */
export const needsStatusCodes = (record: ReleaseRecord, target: ReleaseTarget, { reportsFailures }: DayBefore): boolean =>
  isCompared(record) &&
  record.request.judge.errors &&
  !reportsFailures &&
  !record.request.judge.metrics.some((metric) => isMetricOf(metric, target));
