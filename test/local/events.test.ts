import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../local/clock.ts';
import { createEvents } from '../../local/events/events.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import { type Invoker, ServiceError } from '../../local/service.ts';
import { createWork } from '../../local/work.ts';

const START = Date.parse('2026-01-01T00:00:00.400Z');
const BRAKE = 'arn:aws:lambda:us-east-1:123456789012:function:brake:live';

function aBus() {
  const work = createWork();
  const clock = createVirtualClock(START, work.settle);
  let ids = 0;
  let failure: Error | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever was sent
  const invoked: { functionName: string; payload: any }[] = [];
  const invoker: Invoker = {
    invoke: () => Promise.reject(new Error('rules invoke asynchronously')),
    async invokeAsync({ functionName, payload }) {
      invoked.push({ functionName, payload: JSON.parse(Buffer.from(payload).toString()) });
      const error = failure;
      failure = undefined;
      if (error) throw error;
    },
  };
  const ground = { clock, work, region: 'us-east-1', accountId: '123456789012', random: () => 0, newId: () => `id-${++ids}` };
  const bus = createEvents(ground, invoker);
  const caller = { accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:user/test' };
  const client = new EventBridgeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: createRequestHandler((request) => bus.handle({ ...request, caller })),
  });
  return {
    client,
    clock,
    bus,
    invoked,
    settle: work.settle,
    failNext(error: Error) {
      failure = error;
    },
    async rule(pattern: object, target: Partial<Target> = {}) {
      await client.send(new PutRuleCommand({ Name: 'alarms', EventPattern: JSON.stringify(pattern) }));
      await client.send(new PutTargetsCommand({ Rule: 'alarms', Targets: [{ Id: 'brake', Arn: BRAKE, ...target }] }));
    },
  };
}

const anAlarmEvent = () => ({
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  resources: ['arn:alarm'],
  detail: { alarmName: 'errors', state: { value: 'ALARM' }, level: 7, tags: ['a', 'b'], note: null, ip: '10.1.2.3' },
});

test('an event reaches the targets of the rules that it matches, in the shape of EventBridge', async () => {
  const { bus, rule, invoked, settle } = aBus();
  await rule({ source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } });
  bus.publish(anAlarmEvent());
  bus.publish({ ...anAlarmEvent(), detail: { state: { value: 'OK' } } });
  await settle();
  expect(invoked).toEqual([
    {
      functionName: BRAKE,
      payload: {
        version: '0',
        id: 'id-1',
        account: '123456789012',
        region: 'us-east-1',
        time: '2026-01-01T00:00:00Z',
        ...anAlarmEvent(),
      },
    },
  ]);
  expect(bus.recent().map(({ id }) => id)).toEqual(['id-1', 'id-2']);
});

