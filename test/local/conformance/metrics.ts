import {
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type Metric,
  type MetricAlarm,
  type MetricDataQuery,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import type { Account } from './account.ts';

export const MINUTE_MS = 60_000;

/** The beginning of a minute, `minutes` after the one that runs now. */
export const minuteFromNow = ({ cloudNow }: Account, minutes: number) =>
  new Date((Math.floor(cloudNow().getTime() / MINUTE_MS) + minutes) * MINUTE_MS);

/** Lets time pass until `when`. */
export const passUntil = ({ cloudNow, pass }: Account, when: Date) => pass(Math.max(0, when.getTime() - cloudNow().getTime()) / 1000);

/** A metric of this run's own. */
export const aMetric = ({ name }: Account, MetricName: string, functionName = 'web'): Required<Metric> => ({
  Namespace: name('shop'),
  MetricName,
  Dimensions: [{ Name: 'FunctionName', Value: functionName }],
});

export const aQuery = (account: Account, Id: string, MetricName: string, changes: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: aMetric(account, MetricName), Period: 60, Stat: 'Sum' },
  ReturnData: false,
  ...changes,
});

/** Puts one value a minute from `from` on; `undefined` puts none. */
export async function putValues({ cloudwatch }: Account, metric: Metric, from: Date, values: (number | undefined)[]): Promise<void> {
  const { Namespace, MetricName, Dimensions } = metric;
  const MetricData = values.flatMap((Value, minute) =>
    Value === undefined ? [] : [{ MetricName, Dimensions, Value, Timestamp: new Date(from.getTime() + minute * MINUTE_MS) }],
  );
  if (MetricData.length) await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
}

/** Puts an alarm on `metric`: one minute's sum of 1 or more. */
export const putAlarm = ({ cloudwatch }: Account, AlarmName: string, metric: Metric, changes: Partial<PutMetricAlarmCommandInput> = {}) =>
  cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      ...metric,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      ...changes,
    } as PutMetricAlarmCommandInput),
  );

export const setState = ({ cloudwatch }: Account, AlarmName: string, StateValue: StateValue) =>
  cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'set by hand' }));

/** An alarm of either kind as DescribeAlarms tells it. */
export async function describeAlarm({ cloudwatch }: Account, AlarmName: string): Promise<MetricAlarm & CompositeAlarm> {
  const command = new DescribeAlarmsCommand({ AlarmNames: [AlarmName], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
  const { MetricAlarms, CompositeAlarms } = await cloudwatch.send(command);
  return { ...MetricAlarms?.[0], ...CompositeAlarms?.[0] };
}

export const stateOf = async (account: Account, alarmName: string) => (await describeAlarm(account, alarmName)).StateValue;

/** Waits until an alarm has this state. */
export const untilState = (account: Account, alarmName: string, state: StateValue, withinSeconds = 300) =>
  account.until(`${alarmName} is ${state}`, async () => (await stateOf(account, alarmName)) === state, withinSeconds);

/** Waits until an alarm has been evaluated with data. Returns it. */
export async function untilEvaluated(account: Account, alarmName: string): Promise<MetricAlarm> {
  await account.until(`${alarmName} has data`, async () => (await stateOf(account, alarmName)) !== 'INSUFFICIENT_DATA', 300);
  return describeAlarm(account, alarmName);
}
