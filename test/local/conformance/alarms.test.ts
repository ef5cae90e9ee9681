import {
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  PutCompositeAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createNotes } from './functions.ts';
import {
  aMetric,
  aQuery,
  describeAlarm,
  minuteFromNow,
  putAlarm,
  putValues,
  setState,
  stateOf,
  untilEvaluated,
  untilState,
} from './metrics.ts';
import { subscribe } from './subscription.ts';

// CloudWatch user guide, "Using Amazon CloudWatch alarms", "Create a composite alarm", "Alarm events and EventBridge";
// API reference, PutMetricAlarm, PutCompositeAlarm, SetAlarmState, DescribeAlarms, DescribeAlarmHistory, DeleteAlarms.

const account = await openAccount();
afterAll(account.close);
const { cloudwatch, name } = account;
const arnOf = (alarm: string) => `arn:aws:cloudwatch:${account.region}:${account.accountId}:alarm:${alarm}`;
const putComposite = (AlarmName: string, AlarmRule: string) => cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule }));
/** An alarm that nothing but SetAlarmState moves. */
const putQuiet = (alarm: string) => putAlarm(account, alarm, aMetric(account, 'Quiet'), { TreatMissingData: 'ignore' });
const remove = (...AlarmNames: string[]) => cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames }));
const AlarmTypes = ['MetricAlarm' as const, 'CompositeAlarm' as const];

// biome-ignore lint/suspicious/noExplicitAny: an event's detail is read as the test expects it
let untilEvents: (alarm: string, count: number, withinSeconds?: number) => Promise<any[]>;

beforeAll(async () => {
  const notes = await createNotes(account);
  const watch = await subscribe(account, notes, 'alarm-events', {
    source: ['aws.cloudwatch'],
    'detail-type': ['CloudWatch Alarm State Change'],
    detail: { alarmName: [{ prefix: name('') }] },
  });
  untilEvents = (alarm, count, withinSeconds = 300) =>
    account.until(
      `${count} events of ${alarm}`,
      async () => {
        const events = (await watch.received()).filter(({ detail }) => detail.alarmName === alarm);
        events.sort((a, b) => (a.detail.state.timestamp < b.detail.state.timestamp ? -1 : 1));
        return events.length >= count ? events : undefined;
      },
      withinSeconds,
    );
});

test('SetAlarmState lasts until the next evaluation; every change is an event, the same state again is none', async () => {
  const alarm = name('set');
  const metric = aMetric(account, 'Set');
  await putValues(account, metric, minuteFromNow(account, -3), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  await putAlarm(account, alarm, metric);
  await untilState(account, alarm, 'OK');
  await account.pass(1);
  await setState(account, alarm, 'ALARM');
  await setState(account, alarm, 'ALARM');
  expect(await stateOf(account, alarm)).toBe('ALARM');
  await untilState(account, alarm, 'OK');
  const events = await untilEvents(alarm, 3);
  expect(events.map(({ detail }) => `${detail.previousState.value} > ${detail.state.value}`)).toEqual([
    'INSUFFICIENT_DATA > OK',
    'OK > ALARM',
    'ALARM > OK',
  ]);
});

test('the event of a state change has the shape that AWS documents', async () => {
  const alarm = name('event');
  const metric = aMetric(account, 'Event');
  await putValues(account, metric, minuteFromNow(account, -3), [0, 0, 0, 0, 0, 0, 0, 0]);
  await putAlarm(account, alarm, metric, { AlarmDescription: 'too many errors' });
  await untilState(account, alarm, 'OK');
  await putValues(account, metric, minuteFromNow(account, 0), [3, 3, 3, 3, 3]);
  await untilState(account, alarm, 'ALARM');
  const event = (await untilEvents(alarm, 2))[1];
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/;
  expect(event).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    source: 'aws.cloudwatch',
    account: account.accountId,
    region: account.region,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    'detail-type': 'CloudWatch Alarm State Change',
    resources: [arnOf(alarm)],
    detail: {
      alarmName: alarm,
      state: {
        value: 'ALARM',
        reason: expect.stringMatching(
          /^Threshold Crossed: 1 out of the last 1 datapoints \[3\.0 \(\d\d\/\d\d\/\d\d \d\d:\d\d:00\)\] was greater than or equal to the threshold \(1\.0\) \(minimum 1 datapoint for OK -> ALARM transition\)\.$/,
        ),
        reasonData: expect.any(String),
        timestamp: expect.stringMatching(time),
      },
      previousState: {
        value: 'OK',
        reason: expect.stringContaining(
          'was not greater than or equal to the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition)',
        ),
        reasonData: expect.any(String),
        timestamp: expect.stringMatching(time),
      },
      configuration: {
        description: 'too many errors',
        metrics: [
          {
            id: expect.any(String),
            metricStat: {
              metric: { namespace: metric.Namespace, name: 'Event', dimensions: { FunctionName: 'web' } },
              period: 60,
              stat: 'Sum',
            },
            returnData: true,
          },
        ],
      },
    },
  });
  expect(JSON.parse(event.detail.state.reasonData)).toEqual({
    version: '1.0',
    queryDate: expect.stringMatching(time),
    startDate: expect.stringMatching(time),
    statistic: 'Sum',
    period: 60,
    recentDatapoints: [3],
    threshold: 1,
  });
});

