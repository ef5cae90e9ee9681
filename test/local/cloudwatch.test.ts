import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  type MetricDataQuery,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../local/clock.ts';
import { createCloudWatch } from '../../local/cloudwatch/cloudwatch.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import type { EventBus } from '../../local/service.ts';
import { createWork } from '../../local/work.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ALARM_ARN = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm';

/** CloudWatch on a virtual clock, with the metric `Shop Errors` of the function `web` at hand. */
function aCloudWatch() {
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

const aMetric = (Id: string, MetricName: string, changes: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: { Namespace: 'Shop', MetricName, Dimensions: [{ Name: 'FunctionName', Value: 'web' }] },
    Period: 60,
    Stat: 'Sum',
  },
  ReturnData: false,
  ...changes,
});

test('a new alarm begins INSUFFICIENT_DATA and is evaluated within its first minute', async () => {
  const { putAlarm, record, clock, state, alarm } = aCloudWatch();
  record(-1, 0);
  await putAlarm();
  expect(await alarm()).toMatchObject({ StateValue: 'INSUFFICIENT_DATA', StateReason: 'Unchecked: Initial alarm creation' });
  await clock.advanceTo(START + MINUTE);
  expect(await state()).toBe('OK');
});

test('a minute is evaluated shortly after its end, and the alarm returns to OK when the breaching data leaves the evaluation range', async () => {
  const { putAlarm, record, toMinute, clock, state, events } = aCloudWatch();
  await putAlarm({ TreatMissingData: 'notBreaching' });
  await toMinute(1);
  record(1, 1);
  await clock.advanceTo(START + 2 * MINUTE);
  expect(await state()).toBe('OK');
  await toMinute(2);
  expect(await state()).toBe('ALARM');
  await toMinute(10);
  expect(await state()).toBe('OK');
  expect(events.map(({ detail }) => detail.state.value)).toEqual(['OK', 'ALARM', 'OK']);
});

