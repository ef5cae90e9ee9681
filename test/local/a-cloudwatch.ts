import {
  CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { createVirtualClock } from '../../local/clock.ts';
import { createCloudWatch } from '../../local/cloudwatch/cloudwatch.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import type { EventBus } from '../../local/service.ts';
import { createWork } from '../../local/work.ts';

export const START = Date.parse('2026-01-01T00:00:00Z');
export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

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
  const record = (minute: number, value: number) =>
    service.record({ namespace: 'Shop', metricName: 'Errors', dimensions: { FunctionName: 'web' }, value, atMs: START + minute * MINUTE });
  return {
    client,
    clock,
    events,
    record,
    /** Records one value a minute from `from` on. */
    recordEach: (from: number, values: number[]) => {
      for (const [at, value] of values.entries()) record(from + at, value);
    },
    putAlarm: (changes: Partial<PutMetricAlarmCommandInput> = {}) => client.send(new PutMetricAlarmCommand({ ...anAlarm(), ...changes })),
    putComposite: (AlarmName: string, AlarmRule: string) => client.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule })),
    math: (MetricDataQueries: MetricDataQuery[], minutes: number) =>
      client.send(new GetMetricDataCommand({ MetricDataQueries, StartTime: new Date(START), EndTime: new Date(START + minutes * MINUTE) })),
  };
}

const anAlarm = (): PutMetricAlarmCommandInput => ({
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

export const aMetric = (Id: string, MetricName: string): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: { Namespace: 'Shop', MetricName, Dimensions: [{ Name: 'FunctionName', Value: 'web' }] },
    Period: 60,
    Stat: 'Sum',
  },
  ReturnData: false,
});