test('question: is the time of the event the second of its state’s timestamp? Assumed: it is, in whole seconds', async () => {
  const alarm = name('event-time');
  await putQuiet(alarm);
  await setState(account, alarm, 'ALARM');
  const [{ time, detail }] = (await untilEvents(alarm, 1)) as [{ time: string; detail: { state: { timestamp: string } } }];
  expect(time).toBe(detail.state.timestamp.replace(/\.\d{3}\+0000$/, 'Z'));
});

test('StateUpdatedTimestamp moves with every setting of the state, StateTransitionedTimestamp with changes only', async () => {
  const alarm = name('timestamps');
  await putQuiet(alarm);
  await setState(account, alarm, 'ALARM');
  const first = await describeAlarm(account, alarm);
  await account.pass(5);
  await setState(account, alarm, 'ALARM');
  const second = await describeAlarm(account, alarm);
  expect(second.StateTransitionedTimestamp).toEqual(first.StateTransitionedTimestamp);
  expect(second.StateUpdatedTimestamp!.getTime()).toBeGreaterThan(first.StateUpdatedTimestamp!.getTime());
});

test('an alarm that is put again keeps its state until it is evaluated, and takes the new configuration', async () => {
  const alarm = name('again');
  const metric = aMetric(account, 'Again');
  await putValues(account, metric, minuteFromNow(account, -3), [5, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
  await putAlarm(account, alarm, metric);
  await untilState(account, alarm, 'ALARM');
  await putAlarm(account, alarm, metric, { Threshold: 10 });
  expect(await describeAlarm(account, alarm)).toMatchObject({ StateValue: 'ALARM', Threshold: 10 });
  await untilState(account, alarm, 'OK');
  expect(await untilEvents(alarm, 2)).toHaveLength(2);
});

test('DescribeAlarms pages at 100, and finds by prefix and state', async () => {
  const prefix = name('page-');
  for (let count = 0; count < 120; count++) await putQuiet(`${prefix}${String(count).padStart(3, '0')}`);
  await setState(account, `${prefix}007`, 'ALARM');
  const describe = (input: object) => cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: prefix, ...input }));
  const first = await describe({});
  const second = await describe({ NextToken: first.NextToken });
  expect([first.MetricAlarms!.length, second.MetricAlarms!.length, second.NextToken]).toEqual([100, 20, undefined]);
  expect(new Set([first, second].flatMap(({ MetricAlarms }) => MetricAlarms!.map(({ AlarmName }) => AlarmName))).size).toBe(120);
  expect((await describe({ AlarmNamePrefix: `${prefix}01` })).MetricAlarms).toHaveLength(10);
  expect((await describe({ StateValue: 'ALARM' })).MetricAlarms!.map(({ AlarmName }) => AlarmName)).toEqual([`${prefix}007`]);
});

test('DescribeAlarms takes at most 100 names: ValidationError', async () => {
  const AlarmNames = Array.from({ length: 101 }, (_, at) => name(`alarm-${at}`));
  await expect(cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }))).rejects.toMatchObject({ Code: 'ValidationError' });
});

test('DescribeAlarms leaves composite alarms out unless AlarmTypes asks for them, and unknown names without a word', async () => {
  const [metric, both, absent] = [name('described'), name('described-both'), name('described-absent')];
  await putQuiet(metric);
  await putComposite(both, `ALARM("${metric}")`);
  const AlarmNames = [metric, both, absent];
  const plain = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }));
  expect(plain.MetricAlarms!.map(({ AlarmName }) => AlarmName)).toEqual([metric]);
  expect(plain.CompositeAlarms).toEqual([]);
  const all = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames, AlarmTypes }));
  expect(all.MetricAlarms!.map(({ AlarmName }) => AlarmName)).toEqual([metric]);
  expect(all.CompositeAlarms!.map(({ AlarmName }) => AlarmName)).toEqual([both]);
});

