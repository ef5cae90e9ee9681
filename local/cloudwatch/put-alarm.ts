import { constraint, type Fields, invalid, readInteger, readList, readOneOf, readText, refuseUnknownKeys } from '../json-protocol.ts';
import { COMPARISONS, type CompositeAlarm, type MetricAlarm, MISSING_DATA, type ThresholdSettings } from './alarm.ts';
import { compileAlarmRule } from './alarm-rule.ts';
import { isMetric, type MetricQuery, readQueries } from './metric-query.ts';
import { readMetric, readPeriod, readStatisticName, readUnit } from './metric-request.ts';
import { STATISTICS } from './statistics.ts';

const ACTIONS = ['OKActions', 'AlarmActions', 'InsufficientDataActions'];
const COMMON = ['AlarmName', 'AlarmDescription', 'ActionsEnabled', ...ACTIONS];
const THRESHOLD = ['EvaluationPeriods', 'DatapointsToAlarm', 'Threshold', 'ComparisonOperator', 'TreatMissingData'];
const SINGLE = ['MetricName', 'Namespace', 'Statistic', 'ExtendedStatistic', 'Dimensions', 'Period', 'Unit'];
const LOW_SAMPLES = 'EvaluateLowSampleCountPercentile';

export type MetricAlarmSettings = Pick<
  MetricAlarm,
  'kind' | 'name' | 'actionsEnabled' | 'configuration' | 'threshold' | 'queries' | 'watchedId' | 'isMath'
>;
export type CompositeAlarmSettings = Pick<CompositeAlarm, 'kind' | 'name' | 'actionsEnabled' | 'configuration' | 'rule'>;

export const readAlarmName = (input: Fields) => readText(input, 'AlarmName', { min: 1, max: 255 });

export function readMetricAlarm(input: Fields): MetricAlarmSettings {
  refuseUnknownKeys(input, [...COMMON, ...THRESHOLD, ...SINGLE, LOW_SAMPLES, 'Metrics'], 'PutMetricAlarm');
  const common = readCommon(input);
  if (input[LOW_SAMPLES] != null && input[LOW_SAMPLES] !== 'evaluate') {
    throw invalid(`the local AWS does not support ${LOW_SAMPLES} ${input[LOW_SAMPLES]}`);
  }
  const isMath = readList(input, 'Metrics').length > 0;
  const queries = isMath ? readMetrics(input) : [readSingleMetric(input)];
  const watched = queries.filter(({ isReturned }) => isReturned);
  if (watched.length !== 1) throw invalid('Exactly one element of the metrics list should return data.');
  const threshold = readThreshold(input, watched[0]!.periodSeconds);
  return {
    ...common,
    kind: 'MetricAlarm',
    threshold,
    queries,
    watchedId: watched[0]!.id,
    isMath,
    configuration: {
      ...common.configuration,
      ...pick(input, [...THRESHOLD, ...(isMath ? [] : [...SINGLE, LOW_SAMPLES])]),
      ...(isMath ? { Metrics: withReturnData(input.Metrics as Fields[]) } : { Dimensions: input.Dimensions ?? [] }),
    },
  };
}

export function readCompositeAlarm(input: Fields): CompositeAlarmSettings {
  refuseUnknownKeys(input, [...COMMON, 'AlarmRule'], 'PutCompositeAlarm');
  const common = readCommon(input);
  const AlarmRule = readText(input, 'AlarmRule', { max: 10_240 });
  return { ...common, kind: 'CompositeAlarm', rule: compileAlarmRule(AlarmRule), configuration: { ...common.configuration, AlarmRule } };
}

function readCommon(input: Fields) {
  const name = readAlarmName(input);
  const AlarmDescription = input.AlarmDescription == null ? undefined : readText(input, 'AlarmDescription', { min: 0, max: 1024 });
  // CloudWatch does not check actions; the local AWS keeps them but has nothing that could carry them out.
  const actions = Object.fromEntries(ACTIONS.map((key) => [key, readList(input, key, { max: 5 })]));
  return { name, actionsEnabled: input.ActionsEnabled !== false, configuration: { AlarmDescription, ...actions } as Fields };
}

