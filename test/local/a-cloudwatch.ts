import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricDataQuery,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { createVirtualClock } from '../../local/clock.ts';
import { createCloudWatch } from '../../local/cloudwatch/cloudwatch.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import type { EventBus } from '../../local/service.ts';
import { createWork } from '../../local/work.ts';

export const START = Date.parse('2026-01-01T00:00:00Z');
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
export const ALARM_ARN = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm';

/** CloudWatch on a virtual clock, with the metric `Shop Errors` of the function `web` at hand. */
export function aCloudWatch() {
  const work = createWork();
  const clock = createVirtualClock(START, work.settle);
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever was published
  const events: (Parameters<EventBus['publish']>[0] & { detail: any })[] = [];
  const ground = { clock, work, region: 'us-east-1', accountId: '123456789012', random: () => 0, newId: () => 'id' };
  const service = createCloudWatch(ground, { publish: (event) => void events.push(structuredClone(event)) });
  const caller = { accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:user/test' };
  const client = new CloudWatchClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: createRequestHandler((request) => service.handle({ ...request, caller })),
  });
  const record = (minute: number, value: number, metricName = 'Errors') =>
    service.record({ namespace: 'Shop', metricName, dimensions: { FunctionName: 'web' }, value, atMs: START + minute * MINUTE });
  const describe = async (name = 'errors') =>
    (await client.send(new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }))) ?? {};
  return {
    client,
    clock,
    service,
    events,
    record,
    /** Records one value a minute from `from` on; `undefined` records nothing. */
    recordEach: (from: number, values: (number | undefined)[]) => {
      for (const [at, value] of values.entries()) if (value !== undefined) record(from + at, value);
    },
    /** Lets the minutes before `minute` be evaluated. */
    toMinute: (minute: number) => clock.advanceTo(START + minute * MINUTE + 10_000),
    putAlarm: (changes: Partial<PutMetricAlarmCommandInput> = {}) => client.send(new PutMetricAlarmCommand({ ...anAlarm(), ...changes })),
    putComposite: (AlarmName: string, AlarmRule: string) => client.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule })),
    setState: (AlarmName: string, StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA') =>
      client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'set by hand' })),
    async alarm(name?: string) {
      const { MetricAlarms, CompositeAlarms } = await describe(name);
      return { ...MetricAlarms?.[0], ...CompositeAlarms?.[0] };
    },
    async state(name?: string) {
      const { MetricAlarms, CompositeAlarms } = await describe(name);
      return (MetricAlarms?.[0] ?? CompositeAlarms?.[0])?.StateValue;
    },
    async math(queries: MetricDataQuery[], minutes: number) {
      const { MetricDataResults } = await client.send(
        new GetMetricDataCommand({
          MetricDataQueries: queries,
          StartTime: new Date(START),
          EndTime: new Date(START + minutes * MINUTE),
          ScanBy: 'TimestampAscending',
        }),
      );
      return MetricDataResults!.map(({ Timestamps, Values }) => {
        const points = new Map(Timestamps!.map((time, at) => [(time.getTime() - START) / MINUTE, Values![at]]));
        return Array.from({ length: minutes }, (_, minute) => points.get(minute));
      });
    },
  };
}

export const anAlarm = (): PutMetricAlarmCommandInput => ({
  AlarmName: 'errors',
  Namespace: 'Shop',
  MetricName: 'Errors',
  Dimensions: [{ Name: 'FunctionName', Value: 'web' }],
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
});

export const aMetric = (Id: string, MetricName: string, changes: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: { Namespace: 'Shop', MetricName, Dimensions: [{ Name: 'FunctionName', Value: 'web' }] },
    Period: 60,
    Stat: 'Sum',
  },
  ReturnData: false,
  ...changes,
});
