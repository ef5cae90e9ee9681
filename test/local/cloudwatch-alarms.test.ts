import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { ALARM_ARN, aCloudWatch, anAlarm, MINUTE, START } from './a-cloudwatch.ts';

test('a state set by SetAlarmState lasts until the next evaluation, and both changes are published', async () => {
  const { putAlarm, recordEach, toMinute, setState, state, events } = aCloudWatch();
  recordEach(-1, [0, 0, 0]);
  await putAlarm();
  await toMinute(0);
  await setState('errors', 'ALARM');
  await setState('errors', 'ALARM');
  expect(await state()).toBe('ALARM');
  await toMinute(1);
  expect(await state()).toBe('OK');
  expect(events.map(({ detail }) => `${detail.previousState.value} > ${detail.state.value}`)).toEqual([
    'INSUFFICIENT_DATA > OK',
    'OK > ALARM',
    'ALARM > OK',
  ]);
});

test('the event of a state change has the shape that AWS documents', async () => {
  const { putAlarm, recordEach, toMinute, events } = aCloudWatch();
  recordEach(-1, [0, 3]);
  await putAlarm({ AlarmDescription: 'too many errors' });
  await toMinute(1);
  expect(events[1]).toEqual({
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    resources: [`${ALARM_ARN}:errors`],
    detail: {
      alarmName: 'errors',
      state: {
        value: 'ALARM',
        reason:
          'Threshold Crossed: 1 out of the last 1 datapoints [3.0 (01/01/26 00:00:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).',
        reasonData:
          '{"version":"1.0","queryDate":"2026-01-01T00:01:05.000+0000","startDate":"2026-01-01T00:00:00.000+0000","statistic":"Sum","period":60,"recentDatapoints":[3],"threshold":1}',
        timestamp: '2026-01-01T00:01:05.000+0000',
      },
      previousState: {
        value: 'OK',
        reason: expect.stringContaining(
          'was not greater than or equal to the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition)',
        ),
        reasonData: expect.any(String),
        timestamp: '2026-01-01T00:00:05.000+0000',
      },
      configuration: {
        description: 'too many errors',
        metrics: [
          {
            id: 'm1',
            metricStat: {
              metric: { namespace: 'Shop', name: 'Errors', dimensions: { FunctionName: 'web' } },
              period: 60,
              stat: 'Sum',
            },
            returnData: true,
          },
        ],
      },
    },
  });
});

test('StateUpdatedTimestamp moves with every setting of the state, StateTransitionedTimestamp with changes only', async () => {
  const { putAlarm, setState, toMinute, alarm } = aCloudWatch();
  await putAlarm({ TreatMissingData: 'ignore' });
  await toMinute(1);
  await setState('errors', 'ALARM');
  await toMinute(2);
  await setState('errors', 'ALARM');
  expect(await alarm()).toMatchObject({
    StateTransitionedTimestamp: new Date(START + MINUTE + 10_000),
    StateUpdatedTimestamp: new Date(START + 2 * MINUTE + 10_000),
  });
});

test('an alarm that is put again keeps its state and takes the new configuration', async () => {
  const { putAlarm, record, toMinute, alarm, events } = aCloudWatch();
  record(-1, 5);
  await putAlarm();
  await toMinute(0);
  await putAlarm({ Threshold: 10 });
  expect(await alarm()).toMatchObject({ StateValue: 'ALARM', Threshold: 10 });
  await toMinute(1);
  expect(await alarm()).toMatchObject({ StateValue: 'OK' });
  expect(events).toHaveLength(2);
});

test('DescribeAlarms pages at 100 and filters by prefix and state', async () => {
  const { client, putAlarm, setState } = aCloudWatch();
  for (let count = 0; count < 120; count++) await putAlarm({ AlarmName: `alarm-${String(count).padStart(3, '0')}` });
  await setState('alarm-007', 'ALARM');
  const first = await client.send(new DescribeAlarmsCommand({}));
  const second = await client.send(new DescribeAlarmsCommand({ NextToken: first.NextToken! }));
  expect([first.MetricAlarms!.length, second.MetricAlarms!.length, second.NextToken]).toEqual([100, 20, undefined]);
  expect((await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'alarm-01' }))).MetricAlarms).toHaveLength(10);
  expect((await client.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }))).MetricAlarms).toHaveLength(1);
  await expect(client.send(new DescribeAlarmsCommand({ AlarmNames: new Array(101).fill('a') }))).rejects.toMatchObject({
    name: 'ValidationException',
    Code: 'ValidationError',
  });
});

