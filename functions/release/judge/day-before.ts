import type { ReleaseRecord, ReleaseTarget } from '../record.ts';
import { targetsNamed } from '../target.ts';
import type { Readings } from './judging.ts';
import { isCompared, lambdaQuery, type MetricQuery, reportedQuery } from './metrics.ts';
import type { JudgeRequest } from './request.ts';

/** What blue's requests of the day before tell: the limits of latency, and whether anything reports failed responses. Fixed before the first minute that is judged by it. */
export type DayBefore = Pick<ReleaseTarget, 'slowLimits' | 'reportsFailures'>;

const PERCENTILES = ['p50', 'p90', 'p99'] as const;
type Asked = { what: (typeof PERCENTILES)[number] | 'reported'; query: MetricQuery };

/** What to ask about one target, over the day before as one period. */
export function queriesBefore(record: ReleaseRecord, target: ReleaseTarget, blue: string): Asked[] {
  if (!isCompared(record)) return [];
  const { errors, latency } = record.request.judge;
  const percentiles = latency === 'auto' ? PERCENTILES.map((what) => ({ what, query: lambdaQuery(target, blue, 'Duration', what) })) : [];
  return [...percentiles, ...(errors ? [{ what: 'reported' as const, query: reportedQuery(target, blue, 'SampleCount') }] : [])];
}

export function dayBefore({ latency }: JudgeRequest, asked: Asked[], readings: Readings): DayBefore {
  // CloudWatch may cut the day at midnight; of two parts either will do as a limit that is fixed.
  const found = asked.map(({ what, query }) => ({ what, value: Math.max(0, ...(readings(query)?.values() ?? [])) }));
  const limits = found.flatMap(({ what, value }) =>
    what === 'reported' || value <= 0 ? [] : [{ ms: Number(value.toPrecision(4)), of: what }],
  );
  return {
    reportsFailures: found.some(({ what, value }) => what === 'reported' && value > 0),
    // Percentiles that are the same are one metric.
    slowLimits:
      typeof latency === 'object'
        ? [{ ms: latency.slowerThanMs }]
        : limits.filter(({ ms }, index) => limits.findIndex((other) => other.ms === ms) === index),
  };
}

/** Whether of the target's errors crashes and timeouts alone are judged. */
export const needsStatusCodes = (record: ReleaseRecord, target: ReleaseTarget, { reportsFailures }: DayBefore): boolean =>
  isCompared(record) &&
  record.request.judge.errors &&
  !reportsFailures &&
  !record.request.judge.metrics.some((metric) => !metric.target || targetsNamed(metric.target, [target]).length > 0);