test('an alarm reads back as it was written', async () => {
  const alarm = name('written');
  const metric = aMetric(account, 'Written');
  const AlarmActions = [`arn:aws:sns:${account.region}:${account.accountId}:${name('ops')}`];
  const before = account.cloudNow().getTime();
  await putAlarm(account, alarm, metric, { AlarmDescription: 'why', AlarmActions, TreatMissingData: 'breaching' });
  const written = await describeAlarm(account, alarm);
  expect(written).toMatchObject({
    ...metric,
    AlarmName: alarm,
    AlarmArn: arnOf(alarm),
    AlarmDescription: 'why',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    AlarmActions,
    OKActions: [],
    InsufficientDataActions: [],
    ActionsEnabled: true,
    TreatMissingData: 'breaching',
  });
  expect(Math.abs(written.AlarmConfigurationUpdatedTimestamp!.getTime() - before)).toBeLessThan(60_000);
});

test('DisableAlarmActions and EnableAlarmActions switch the actions of alarms', async () => {
  const alarm = name('actions');
  await putQuiet(alarm);
  await cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames: [alarm] }));
  expect((await describeAlarm(account, alarm)).ActionsEnabled).toBe(false);
  await cloudwatch.send(new EnableAlarmActionsCommand({ AlarmNames: [alarm] }));
  expect((await describeAlarm(account, alarm)).ActionsEnabled).toBe(true);
});

test('DescribeAlarmHistory tells the state updates, newest first', async () => {
  const alarm = name('history');
  const metric = aMetric(account, 'History');
  await putValues(account, metric, minuteFromNow(account, -3), [0, 0, 0, 0, 0, 0, 0, 0]);
  await putAlarm(account, alarm, metric);
  await untilState(account, alarm, 'OK');
  await putValues(account, metric, minuteFromNow(account, 0), [5, 5, 5, 5, 5]);
  await untilState(account, alarm, 'ALARM');
  const { AlarmHistoryItems } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: alarm, HistoryItemType: 'StateUpdate' }),
  );
  expect(AlarmHistoryItems!.map(({ HistorySummary }) => HistorySummary)).toEqual([
    'Alarm updated from OK to ALARM',
    'Alarm updated from INSUFFICIENT_DATA to OK',
  ]);
  expect(JSON.parse(AlarmHistoryItems![0]!.HistoryData!).newState).toMatchObject({
    stateValue: 'ALARM',
    stateReasonData: { threshold: 1 },
  });
});

test.each<[string, Partial<PutMetricAlarmCommandInput>]>([
  ['a name that is too long', { AlarmName: 'x'.repeat(256) }],
  ['an empty name', { AlarmName: '' }],
  ['more datapoints than periods', { DatapointsToAlarm: 2 }],
  ['more than a day', { Period: 300, EvaluationPeriods: 300 }],
  ['an unknown treatment of missing data', { TreatMissingData: 'guess' }],
])('PutMetricAlarm refuses %s: ValidationError', async (_what, changes) => {
  const put = putAlarm(account, name('refused'), aMetric(account, 'Refused'), changes);
  await expect(put).rejects.toMatchObject({ name: 'ValidationException', Code: 'ValidationError' });
});

test('SetAlarmState of an alarm that does not exist is ResourceNotFound', async () => {
  await expect(setState(account, name('nobody'), 'OK')).rejects.toMatchObject({ name: 'ResourceNotFound' });
});

test('a metric math alarm watches the one expression that returns data', async () => {
  const alarm = name('math');
  const from = minuteFromNow(account, -3);
  await putValues(account, aMetric(account, 'MathErrors'), from, [1, 1, 1, 1, 1, 1, 1, 1]);
  await putValues(account, aMetric(account, 'MathCalls'), from, [10, 10, 10, 10, 10, 10, 10, 10]);
  const Expression = 'IF(calls >= 5, 100 * errors / calls, 0)';
  await putAlarm(
    account,
    alarm,
    {},
    {
      Statistic: undefined,
      Period: undefined,
      Threshold: 25,
      ComparisonOperator: 'GreaterThanThreshold',
      Metrics: [
        { Id: 'rate', Expression, Label: 'error rate' },
        aQuery(account, 'errors', 'MathErrors'),
        aQuery(account, 'calls', 'MathCalls'),
      ],
    },
  );
  const written = await untilEvaluated(account, alarm);
  expect(new Set(written.Metrics!.map(({ Id, ReturnData }) => `${Id} ${ReturnData}`))).toEqual(
    new Set(['rate true', 'errors false', 'calls false']),
  );
  await putValues(account, aMetric(account, 'MathErrors'), minuteFromNow(account, 0), [2, 2, 2, 2, 2]);
  await untilState(account, alarm, 'ALARM');
  expect((await describeAlarm(account, alarm)).StateReason).toContain('[30.0 (');
  const events = await untilEvents(alarm, 2);
  expect(events.at(-1).detail.configuration.metrics).toContainEqual({
    id: 'rate',
    label: 'error rate',
    expression: Expression,
    returnData: true,
  });
});

