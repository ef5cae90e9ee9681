import { lambdaQuery, type MetricQuery, type Series } from '../../functions/release/judge/metrics.ts';
import { targetKey } from '../../functions/release/target.ts';
import type { Aws } from '../aws.ts';
import type { ReleaseAnswer } from '../release-answer.ts';

/** What one version did with the requests that came through the alias. */
export interface VersionNumbers {
  requests: number;
  errors: number;
  /** Undefined without a request. */
  meanMs: number | undefined;
}

/** Of a target's two versions since the bake opened, in whole minutes. */
export interface TargetNumbers {
  blue: VersionNumbers;
  green: VersionNumbers;
}

/** By target; or why there are none, in words. */
export type Numbers = { byTarget: Map<string, TargetNumbers> } | { missing: string };

const MINUTE_MS = 60_000;

const METRICS = [
  ['Invocations', 'Sum'],
  ['Errors', 'Sum'],
  ['Duration', 'Sum'],
  ['Duration', 'SampleCount'],
] as const;

/**
 * Reads them with the person's own credentials. What CloudWatch refuses is told, and the view goes on without.
 * Undefined before the first whole minute of a bake.
 */
export async function readNumbers(readMetrics: Aws['readMetrics'], { bake, asOf, targets }: ReleaseAnswer): Promise<Numbers | undefined> {
  if (!bake) return undefined;
  // The minute in which the weight changed has requests of both weights.
  const fromMs = Math.ceil(Date.parse(bake.openedAt) / MINUTE_MS) * MINUTE_MS;
  const untilMs = Math.floor(Date.parse(asOf) / MINUTE_MS) * MINUTE_MS;
  if (untilMs <= fromMs) return undefined;
  const compared = targets.filter(({ blue, green, unchanged, moved }) => blue && green && !unchanged && !moved);
  const queries = compared.flatMap((target) => [target.blue!, target.green!].flatMap((version) => queriesOf(target, version)));
  try {
    const series = await readMetrics(queries, fromMs, untilMs);
    const ofVersion = (index: number) => toNumbers(series.slice(index * METRICS.length, (index + 1) * METRICS.length).map(sum));
    return {
      byTarget: new Map(
        compared.map((target, index) => [targetKey(target), { blue: ofVersion(2 * index), green: ofVersion(2 * index + 1) }]),
      ),
    };
  } catch (error) {
    const { name, message } = error as Error;
    return {
      missing: /^AccessDenied/.test(name)
        ? 'these credentials may not cloudwatch:GetMetricData'
        : `CloudWatch did not answer (${name}: ${message.slice(0, 100)})`,
    };
  }
}

const queriesOf = (target: { function: string; alias: string }, version: string): MetricQuery[] =>
  METRICS.map(([metric, statistic]) => lambdaQuery(target, version, metric, statistic));

const sum = (series: Series): number => [...series.values()].reduce((total, value) => total + value, 0);

const toNumbers = ([requests = 0, errors = 0, totalMs = 0, measured = 0]: number[]): VersionNumbers => ({
  requests,
  errors,
  meanMs: measured > 0 ? totalMs / measured : undefined,
});
