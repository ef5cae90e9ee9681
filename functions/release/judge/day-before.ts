import type { ReleaseRecord, ReleaseTarget } from '../record.ts';
import type { Readings } from './datapoints.ts';
import { aliasQuery, isJudgedAtAll, lambdaQuery, type MetricQuery, ownPair, reportedQuery } from './metrics.ts';
import { isMetricOf, type JudgeRequest, toleratedOdds } from './request.ts';

/** What requests of the day before tell: the limits of latency, and who reports what. Fixed before the first minute that is judged by it. */
export interface DayBefore extends Pick<ReleaseTarget, 'slowLimits' | 'reportsFailures'> {
  /** Those of the user's own metrics, by their names in CloudWatch, of which blue has reported nothing. */
  silentMetrics: string[];
}

const PERCENTILES = ['p50', 'p90', 'p99'] as const;
interface Asked {
  what: (typeof PERCENTILES)[number] | 'reported' | 'own';
  query: MetricQuery;
}

/** What to ask about one target, over the day before as one period. Dimensions that CloudWatch refuses are found here, before any traffic moves. */
export function queriesBefore(record: ReleaseRecord, target: ReleaseTarget, blue: string): Asked[] {
  if (!isJudgedAtAll(record)) return [];
  const { errors, latency, metrics } = record.request.judge;
  return [
    // Of blue, or else of the alias: whether Lambda tells the versions apart while it is not split is not documented.
    ...(latency === 'auto'
      ? PERCENTILES.flatMap((what) => [
          { what, query: lambdaQuery(target, blue, 'Duration', what) },
          { what, query: aliasQuery(target, 'Duration', what) },
        ])
      : []),
    ...(errors ? [{ what: 'reported' as const, query: reportedQuery(target, blue, 'SampleCount') }] : []),
    ...metrics
      .filter((metric) => isMetricOf(metric, target))
      .flatMap((metric) => [metric.bad, metric.total ?? metric.bad].map((metricName) => ({ ...ownPair(metric, blue).bad, metricName })))
      .map((query) => ({ what: 'own' as const, query: { ...query, statistic: 'SampleCount' } })),
  ];
}

/** What the answers tell. Limits are the percentiles with what is tolerated of them, in milliseconds to four digits. */
export function dayBefore({ latency, tolerate }: JudgeRequest, asked: Asked[], readings: Readings): DayBefore {
  // CloudWatch may cut the day at midnight; of two parts either will do as a limit that is fixed.
  const found = asked.map((one) => ({ ...one, value: Math.max(0, ...(readings(one.query)?.values() ?? [])) }));
  const limits = PERCENTILES.flatMap((of) => {
    const percentile = found.find(({ what, value }) => what === of && value > 0)?.value ?? 0;
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
    silentMetrics: [...new Set(found.flatMap(({ what, query, value }) => (what === 'own' && value === 0 ? [query.metricName] : [])))],
  };
}

/** Whether of the target's errors crashes and timeouts alone are judged. */
export const needsStatusCodes = (record: ReleaseRecord, target: ReleaseTarget, { reportsFailures }: DayBefore): boolean =>
  isJudgedAtAll(record) &&
  record.request.judge.errors &&
  !reportsFailures &&
  !record.request.judge.metrics.some((metric) => isMetricOf(metric, target));
