import { isJudged } from '../plan.ts';
import { changedTargets, type ReleaseRecord, type ReleaseTarget } from '../record.ts';
import { targetKey } from '../target.ts';
import type { Odds } from './minute.ts';
import { isMetricOf, judgesAnything, type MetricRequest, toleratedOdds } from './request.ts';

/** One CloudWatch metric by the minute, and what of it. */
export interface MetricQuery {
  namespace: string;
  metricName: string;
  dimensions: Record<string, string>;
  /** "Sum", "SampleCount", or "TC(120:)": how many values are above 120. */
  statistic: string;
}

/** By minute since 1970; a minute without data is not in it. */
export type Series = ReadonlyMap<number, number>;

interface Pair {
  bad: MetricQuery;
  total: MetricQuery;
}

/** One way in which green is compared with blue. */
export interface JudgedMetric {
  /** Names it among those of its target. */
  key: string;
  /** For a sentence: "errors", "latency above 120 ms (1.5 times p99 of the day before)". */
  label: string;
  /** For sentences about bad requests: "green failed 9 of 180", "1.8 would have failed", "an error rate of 2 %". */
  words: { verb: string; verbOfExpected: string; rate: string };
  green: Pair;
  blue: Pair;
  odds: Odds;
  kind: 'errors' | 'latency' | 'own';
  /** Bad and total come from one datapoint; two that arrive apart may disagree for some minutes. */
  isOneDatapoint: boolean;
}

/** A target with what is judged of it. */
export interface JudgedTarget {
  target: ReleaseTarget;
  /** All requests of either version: what a whole datapoint must agree with. */
  invocations: { green: MetricQuery; blue: MetricQuery };
  metrics: JudgedMetric[];
}

/** Whether green is compared with blue at all: where both have traffic for a while, and the request wants it. */
export const isJudgedAtAll = ({ request, plan }: Pick<ReleaseRecord, 'request' | 'plan'>): boolean =>
  plan.some(isJudged) && request.targets.some((target) => judgesAnything(request.judge, target));

/** Every target that is compared, with its metrics. Of a target that a person moved nothing is, nor of one whose versions never serve at once. */
export function judgedTargets(record: ReleaseRecord): JudgedTarget[] {
  if (!isJudgedAtAll(record)) return [];
  return changedTargets(record)
    .filter(({ moved, green, blue, isSwitch }) => !moved && !isSwitch && green && blue)
    .map((target) => ({
      target,
      invocations: {
        green: lambdaQuery(target, target.green!, 'Invocations', 'Sum'),
        blue: lambdaQuery(target, target.blue!, 'Invocations', 'Sum'),
      },
      metrics: metricsOf(record, target),
    }))
    .filter(({ metrics }) => metrics.length > 0);
}

function metricsOf({ request }: ReleaseRecord, target: ReleaseTarget): JudgedMetric[] {
  const { errors, metrics, tolerate, attempts } = request.judge;
  const odds = (tolerated: string): Odds => ({ tolerated: toleratedOdds(tolerated), attempts });
  const both = (pair: (version: string) => Pair) => ({ green: pair(target.green!), blue: pair(target.blue!) });
  const ofLambda = (metricName: string, statistic: string) =>
    both((version) => ({
      bad: lambdaQuery(target, version, metricName, statistic),
      total: lambdaQuery(target, version, metricName, 'SampleCount'),
    }));
  const words = { verb: 'failed', verbOfExpected: ' failed', rate: 'an error rate' };
  const failed = { words, kind: 'errors' as const, odds: odds(tolerate.errors), isOneDatapoint: true };

  const judged: JudgedMetric[] = [];
  if (errors) judged.push({ key: 'errors', label: 'errors', ...failed, ...ofLambda('Errors', 'Sum') });
  if (errors && target.reportsFailures) {
    const reported = both((version) => ({
      bad: reportedQuery(target, version, 'Sum'),
      total: reportedQuery(target, version, 'SampleCount'),
    }));
    judged.push({ key: 'responses', label: 'failed responses', ...failed, kind: 'own', ...reported });
  }
  for (const { ms, of } of target.slowLimits ?? []) {
    const limit = `${ms} ms`;
    judged.push({
      key: of ?? 'slow',
      label: `latency above ${limit}${of ? ` (${toleratedOdds(tolerate.latency)} times ${of} of the day before)` : ''}`,
      words: { verb: `took longer than ${limit} in`, verbOfExpected: '', rate: `a share above ${limit}` },
      kind: 'latency',
      odds: odds(tolerate.latency),
      isOneDatapoint: true,
      ...ofLambda('Duration', `TC(${ms}:)`),
    });
  }
  for (const metric of metrics.filter((one) => isMetricOf(one, target))) {
    judged.push({
      key: `metric ${metric.name}`,
      label: metric.name,
      words: { verb: 'had a bad outcome in', verbOfExpected: '', rate: `a rate of "${metric.name}"` },
      kind: 'own',
      odds: odds(metric.tolerate),
      isOneDatapoint: metric.total === undefined,
      ...both((version) => ownPair(metric, version)),
    });
  }
  return judged;
}

export function ownPair({ namespace, bad, total, dimensions, versionDimension }: MetricRequest, version: string): Pair {
  const of = (metricName: string, statistic: string): MetricQuery => ({
    namespace,
    metricName,
    dimensions: { ...dimensions, [versionDimension]: version },
    statistic,
  });
  return { bad: of(bad, 'Sum'), total: total === undefined ? of(bad, 'SampleCount') : of(total, 'Sum') };
}

/** Of all requests through an alias, whichever version they met. */
export function aliasQuery(target: AliasName, metricName: string, statistic: string): MetricQuery {
  const dimensions = { FunctionName: target.function, Resource: targetKey(target) };
  return { namespace: 'AWS/Lambda', metricName, dimensions, statistic };
}

export function lambdaQuery(target: AliasName, version: string, metricName: string, statistic: string): MetricQuery {
  return { namespace: 'AWS/Lambda', metricName, dimensions: dimensionsOf(target, version), statistic };
}

/** What `teal/middleware` writes, with the dimensions of AWS/Lambda. */
export function reportedQuery(target: AliasName, version: string, statistic: string): MetricQuery {
  return { namespace: 'Teal', metricName: 'bad', dimensions: dimensionsOf(target, version), statistic };
}

export type AliasName = Pick<ReleaseTarget, 'function' | 'alias'>;

/** Only requests that came through the alias: smoke tests call the version itself. */
const dimensionsOf = (target: AliasName, version: string) => ({
  FunctionName: target.function,
  Resource: targetKey(target),
  ExecutedVersion: version,
});