test.each<[string, object, boolean]>([
  ['an exact value', { source: ['aws.cloudwatch'] }, true],
  ['one of several values', { source: ['other', 'aws.cloudwatch'] }, true],
  ['no value', { source: ['other'] }, false],
  ['every key', { source: ['aws.cloudwatch'], account: ['other'] }, false],
  ['any element of a list', { detail: { tags: ['b', 'c'] } }, true],
  ['null', { detail: { note: [null] } }, true],
  ['a number', { detail: { level: [7] } }, true],
  ['a number, not its text', { detail: { level: ['7'] } }, false],
  ['prefix', { source: [{ prefix: 'aws.' }] }, true],
  ['prefix ignoring case', { source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, true],
  ['suffix', { source: [{ suffix: 'watch' }] }, true],
  ['suffix that differs', { source: [{ suffix: 'aws.' }] }, false],
  ['equals-ignore-case', { source: [{ 'equals-ignore-case': 'AWS.CloudWatch' }] }, true],
  ['wildcard', { source: [{ wildcard: 'aws.*wat*' }] }, true],
  ['wildcard that differs', { source: [{ wildcard: 'cloud*' }] }, false],
  ['anything-but', { detail: { state: { value: [{ 'anything-but': 'OK' }] } } }, true],
  ['anything-but a list', { detail: { state: { value: [{ 'anything-but': ['OK', 'ALARM'] }] } } }, false],
  ['anything-but a number', { detail: { level: [{ 'anything-but': 7 }] } }, false],
  ['anything-but a prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, false],
  ['anything-but suffixes', { source: [{ 'anything-but': { suffix: ['ec2', 'sqs'] } }] }, true],
  ['anything-but an absent key', { detail: { absent: [{ 'anything-but': 'x' }] } }, false],
  ['numeric', { detail: { level: [{ numeric: ['>', 5, '<=', 7] }] } }, true],
  ['numeric out of range', { detail: { level: [{ numeric: ['=', 8] }] } }, false],
  ['cidr', { detail: { ip: [{ cidr: '10.0.0.0/8' }] } }, true],
  ['exists', { detail: { level: [{ exists: true }] } }, true],
  ['exists of what is absent', { detail: { absent: [{ exists: true }] } }, false],
  ['exists: false', { detail: { absent: [{ exists: false }] } }, true],
  ['exists on an object, which is no leaf', { detail: { state: [{ exists: true }] } }, false],
  ['$or', { $or: [{ source: ['other'] }, { detail: { level: [7] } }] }, true],
  ['$or beside another key', { account: ['other'], $or: [{ source: ['other'] }, { detail: { level: [7] } }] }, false],
  ['$or within detail', { detail: { $or: [{ level: [1] }, { level: [{ numeric: ['<', 3] }] }] } }, false],
])('a pattern with %s', async (_what, pattern, expected) => {
  const { client } = aBus();
  const Event = JSON.stringify({ id: '1', account: '1', region: 'r', time: 't', ...anAlarmEvent() });
  const { Result } = await client.send(new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event }));
  expect(Result).toBe(expected);
});

test.each<[string, object | string, string]>([
  ['an unknown operator', { source: [{ contains: 'x' }] }, 'contains'],
  ['an unknown operator in anything-but', { source: [{ 'anything-but': { numeric: 1 } }] }, 'numeric'],
  ['an unknown comparison', { source: [{ numeric: ['~', 1] }] }, '~'],
  ['two operators in one expression', { source: [{ prefix: 'x', suffix: 'y' }] }, 'exactly one operator'],
  ['a literal outside a list', { source: 'x' }, '"source" must be an object or an array'],
  ['an empty list', { source: [] }, 'Empty arrays are not allowed'],
  ['an $or of one', { $or: [{ source: ['x'] }] }, '$or'],
  ['what is no JSON', '{', 'not valid JSON'],
])('refuses a pattern with %s', async (_what, pattern, named) => {
  const { client } = aBus();
  const EventPattern = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
  const refused = expect(client.send(new PutRuleCommand({ Name: 'x', EventPattern }))).rejects;
  await refused.toMatchObject({ name: 'InvalidEventPatternException', message: expect.stringContaining(named) });
});

test('a disabled rule delivers nothing until it is enabled', async () => {
  const { bus, client, rule, invoked, settle } = aBus();
  await rule({ source: [{ prefix: '' }] });
  await client.send(new DisableRuleCommand({ Name: 'alarms' }));
  bus.publish(anAlarmEvent());
  await client.send(new EnableRuleCommand({ Name: 'alarms' }));
  bus.publish(anAlarmEvent());
  await settle();
  expect(invoked.map(({ payload }) => payload.id)).toEqual(['id-2']);
});

test.each<[string, Partial<Target>, unknown]>([
  ['Input', { Input: '{"fixed":true}' }, { fixed: true }],
  ['InputPath', { InputPath: '$.detail.state' }, { value: 'ALARM' }],
  ['a list element in an InputPath', { InputPath: '$.resources[0]' }, 'arn:alarm'],
  [
    'InputTransformer',
    {
      InputTransformer: {
        InputPathsMap: { name: '$.detail.alarmName', state: '$.detail.state', gone: '$.detail.absent' },
        InputTemplate: '{"text":"<name> fired<gone>","state":<state>,"rule":<aws.events.rule-name>}',
      },
    },
    { text: 'errors fired', state: { value: 'ALARM' }, rule: 'alarms' },
  ],
])('a target gets what its %s says', async (_what, target, expected) => {
  const { bus, rule, invoked, settle } = aBus();
  await rule({ source: ['aws.cloudwatch'] }, target);
  bus.publish(anAlarmEvent());
  await settle();
  expect(invoked[0]!.payload).toEqual(expected);
});

