import { COMPARISONS, type StateValue, type ThresholdSettings } from './alarm.ts';
import type { Series } from './math-values.ts';

export interface Datapoint {
  atMs: number;
  value: number;
}

export interface Verdict {
  state: StateValue;
  /** The real data points that were evaluated, oldest first. */
  datapoints: Datapoint[];
  /** How many missing points were filled in by `treatMissingData`. */
  filled: number;
}

/**
 * CloudWatch looks at more periods than EvaluationPeriods, so that late or sparse data still counts: in AWS's examples, at 5 for 3.
 * How many more it is in general AWS does not say.
 */
export const evaluationRange = (evaluationPeriods: number) => evaluationPeriods + 2;

/**
 * The state that AWS documents for the data in the evaluation range (oldest first, `startMs` being when its first period begins), or
 * `undefined` when the alarm keeps the state it has.
 */
export function evaluate(range: Series, startMs: number, settings: ThresholdSettings): Verdict | undefined {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = settings;
  const isBreaching = (value: number) => COMPARISONS[settings.comparison].holds(value, settings.threshold);
  const real = range.flatMap((value, at) =>
    value === undefined ? [] : [{ atMs: startMs + at * settings.periodSeconds * 1000, value, at }],
  );
  const datapoints = real.slice(-evaluationPeriods);
  const breaching = datapoints.filter(({ value }) => isBreaching(value));
  const filled = evaluationPeriods - datapoints.length;
  const verdict = (state: StateValue): Verdict => ({ state, datapoints, filled });
  const alarmIf = (isAlarm: boolean) => verdict(isAlarm ? 'ALARM' : 'OK');

  // Enough real data: how missing data is treated does not matter.
  if (filled === 0) return alarmIf(breaching.length >= datapointsToAlarm);
  if (treatMissingData === 'breaching') return alarmIf(breaching.length + filled >= datapointsToAlarm);
  if (treatMissingData === 'notBreaching') return alarmIf(breaching.length >= datapointsToAlarm);

  // Missing points count neither way from here on.
  if (breaching.length >= datapointsToAlarm) return verdict('ALARM');
  if (breaching.length < datapoints.length) return verdict('OK');
  if (treatMissingData === 'ignore') return undefined;
  // Fewer breaching points than it takes, and nothing else: an alarm only once they are old enough that no healthy point can come first.
  const oldest = real[0];
  return verdict(oldest && range.length - oldest.at >= datapointsToAlarm ? 'ALARM' : 'INSUFFICIENT_DATA');
}