test('a composite alarm follows its rule, and its event names the alarm that set it off', async () => {
  const [a, b, both] = [name('child-a'), name('child b, quoted'), name('both')];
  await putQuiet(a);
  await putQuiet(b);
  await putComposite(both, `ALARM("${arnOf(a)}") AND NOT (OK("${b}") OR FALSE)`);
  await untilState(account, both, 'OK');
  expect((await describeAlarm(account, both)).StateReason).toBe(`${arnOf(both)} was created and its alarm rule evaluates to OK`);
  await account.pass(1);
  await setState(account, a, 'ALARM');
  await untilState(account, both, 'ALARM');
  await account.pass(1);
  await setState(account, b, 'OK');
  await untilState(account, both, 'OK');
  const event = (await untilEvents(both, 3))[1];
  expect(event.resources).toEqual([arnOf(both)]);
  expect(event.detail).toMatchObject({
    state: {
      value: 'ALARM',
      reason: expect.stringMatching(
        new RegExp(`^${arnOf(a)} transitioned to ALARM at [A-Z][a-z]+day \\d\\d [A-Z][a-z]+, \\d{4} \\d\\d:\\d\\d:\\d\\d UTC$`),
      ),
    },
    configuration: { alarmRule: expect.stringContaining('AND NOT') },
  });
  expect(JSON.parse(event.detail.state.reasonData)).toEqual({
    triggeringAlarms: [{ arn: arnOf(a), state: { value: 'ALARM', timestamp: expect.any(String) } }],
  });
});

test('a new composite alarm begins INSUFFICIENT_DATA', async () => {
  const [child, fresh] = [name('child'), name('fresh')];
  await putQuiet(child);
  await putComposite(fresh, `ALARM("${child}")`);
  const [event] = await untilEvents(fresh, 1);
  expect(event.detail).toMatchObject({ previousState: { value: 'INSUFFICIENT_DATA' }, state: { value: 'OK' } });
});

// SetAlarmState: a composite alarm "returns to its actual state only once any of its children alarms change state. It is
// also reevaluated if you update its configuration."
test('SetAlarmState on a composite alarm lasts until one of its children changes state, or it is put again', async () => {
  const [child, any] = [name('lasting-child'), name('lasting')];
  await putQuiet(child);
  await putComposite(any, `ALARM("${child}")`);
  await untilState(account, any, 'OK');
  await setState(account, any, 'ALARM');
  await account.pass(180);
  expect(await stateOf(account, any)).toBe('ALARM');
  await setState(account, child, 'OK');
  await untilState(account, any, 'OK');
  await setState(account, any, 'ALARM');
  await putComposite(any, `ALARM("${child}")`);
  await untilState(account, any, 'OK');
});

test.each([
  ['an alarm that does not exist', 'ALARM(absent)', 'do not exist'],
  ['a rule that ends too early', 'ALARM(x) AND', ''],
])('PutCompositeAlarm refuses %s: ValidationError', async (_what, rule, named) => {
  await expect(putComposite(name('refused'), rule)).rejects.toMatchObject({
    Code: 'ValidationError',
    message: expect.stringContaining(named),
  });
});

// API reference, DeleteAlarms: "You can delete up to 100 alarms in one operation. However, this total can include no more
// than one composite alarm. If you specify any incorrect alarm names, the alarms you specify with correct names are still
// deleted." A child has to wait until no composite alarm depends on it.
test('DeleteAlarms deletes no child of a composite alarm, and no two composite alarms at once: ValidationError', async () => {
  const [child, one, two] = [name('deleted-child'), name('deleted-one'), name('deleted-two')];
  await putQuiet(child);
  for (const composite of [one, two]) await putComposite(composite, `ALARM("${child}")`);
  await expect(remove(child)).rejects.toMatchObject({ Code: 'ValidationError' });
  await expect(remove(one, two)).rejects.toMatchObject({ Code: 'ValidationError' });
  for (const alarm of [child, one, two]) expect(await stateOf(account, alarm)).toBeDefined();
  await remove(one);
  await remove(two);
  await remove(child);
  expect(await stateOf(account, child)).toBeUndefined();
});

test('DeleteAlarms deletes the alarms that exist, whatever else it was given', async () => {
  await putQuiet(name('deleted-beside'));
  await remove(name('absent'), name('deleted-beside')).catch(() => {});
  expect(await stateOf(account, name('deleted-beside'))).toBeUndefined();
});

test('question: does DeleteAlarms tell of a name that does not exist? Assumed: ResourceNotFound', async () => {
  await expect(remove(name('absent'))).rejects.toMatchObject({ name: 'ResourceNotFound' });
});
