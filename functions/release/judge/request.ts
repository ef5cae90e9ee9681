import { targetsNamed } from '../target.ts';

/** What a release says about the judge. */

/** A pair of CloudWatch metrics of the user's: bad and total, or one that is 0 or 1 for every request. */
export interface MetricRequest {
  name: string;
  /** "orders-api" or "orders-api:live"; undefined only where there is one target. */
  target?: string;
  namespace: string;
  bad: string;
  total?: string;
  dimensions: Record<string, string>;
  /** The dimension that carries the version's number. */
  versionDimension: string;
  /** "20%" */
  tolerate: string;
}

/** With everything said. */
export interface JudgeRequest {
  errors: boolean;
  latency: 'auto' | { slowerThanMs: number } | false;
  metrics: MetricRequest[];
  /** "0%", "50%" */
  tolerate: { errors: string; latency: string };
  attempts: number;
  /** From 0.000001 to 0.2. */
  falseRevertRate: number;
  minRequests: number;
  tooFewRequests: 'promote' | 'wait' | 'revert';
}

export const JUDGE_DEFAULTS = {
  errors: true,
  latency: 'auto',
  metrics: [],
  tolerate: { errors: '0%', latency: '50%' },
  attempts: 1,
  falseRevertRate: 0.01,
  minRequests: 100,
  tooFewRequests: 'promote',
} as const satisfies Omit<JudgeRequest, 'metrics'> & { metrics: readonly [] };

/** Of a record that was written before there was a judge. */
export const NOT_JUDGED: JudgeRequest = { ...JUDGE_DEFAULTS, errors: false, latency: false, metrics: [] };

/** Whether a metric of the user's is of this target. Of a release of one target there is no question whose it is. */
export const isMetricOf = ({ target: named }: MetricRequest, target: AliasName): boolean =>
  named === undefined || targetsNamed(named, [target]).length > 0;

/** Whether it judges anything of this target. */
export const judgesAnything = ({ errors, latency, metrics }: JudgeRequest, target: AliasName): boolean =>
  errors || latency !== false || metrics.some((metric) => isMetricOf(metric, target));

type AliasName = { function: string; alias: string };

/** "20%" tolerates 1.2 times the odds. */
export const toleratedOdds = (tolerate: string): number => 1 + Number.parseFloat(tolerate) / 100;