function readSingleMetric(input: Fields): MetricQuery {
  if ((input.Statistic == null) === (input.ExtendedStatistic == null)) {
    throw invalid('Exactly one of Statistic and ExtendedStatistic must be given.');
  }
  if (input.Statistic != null) readOneOf(input, 'Statistic', STATISTICS);
  const { name, read } = readStatisticName(input, input.Statistic != null ? 'Statistic' : 'ExtendedStatistic');
  if (input.Statistic == null && !isForAlarms(name)) throw invalid(`the local AWS does not support the statistic ${name} in an alarm`);
  return {
    id: 'm1',
    isReturned: true,
    periodSeconds: readPeriod(input),
    source: { metric: readMetric(input), unit: readUnit(input), statistic: name, read },
  };
}

/** PutMetricAlarm documents these alone, with percentages from 10 to 90 in ranges: `p90`, `tm90`, `IQM`, `PR(1:2)`, `TC(10%:90%)`. */
function isForAlarms(statistic: string): boolean {
  if (/^((p|tm|tc|ts|wm)[\d.]+|IQM|PR\(.+\))$/.test(statistic)) return true;
  const bounds = /^(?:TC|TM|TS|WM)\((.+)%:(.+)%\)$/.exec(statistic)?.slice(1);
  return bounds?.every((bound) => Number(bound) >= 10 && Number(bound) <= 90) ?? false;
}

function readMetrics(input: Fields): MetricQuery[] {
  const mixed = SINGLE.find((key) => input[key] != null && !(Array.isArray(input[key]) && input[key].length === 0));
  if (mixed) throw invalid(`Metrics list and ${mixed} must not be given together.`);
  const queries = readQueries(readList(input, 'Metrics', { max: 20 }));
  if (queries.filter(({ source }) => isMetric(source)).length > 10) throw invalid('An alarm may be based on at most 10 metrics.');
  if (new Set(queries.map(({ periodSeconds }) => periodSeconds)).size > 1)
    throw invalid('All metrics of an alarm must have the same Period.');
  return queries;
}

function readThreshold(input: Fields, periodSeconds: number): ThresholdSettings {
  const comparison = input.ComparisonOperator;
  if (typeof comparison === 'string' && !(comparison in COMPARISONS) && comparison.includes('UpperThreshold')) {
    throw invalid(`the local AWS does not support anomaly detection: ${comparison}`);
  }
  const evaluationPeriods = readInteger(input, 'EvaluationPeriods', { min: 1, max: 604_800 });
  const longestSeconds = periodSeconds < 3600 ? 86_400 : 604_800;
  if (periodSeconds * evaluationPeriods > longestSeconds) {
    throw invalid(
      `Metrics cannot be checked across more than ${longestSeconds === 86_400 ? 'a day' : 'seven days'} (EvaluationPeriods * Period must be <= ${longestSeconds}).`,
    );
  }
  if (typeof input.Threshold !== 'number') throw constraint(input.Threshold ?? null, 'Threshold', 'be a number');
  return {
    periodSeconds,
    evaluationPeriods,
    datapointsToAlarm:
      input.DatapointsToAlarm == null ? evaluationPeriods : readInteger(input, 'DatapointsToAlarm', { min: 1, max: evaluationPeriods }),
    threshold: input.Threshold,
    comparison: readOneOf(input, 'ComparisonOperator', Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[]),
    treatMissingData: input.TreatMissingData == null ? 'missing' : readOneOf(input, 'TreatMissingData', MISSING_DATA),
  };
}

const withReturnData = (metrics: Fields[]) => metrics.map((metric) => ({ ...metric, ReturnData: metric.ReturnData !== false }));

const pick = (input: Fields, keys: string[]) =>
  Object.fromEntries(keys.filter((key) => input[key] != null).map((key) => [key, input[key]]));
