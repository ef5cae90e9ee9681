import { CreateScheduleCommand, type CreateScheduleCommandInput, SchedulerClient } from '@aws-sdk/client-scheduler';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../local/clock.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import { createScheduler } from '../../local/scheduler/scheduler.ts';
import { type Invoker, ServiceError } from '../../local/service.ts';
import { createWork } from '../../local/work.ts';

const START = Date.parse('2026-01-01T00:00:00.400Z');
const TICK = 'arn:aws:lambda:us-east-1:123456789012:function:tick:live';
const ROLE = 'arn:aws:iam::123456789012:role/scheduler';
const TIME_INPUT = '{"time":"<aws.scheduler.scheduled-time>"}';

function aScheduler() {
  const work = createWork();
  const clock = createVirtualClock(START, work.settle);
  let ids = 0;
  let failures = 0;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever was sent
  const invoked: { functionName: string; atMs: number; payload: any }[] = [];
  const invoker: Invoker = {
    invoke: () => Promise.reject(new Error('schedules invoke asynchronously')),
    async invokeAsync({ functionName, payload }) {
      invoked.push({ functionName, atMs: clock.nowMs(), payload: JSON.parse(Buffer.from(payload).toString()) });
      if (failures-- > 0) throw new ServiceError('TooManyRequestsException', 'Rate exceeded', 429);
    },
  };
  const ground = { clock, work, region: 'us-east-1', accountId: '123456789012', random: () => 0, newId: () => `id-${++ids}` };
  const service = createScheduler(ground, invoker);
  const caller = { accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:user/test' };
  const client = new SchedulerClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: createRequestHandler((request) => service.handle({ ...request, caller })),
  });
  const settings = (changes: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
    Name: 'ticks',
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: TICK, RoleArn: ROLE, Input: TIME_INPUT },
    ...changes,
  });
  return {
    client,
    clock,
    invoked,
    service,
    settings,
    create: (changes?: Partial<CreateScheduleCommandInput>) => client.send(new CreateScheduleCommand(settings(changes))),
    times: () => invoked.map(({ payload }) => payload.time),
    failNext(count: number) {
      failures = count;
    },
  };
}

test('a clock that jumps passes over no due tick', async () => {
  const { create, clock, times } = aScheduler();
  await create();
  await clock.advanceTo(START + 24 * 3_600_000);
  expect(times()).toHaveLength(24 * 60 + 1);
  expect(new Set(times()).size).toBe(24 * 60 + 1);
  expect(times().at(-1)).toBe('2026-01-02T00:00:00Z');
});

test('a throttled delivery is tried again with the next attempt number and the same scheduled time', async () => {
  const { create, clock, invoked, failNext } = aScheduler();
  failNext(2);
  const Input = '{"time":"<aws.scheduler.scheduled-time>","attempt":"<aws.scheduler.attempt-number>"}';
  await create({ ScheduleExpression: 'rate(1 day)', Target: { Arn: TICK, RoleArn: ROLE, Input } });
  await clock.advanceTo(START + 60_000);
  expect(invoked.map(({ payload }) => payload)).toEqual(
    [1, 2, 3].map((attempt) => ({ time: '2026-01-01T00:00:00Z', attempt: String(attempt) })),
  );
});

test.each([
  ['cron(15 10 * * ? *)', ['2026-01-01T10:15:00Z', '2026-01-02T10:15:00Z', '2026-01-03T10:15:00Z']],
  ['cron(0/30 8-9 ? * MON-FRI 2026)', ['2026-01-01T08:00:00Z', '2026-01-01T08:30:00Z', '2026-01-01T09:00:00Z']],
  ['cron(0 0 1 * ? *)', ['2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z']],
  ['cron(0 12 ? * 1 *)', ['2026-01-04T12:00:00Z', '2026-01-11T12:00:00Z', '2026-01-18T12:00:00Z']],
])('%s fires when AWS says', async (ScheduleExpression, expected) => {
  const { create, clock, times } = aScheduler();
  await create({ ScheduleExpression });
  await clock.advanceTo(START + 95 * 86_400_000);
  expect(times().slice(0, 3)).toEqual(expected);
});

test.each<[string, Partial<CreateScheduleCommandInput>, string]>([
  ['another group', { GroupName: 'mine' }, 'mine'],
  ['a flexible window', { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } }, 'FLEXIBLE'],
  ['another time zone', { ScheduleExpression: 'cron(0 0 * * ? *)', ScheduleExpressionTimezone: 'Europe/Berlin' }, 'Europe/Berlin'],
  ['a target that is no function', { Target: { Arn: 'arn:aws:sqs:us-east-1:123456789012:q', RoleArn: ROLE } }, 'arn:aws:sqs'],
  ['a dead-letter queue', { Target: { Arn: TICK, RoleArn: ROLE, DeadLetterConfig: { Arn: 'arn:aws:sqs:x:y:z' } } }, 'DeadLetterConfig'],
  ['L in cron', { ScheduleExpression: 'cron(0 0 L * ? *)' }, 'L in the day-of-month'],
  ['an unknown key', { KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1' }, 'KmsKeyArn'],
])('refuses %s by name', async (_what, changes, named) => {
  const { create } = aScheduler();
  await expect(create(changes)).rejects.toThrow(named);
});
