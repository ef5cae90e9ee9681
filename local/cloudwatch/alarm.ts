import type { Fields } from '../json-protocol.ts';
import type { AlarmRule } from './alarm-rule.ts';
import type { MetricQuery } from './metric-query.ts';

export const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type StateValue = (typeof STATES)[number];

export interface AlarmState {
  value: StateValue;
  reason: string;
  /** JSON. */
  reasonData?: string;
  /** When the state was last set, be it to the same value. */
  updatedMs: number;
  /** When the value last changed. */
  transitionedMs: number;
}

interface AnyAlarm {
  name: string;
  arn: string;
  configuredMs: number;
  /** The configuration as it was put, in the members that DescribeAlarms answers. */
  configuration: Fields;
  actionsEnabled: boolean;
  state: AlarmState;
}

export interface MetricAlarm extends AnyAlarm {
  kind: 'MetricAlarm';
  threshold: ThresholdSettings;
  /** A single metric counts as one query. */
  queries: MetricQuery[];
  /** The query whose series is compared with the threshold. */
  watchedId: string;
  isMath: boolean;
}

export interface CompositeAlarm extends AnyAlarm {
  kind: 'CompositeAlarm';
  rule: AlarmRule;
}

export type Alarm = MetricAlarm | CompositeAlarm;

export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: { holds: (value: number, bound: number) => value >= bound, words: 'greater than or equal to' },
  GreaterThanThreshold: { holds: (value: number, bound: number) => value > bound, words: 'greater than' },
  LessThanThreshold: { holds: (value: number, bound: number) => value < bound, words: 'less than' },
  LessThanOrEqualToThreshold: { holds: (value: number, bound: number) => value <= bound, words: 'less than or equal to' },
} as const;

export const MISSING_DATA = ['missing', 'notBreaching', 'breaching', 'ignore'] as const;

export interface ThresholdSettings {
  periodSeconds: number;
  evaluationPeriods: number;
  datapointsToAlarm: number;
  threshold: number;
  comparison: keyof typeof COMPARISONS;
  treatMissingData: (typeof MISSING_DATA)[number];
}
