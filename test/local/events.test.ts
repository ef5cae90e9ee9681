import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
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

test('the bus remembers the last 10,000 events only', () => {
  const { bus } = aBus();
  for (let count = 0; count < 10_002; count++) bus.publish(anAlarmEvent());
  expect(bus.recent()).toHaveLength(10_000);
  expect(bus.recent()[0]!.id).toBe('id-3');
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

test('the rules that have a target are found by its exact ARN, in pages', async () => {
  const { client } = aBus();
  for (const Name of ['b', 'a', 'c']) {
    await client.send(new PutRuleCommand({ Name, EventPattern: '{"source":["x"]}' }));
    await client.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: '1', Arn: Name === 'c' ? `${BRAKE}-other` : BRAKE }] }));
  }
  const find = (more: object) => client.send(new ListRuleNamesByTargetCommand({ TargetArn: BRAKE, ...more }));
  expect((await find({})).RuleNames).toEqual(['a', 'b']);
  const { RuleNames, NextToken } = await find({ Limit: 1 });
  expect([RuleNames, (await find({ Limit: 1, NextToken })).RuleNames]).toEqual([['a'], ['b']]);
  expect((await find({ TargetArn: `${BRAKE}:live` })).RuleNames).toEqual([]);
  await expect(find({ EventBusName: 'other' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

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