// The tables of "Configuring how CloudWatch alarms treat missing data": 0 is healthy, X breaching, - missing; the alarm was OK before.
test.each([
  // 3 of 3
  ['0-X-X', 3, { missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' }],
  ['0----', 3, { missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' }],
  ['-----', 3, { missing: 'INSUFFICIENT_DATA', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['0XX-X', 3, { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
  ['----X', 3, { missing: 'INSUFFICIENT_DATA', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['--X--', 3, { missing: 'ALARM', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['X----', 3, { missing: 'ALARM', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  // 2 of 3
  ['0-X-X', 2, { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
  ['00X0X', 2, { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
  ['0-X--', 2, { missing: 'OK', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['----0', 2, { missing: 'OK', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['---X-', 2, { missing: 'ALARM', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['----X', 2, { missing: 'INSUFFICIENT_DATA', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
])('data %s with %i of 3 datapoints to alarm gives the documented states', async (data, DatapointsToAlarm, expected) => {
  for (const [TreatMissingData, value] of Object.entries(expected)) {
    const { putAlarm, recordEach, setState, toMinute, state } = aCloudWatch();
    recordEach(
      -5,
      [...data].map((point) => (point === '-' ? undefined : point === 'X' ? 9 : 0)),
    );
    await putAlarm({ EvaluationPeriods: 3, DatapointsToAlarm, TreatMissingData });
    await setState('errors', 'OK');
    await toMinute(0);
    expect(await state(), TreatMissingData).toBe(value);
  }
});

test('M of N: the breaching datapoints need not follow one another', async () => {
  const { putAlarm, recordEach, toMinute, state } = aCloudWatch();
  recordEach(0, [0, 5, 0, 0, 5, 5, 0, 0, 0, 0]);
  await putAlarm({ EvaluationPeriods: 5, DatapointsToAlarm: 3 });
  const states: Record<number, unknown> = {};
  for (const minute of [5, 6, 7]) {
    await toMinute(minute);
    states[minute] = await state();
  }
  expect(states).toEqual({ 5: 'OK', 6: 'ALARM', 7: 'OK' });
});

test.each([
  ['GreaterThanThreshold', 5, 'OK'],
  ['GreaterThanThreshold', 6, 'ALARM'],
  ['GreaterThanOrEqualToThreshold', 5, 'ALARM'],
  ['LessThanThreshold', 5, 'OK'],
  ['LessThanThreshold', 4, 'ALARM'],
  ['LessThanOrEqualToThreshold', 5, 'ALARM'],
] as const)('%s compares %i with 5', async (ComparisonOperator, value, expected) => {
  const { putAlarm, record, toMinute, state } = aCloudWatch();
  record(-1, value);
  await putAlarm({ ComparisonOperator, Threshold: 5 });
  await toMinute(0);
  expect(await state()).toBe(expected);
});

test.each([
  [{ Statistic: 'Sum' }, 110],
  [{ Statistic: 'Average' }, 11],
  [{ Statistic: 'Minimum' }, 2],
  [{ Statistic: 'Maximum' }, 20],
  [{ Statistic: 'SampleCount' }, 10],
  [{ Statistic: undefined, ExtendedStatistic: 'p90' }, 18],
] as const)('an alarm on %o sees that statistic of all samples of the period', async (statistic, value) => {
  const { putAlarm, record, toMinute, alarm } = aCloudWatch();
  for (let sample = 1; sample <= 10; sample++) record(-1, sample * 2);
  await putAlarm({ ...statistic, Threshold: value });
  await toMinute(0);
  expect(await alarm()).toMatchObject({ StateValue: 'ALARM', StateReason: expect.stringContaining(`[${value.toFixed(1)} (`) });
});

test('dimensions match exactly: fewer or more are another metric', async () => {
  const { putAlarm, service, record, toMinute, state } = aCloudWatch();
  service.record({ namespace: 'Shop', metricName: 'Errors', dimensions: {}, value: 9, atMs: START - 1 });
  service.record({ namespace: 'Shop', metricName: 'Errors', dimensions: { FunctionName: 'web', Version: '2' }, value: 9, atMs: START - 1 });
  await putAlarm();
  await toMinute(1);
  expect(await state()).toBe('INSUFFICIENT_DATA');
  record(1, 9);
  await toMinute(2);
  expect(await state()).toBe('ALARM');
});

test('a longer period is a window that slides by the minute', async () => {
  const { putAlarm, record, toMinute, state } = aCloudWatch();
  record(3, 2);
  record(6, 2);
  await putAlarm({ Period: 300, Threshold: 4, TreatMissingData: 'notBreaching' });
  await toMinute(6);
  expect(await state()).toBe('OK');
  await toMinute(7);
  expect(await state()).toBe('ALARM');
});

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

test('a metric math alarm watches the one expression that returns data', async () => {
  const { client, record, toMinute, alarm, events } = aCloudWatch();
  record(-1, 1, 'Errors');
  record(-1, 10, 'Invocations');
  record(0, 3, 'Errors');
  record(0, 10, 'Invocations');
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      EvaluationPeriods: 1,
      Threshold: 25,
      ComparisonOperator: 'GreaterThanThreshold',
      Metrics: [
        { Id: 'rate', Expression: 'IF(calls >= 5, 100 * errors / calls, 0)', Label: 'error rate' },
        aMetric('errors', 'Errors'),
        aMetric('calls', 'Invocations'),
      ],
    }),
  );
  await toMinute(0);
  expect(await alarm()).toMatchObject({ StateValue: 'OK', Metrics: [{ Id: 'rate', ReturnData: true }, { Id: 'errors' }, { Id: 'calls' }] });
  await toMinute(1);
  expect(await alarm()).toMatchObject({ StateValue: 'ALARM', StateReason: expect.stringContaining('[30.0 (01/01/26 00:00:00)]') });
  expect(events[1]!.detail.configuration.metrics).toContainEqual({
    id: 'rate',
    label: 'error rate',
    expression: 'IF(calls >= 5, 100 * errors / calls, 0)',
    returnData: true,
  });
});

const _ = undefined;

// Metric math as documented: m1 is [30, 20, 0, 0, -], m2 [20, -, 20, -, 40].
test.each<[string, (number | undefined)[]]>([
  ['m1 + m2', [50, 20, 20, 0, 40]],
  ['m1 - m2 * 2', [-10, 20, -40, 0, -80]],
  ['(m1 - 10) / 2', [10, 5, -5, -5, _]],
  ['m1 / m2', [1.5, _, 0, _, 0]],
  ['-m1 ^ 2', [-900, -400, -0, -0, _]],
  ['m1 < m2', [0, 0, 1, 0, 1]],
  ['m1 >= 30', [1, 0, 0, 0, _]],
  ['m1 > 15 AND m2 > 15', [1, 0, 0, 0, 0]],
  ['m1 == 0 || m2 == 20', [1, 0, 1, 1, 0]],
  ['FILL(m1, 7)', [30, 20, 0, 0, 7]],
  ['FILL(m2, REPEAT)', [20, 20, 20, 20, 40]],
  ['FILL(m2, LINEAR)', [20, 20, 20, 30, 40]],
  ['SUM([m1, m2])', [50, 20, 20, 0, 40]],
  ['AVG([m1, m2])', [25, 10, 10, 0, 20]],
  ['MAX(METRICS())', [30, 20, 20, 0, 40]],
  ['MIN(METRICS("m"))', [20, 20, 0, 0, 40]],
  ['m1 - SUM(m1)', [-20, -30, -50, -50, _]],
  ['m1 / AVG(m2) * DATAPOINT_COUNT(m2) * PERIOD(m1)', [202.5, 135, 0, 0, _]],
  ['TIME_SERIES(MAX(m2))', [40, 40, 40, 40, 40]],
  ['IF(m1, m2, 5)', [20, 0, 5, 5, _]],
  ['IF(m1 > 10, 1)', [1, 1, _, _, _]],
  ['IF(m1 < 1, m2, m1)', [30, 20, 20, 0, _]],
])('metric math: %s', async (Expression, expected) => {
  const { recordEach, record, math } = aCloudWatch();
  recordEach(0, [30, 20, 0, 0]);
  record(0, 20, 'Calls');
  record(2, 20, 'Calls');
  record(4, 40, 'Calls');
  expect(await math([{ Id: 'e1', Expression }, aMetric('m1', 'Errors'), aMetric('m2', 'Calls')], 5)).toEqual([expected]);
});

test.each([
  ['ANOMALY_DETECTION_BAND(m1)', 'ANOMALY_DETECTION_BAND'],
  ["SEARCH('{Shop}', 'Sum')", 'SEARCH'],
  ['SELECT SUM(Errors) FROM Shop', 'Metrics Insights'],
  ['m1 + m9', 'm9'],
  ['SUM(m1)', 'scalar'],
  ['m1 +', 'end'],
  ['e1 * 2', 'refers to itself'],
])('refuses the expression %s by name', async (Expression, named) => {
  const { math } = aCloudWatch();
  await expect(math([{ Id: 'e1', Expression }, aMetric('m1', 'Errors')], 5)).rejects.toThrow(named);
});

test('a composite alarm follows its rule at once, and its event names the alarm that set it off', async () => {
  const { putAlarm, putComposite, setState, clock, alarm, state, events } = aCloudWatch();
  await putAlarm({ AlarmName: 'a', TreatMissingData: 'ignore' });
  await putAlarm({ AlarmName: 'b, quoted', TreatMissingData: 'ignore' });
  await putComposite('both', `ALARM("${ALARM_ARN}:a") AND NOT (OK("b, quoted") OR FALSE)`);
  expect(await state('both')).toBe('INSUFFICIENT_DATA');
  await clock.advanceTo(START + 1000);
  expect(await alarm('both')).toMatchObject({
    StateValue: 'OK',
    StateReason: `${ALARM_ARN}:both was created and its alarm rule evaluates to OK`,
  });
  await setState('a', 'ALARM');
  expect(await state('both')).toBe('ALARM');
  await setState('b, quoted', 'OK');
  expect(await state('both')).toBe('OK');
  const change = events.find(({ detail }) => detail.alarmName === 'both' && detail.state.value === 'ALARM')!;
  expect(change.detail).toMatchObject({
    state: {
      reason: `${ALARM_ARN}:a transitioned to ALARM at Thursday 01 January, 2026 00:00:01 UTC`,
      reasonData: JSON.stringify({
        triggeringAlarms: [{ arn: `${ALARM_ARN}:a`, state: { value: 'ALARM', timestamp: '2026-01-01T00:00:01.000+0000' } }],
      }),
    },
    configuration: { alarmRule: expect.stringContaining('AND NOT') },
  });
});

test('SetAlarmState on a composite alarm lasts until one of its children changes state', async () => {
  const { putAlarm, putComposite, setState, toMinute, state } = aCloudWatch();
  await putAlarm({ AlarmName: 'a', TreatMissingData: 'ignore' });
  await putComposite('any', 'ALARM(a)');
  await toMinute(1);
  await setState('any', 'ALARM');
  await toMinute(10);
  expect(await state('any')).toBe('ALARM');
  await setState('a', 'OK');
  expect(await state('any')).toBe('OK');
});

test.each([
  ['ALARM(absent)', `alarms [${ALARM_ARN}:absent] in the alarm rule do not exist`],
  ['AT_LEAST(2, ALARM, (a, b))', 'AT_LEAST'],
  ['ALARM(a) AND', 'ends too early'],
  ['ALARM(self)', 'cycle'],
])('refuses the composite rule %s', async (rule, named) => {
  const { putAlarm, putComposite } = aCloudWatch();
  await putAlarm({ AlarmName: 'a' });
  await putComposite('self', 'ALARM(a)');
  await expect(putComposite('self', rule)).rejects.toThrow(named);
});

test('DescribeAlarms leaves composite alarms out unless AlarmTypes asks for them, and absent names without a word', async () => {
  const { client, putAlarm, putComposite } = aCloudWatch();
  await putAlarm({ AlarmName: 'a' });
  await putComposite('both', 'ALARM(a)');
  const AlarmNames = ['a', 'both', 'absent'];
  const plain = await client.send(new DescribeAlarmsCommand({ AlarmNames }));
  expect(plain.MetricAlarms!.map(({ AlarmName }) => AlarmName)).toEqual(['a']);
  expect(plain.CompositeAlarms).toEqual([]);
  const all = await client.send(new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }));
  expect(all.CompositeAlarms!.map(({ AlarmName }) => AlarmName)).toEqual(['both']);
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

test('DeleteAlarms deletes all or none, and no child of a composite alarm', async () => {
  const { client, putAlarm, putComposite, state, toMinute, events } = aCloudWatch();
  await putAlarm({ AlarmName: 'a' });
  await putComposite('both', 'ALARM(a)');
  const remove = (...AlarmNames: string[]) => client.send(new DeleteAlarmsCommand({ AlarmNames }));
  await expect(remove('both', 'absent')).rejects.toMatchObject({ name: 'ResourceNotFound' });
  await expect(remove('a')).rejects.toThrow('composite alarm(s) depending on it');
  expect(await state('both')).toBe('INSUFFICIENT_DATA');
  await remove('both');
  await remove('a');
  await toMinute(5);
  expect(events).toEqual([]);
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

test('PutMetricData takes values, value lists and ready-made statistics, which GetMetricStatistics answers by unit', async () => {
  const { client } = aCloudWatch();
  const Timestamp = new Date(START - MINUTE);
  await client.send(
    new PutMetricDataCommand({
      Namespace: 'Shop',
      MetricData: [
        { MetricName: 'Latency', Value: 10, Unit: 'Milliseconds', Timestamp },
        { MetricName: 'Latency', Values: [20, 40], Counts: [3, 1], Unit: 'Milliseconds', Timestamp },
        { MetricName: 'Latency', StatisticValues: { SampleCount: 4, Sum: 8, Minimum: 1, Maximum: 3 }, Timestamp },
      ],
    }),
  );
  const { Label, Datapoints } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: 'Shop',
      MetricName: 'Latency',
      StartTime: new Date(START - 5 * MINUTE),
      EndTime: new Date(START),
      Period: 60,
      Statistics: ['Average', 'Sum', 'SampleCount', 'Maximum'],
      ExtendedStatistics: ['p50'],
    }),
  );
  expect(Label).toBe('Latency');
  expect(Datapoints).toEqual([
    { Timestamp, Unit: 'Milliseconds', Average: 22, Sum: 110, SampleCount: 5, Maximum: 40, ExtendedStatistics: { p50: 20 } },
    { Timestamp, Unit: 'None', Average: 2, Sum: 8, SampleCount: 4, Maximum: 3, ExtendedStatistics: {} },
  ]);
});

test.each([
  ['a time too far ahead', { Timestamp: new Date(START + 3 * 60 * MINUTE), Value: 1 }, 'two hours in the future'],
  ['a time too long ago', { Timestamp: new Date(START - 15 * DAY), Value: 1 }, 'past two weeks'],
  ['NaN', { Value: Number.NaN }, 'NaN'],
  ['high resolution', { Value: 1, StorageResolution: 1 }, 'StorageResolution of 1'],
  ['two kinds of value', { Value: 1, Values: [1] }, 'Value and Values'],
])('PutMetricData refuses %s', async (_what, datum, named) => {
  const { client } = aCloudWatch();
  const request = new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [{ MetricName: 'x', ...datum }] });
  await expect(client.send(request)).rejects.toThrow(named);
});

test('PutMetricData refuses the namespaces of AWS', async () => {
  const { client } = aCloudWatch();
  const request = new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData: [{ MetricName: 'Errors', Value: 1 }] });
  await expect(client.send(request)).rejects.toMatchObject({ name: 'InvalidParameterValueException', Code: 'InvalidParameterValue' });
});

test('GetMetricData answers the newest first, without the data from EndTime on', async () => {
  const { client, recordEach } = aCloudWatch();
  recordEach(0, [1, 2, 3, 4, 5, 6, 7]);
  const { MetricDataResults } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(START + 30_000),
      EndTime: new Date(START + 6 * MINUTE),
      MetricDataQueries: [
        aMetric('one', 'Errors', { ReturnData: true }),
        {
          ...aMetric('five', 'Errors', { ReturnData: true, Label: 'by five' }),
          MetricStat: { ...aMetric('x', 'Errors').MetricStat!, Period: 300 },
        },
      ],
    }),
  );
  expect(MetricDataResults).toMatchObject([
    { Id: 'one', Label: 'Errors', StatusCode: 'Complete', Values: [6, 5, 4, 3, 2, 1] },
    { Id: 'five', Label: 'by five', Values: [6, 15], Timestamps: [new Date(START + 5 * MINUTE), new Date(START)] },
  ]);
});

test('ListMetrics lists by namespace, name and dimension what had data in two weeks', async () => {
  const { client, record, clock } = aCloudWatch();
  record(0, 1);
  record(0, 1, 'Calls');
  const list = async (input: object) => (await client.send(new ListMetricsCommand(input))).Metrics!.map(({ MetricName }) => MetricName);
  expect(await list({ Namespace: 'Shop' })).toEqual(['Errors', 'Calls']);
  expect(await list({ MetricName: 'Calls', Dimensions: [{ Name: 'FunctionName', Value: 'web' }] })).toEqual(['Calls']);
  expect(await list({ Dimensions: [{ Name: 'Version' }] })).toEqual([]);
  await clock.advanceTo(START + 15 * DAY);
  expect(await list({})).toEqual([]);
});

test('one-minute data lives 15 days, five-minute data longer', async () => {
  const { client, recordEach, record, clock } = aCloudWatch();
  recordEach(0, [1, 2, 3, 4, 5]);
  await clock.advanceTo(START + 16 * DAY);
  record(16 * 24 * 60, 1);
  const read = async (Period: number) => {
    const MetricStat = { ...aMetric('m', 'Errors').MetricStat!, Period };
    const query = { MetricDataQueries: [{ Id: 'm', MetricStat }], StartTime: new Date(START), EndTime: new Date(START + 10 * MINUTE) };
    return (await client.send(new GetMetricDataCommand(query))).MetricDataResults![0]!.Values;
  };
  expect(await read(60)).toEqual([]);
  expect(await read(300)).toEqual([15]);
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
  const startedMs = performance.now();
  for (let minute = 0; minute < 30 * 24 * 60; minute += 60) {
    record(minute, minute === 24 * 60 ? 5 : 0);
    await clock.advanceTo(START + (minute + 60) * MINUTE);
  }
  expect(events.filter(({ detail }) => detail.state.value === 'ALARM').map(({ detail }) => detail.alarmName)).toContain('any');
  expect(performance.now() - startedMs).toBeLessThan(20_000);
}, 30_000);