test('an alarm reads back as it was written', async () => {
  const { client, putAlarm, alarm } = aCloudWatch();
  await putAlarm({ AlarmDescription: 'why', AlarmActions: ['arn:aws:sns:us-east-1:123456789012:ops'], TreatMissingData: 'breaching' });
  await client.send(new DisableAlarmActionsCommand({ AlarmNames: ['errors'] }));
  expect(await alarm()).toMatchObject({
    ...anAlarm(),
    AlarmArn: `${ALARM_ARN}:errors`,
    AlarmDescription: 'why',
    AlarmActions: ['arn:aws:sns:us-east-1:123456789012:ops'],
    OKActions: [],
    ActionsEnabled: false,
    TreatMissingData: 'breaching',
    AlarmConfigurationUpdatedTimestamp: new Date(START),
  });
});

test('DescribeAlarmHistory tells the state updates, newest first', async () => {
  const { client, putAlarm, recordEach, toMinute } = aCloudWatch();
  recordEach(0, [0, 5]);
  await putAlarm();
  await toMinute(2);
  const { AlarmHistoryItems } = await client.send(new DescribeAlarmHistoryCommand({ AlarmName: 'errors', HistoryItemType: 'StateUpdate' }));
  expect(AlarmHistoryItems!.map(({ HistorySummary }) => HistorySummary)).toEqual([
    'Alarm updated from OK to ALARM',
    'Alarm updated from INSUFFICIENT_DATA to OK',
  ]);
  expect(JSON.parse(AlarmHistoryItems![0]!.HistoryData!).newState).toMatchObject({
    stateValue: 'ALARM',
    stateReasonData: { threshold: 1 },
  });
});

test.each<[string, Partial<PutMetricAlarmCommandInput>, string]>([
  ['a name that is too long', { AlarmName: 'x'.repeat(256) }, 'length less than or equal to 255'],
  ['an empty name', { AlarmName: '' }, 'length greater than or equal to 1'],
  ['high resolution', { Period: 10 }, 'Period of 10'],
  ['a trimmed mean', { Statistic: undefined, ExtendedStatistic: 'tm99' }, 'tm99'],
  ['anomaly detection', { ComparisonOperator: 'GreaterThanUpperThreshold' }, 'anomaly detection'],
  ['more datapoints than periods', { DatapointsToAlarm: 2 }, 'datapointsToAlarm'],
  ['more than a day', { Period: 300, EvaluationPeriods: 300 }, 'more than a day'],
  ['an unknown treatment of missing data', { TreatMissingData: 'guess' }, 'treatMissingData'],
  ['tags', { Tags: [{ Key: 'a', Value: 'b' }] }, 'Tags'],
  ['a wall clock window', { EvaluationWindow: { WallClockWindow: {} } }, 'EvaluationWindow'],
])('PutMetricAlarm refuses %s', async (_what, changes, named) => {
  const { putAlarm } = aCloudWatch();
  await expect(putAlarm(changes)).rejects.toMatchObject({
    name: 'ValidationException',
    Code: 'ValidationError',
    message: expect.stringContaining(named),
  });
});

test('a bake of 30 days with three alarms passes in seconds', async () => {
  const { putAlarm, putComposite, record, clock, events } = aCloudWatch();
  await putAlarm({ AlarmName: 'a', TreatMissingData: 'notBreaching' });
  await putAlarm({ AlarmName: 'b', Period: 300, EvaluationPeriods: 3 });
  await putAlarm({ AlarmName: 'c', Statistic: 'Average', EvaluationPeriods: 15, DatapointsToAlarm: 10 });
  await putComposite('any', 'ALARM(a) OR ALARM(b) OR ALARM(c)');
  for (let minute = 0; minute < 30 * 24 * 60; minute += 60) {
    record(minute, minute === 24 * 60 ? 5 : 0);
    await clock.advanceTo(START + (minute + 60) * MINUTE);
  }
  expect(events.filter(({ detail }) => detail.state.value === 'ALARM').map(({ detail }) => detail.alarmName)).toContain('any');
}, 20_000);