test('a delivery that meets a fault is repeated with the same event, one to a missing function is not', async () => {
  const { bus, clock, rule, invoked, failNext } = aBus();
  await rule({ source: ['aws.cloudwatch'] });
  failNext(new ServiceError('ServiceException', 'fault', 500));
  bus.publish(anAlarmEvent());
  await clock.advanceTo(START + 60_000);
  expect(invoked.map(({ payload }) => payload.id)).toEqual(['id-1', 'id-1']);
  failNext(new ServiceError('ResourceNotFoundException', 'Function not found', 404));
  bus.publish(anAlarmEvent());
  await clock.advanceTo(START + 600_000);
  expect(invoked.map(({ payload }) => payload.id)).toEqual(['id-1', 'id-1', 'id-2']);
});

test('PutEvents answers 200 with an error for each entry that it refuses', async () => {
  const { bus, client, rule, invoked, settle } = aBus();
  await rule({ source: ['shop'] });
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({
      Entries: [
        { Source: 'shop', DetailType: 'sold', Detail: '{"item":1}', Time: new Date('2025-12-31T23:59:59.900Z') },
        { Source: 'aws.cloudwatch', DetailType: 'forged', Detail: '{}' },
        { Source: 'shop', DetailType: 'sold', Detail: 'not JSON' },
        { Source: 'shop', Detail: '{}' },
      ],
    }),
  );
  await settle();
  expect(FailedEntryCount).toBe(3);
  expect(Entries!.map(({ EventId, ErrorCode }) => EventId ?? ErrorCode)).toEqual([
    'id-1',
    'NotAuthorizedForSourceException',
    'MalformedDetail',
    'InvalidArgument',
  ]);
  expect(invoked.map(({ payload }) => payload)).toMatchObject([{ time: '2025-12-31T23:59:59Z', detail: { item: 1 }, resources: [] }]);
  expect(bus.recent()).toHaveLength(1);
});

test('PutEvents takes at most 10 entries and 1 MB', async () => {
  const { client } = aBus();
  const entry = { Source: 'shop', DetailType: 'sold', Detail: '{}' };
  await expect(client.send(new PutEventsCommand({ Entries: new Array(11).fill(entry) }))).rejects.toThrow('less than or equal to 10');
  const large = { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(600_000) }) };
  await client.send(new PutEventsCommand({ Entries: [large] }));
  await expect(client.send(new PutEventsCommand({ Entries: [large, large] }))).rejects.toThrow('Total size of the entries');
});

test('the bus remembers the last 10,000 events only', () => {
  const { bus } = aBus();
  for (let count = 0; count < 10_002; count++) bus.publish(anAlarmEvent());
  expect(bus.recent()).toHaveLength(10_000);
  expect(bus.recent()[0]!.id).toBe('id-3');
});

test('rules and targets read back as they were written', async () => {
  const { client, rule } = aBus();
  await rule({ source: ['shop'] }, { Input: '{}' });
  await client.send(new PutRuleCommand({ Name: 'alarms', EventPattern: '{"source":["store"]}', Description: 'new' }));
  expect(await client.send(new DescribeRuleCommand({ Name: 'alarms' }))).toMatchObject({
    Arn: 'arn:aws:events:us-east-1:123456789012:rule/alarms',
    EventPattern: '{"source":["store"]}',
    State: 'ENABLED',
    EventBusName: 'default',
  });
  expect((await client.send(new ListRulesCommand({ NamePrefix: 'al' }))).Rules).toHaveLength(1);
  const { Targets } = await client.send(new ListTargetsByRuleCommand({ Rule: 'alarms' }));
  expect(Targets).toEqual([{ Id: 'brake', Arn: BRAKE, Input: '{}' }]);
});

