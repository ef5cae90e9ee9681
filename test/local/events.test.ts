import { EventBridgeClient, PutRuleCommand, PutTargetsCommand, type Target } from '@aws-sdk/client-eventbridge';
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

test('refuses by name what it does not support', async () => {
  const { client, rule } = aBus();
  const putRule = (changes: object) => client.send(new PutRuleCommand({ Name: 'x', EventPattern: '{"source":["x"]}', ...changes }));
  await expect(putRule({ ScheduleExpression: 'rate(1 minute)' })).rejects.toThrow('ScheduleExpression');
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