test('a rule with targets cannot be deleted', async () => {
  const { client, rule } = aBus();
  await rule({ source: ['shop'] });
  await expect(client.send(new DeleteRuleCommand({ Name: 'alarms' }))).rejects.toThrow('it has targets');
  await client.send(new RemoveTargetsCommand({ Rule: 'alarms', Ids: ['brake'] }));
  await client.send(new DeleteRuleCommand({ Name: 'alarms' }));
  await expect(client.send(new DescribeRuleCommand({ Name: 'alarms' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a rule with a schedule calls its targets when it is due, also on a clock that jumps', async () => {
  const { client, clock, bus, invoked } = aBus();
  const put = (Name: string, ScheduleExpression: string) => client.send(new PutRuleCommand({ Name, ScheduleExpression }));
  const dueAt = () => invoked.splice(0).map(({ payload }) => payload.time.slice(11, 16));
  await put('sweep', 'rate(20 minutes)');
  await client.send(new PutTargetsCommand({ Rule: 'sweep', Targets: [{ Id: 'brake', Arn: BRAKE }] }));
  await clock.advanceTo(START + 3_600_000);
  expect(invoked[0]).toEqual({
    functionName: BRAKE,
    payload: {
      version: '0',
      id: 'id-1',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '123456789012',
      time: '2026-01-01T00:01:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:123456789012:rule/sweep'],
      detail: {},
    },
  });
  expect(dueAt()).toEqual(['00:01', '00:21', '00:41']);
  expect(bus.recent()).toEqual([]);

  await put('sweep', 'cron(30 * * * ? *)');
  await clock.advanceTo(START + 3 * 3_600_000);
  expect(dueAt()).toEqual(['01:30', '02:30']);

  await client.send(new DisableRuleCommand({ Name: 'sweep' }));
  await clock.advanceTo(START + 5 * 3_600_000);
  await client.send(new EnableRuleCommand({ Name: 'sweep' }));
  await clock.advanceTo(START + 6 * 3_600_000);
  expect(dueAt()).toEqual(['05:30']);
  expect(await client.send(new DescribeRuleCommand({ Name: 'sweep' }))).toMatchObject({ ScheduleExpression: 'cron(30 * * * ? *)' });
});

test.each(['at(2027-01-01T00:00:00)', 'rate(1 minutes)', 'rate(5 minute)', 'rate(0 minutes)', 'cron(* * * * *)', 'hourly'])(
  'a rule takes no schedule %s',
  async (ScheduleExpression) => {
    const { client } = aBus();
    await expect(client.send(new PutRuleCommand({ Name: 'x', ScheduleExpression }))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(client.send(new DescribeRuleCommand({ Name: 'x' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  },
);

test('refuses by name what it does not support', async () => {
  const { client, rule } = aBus();
  const putRule = (changes: object) => client.send(new PutRuleCommand({ Name: 'x', EventPattern: '{"source":["x"]}', ...changes }));
  await expect(putRule({ EventBusName: 'mine' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(rule({ source: ['x'] }, { Arn: 'arn:aws:sqs:us-east-1:123456789012:q' })).rejects.toThrow('arn:aws:sqs');
  await expect(rule({ source: ['x'] }, { DeadLetterConfig: { Arn: 'arn:aws:sqs:x:y:z' } })).rejects.toThrow('DeadLetterConfig');
  const unknown = aBus().bus.handle({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { 'x-amz-target': 'AWSEvents.CreateEventBus' },
    body: Buffer.from('{}'),
    caller: { accessKeyId: 'test', arn: 'arn' },
  });
  expect(JSON.parse(String((await unknown).body))).toMatchObject({
    __type: 'UnknownOperationException',
    message: expect.stringContaining('CreateEventBus'),
  });
});
