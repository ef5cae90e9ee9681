import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createNotes } from './functions.ts';
import { minuteFromNow } from './metrics.ts';

// EventBridge Scheduler user guide, "Schedule types in EventBridge Scheduler", "Adding context attributes in EventBridge
// Scheduler", "Deleting a schedule after its completion"; API reference, CreateSchedule, UpdateSchedule.

const account = await openAccount();
afterAll(account.close);
const { scheduler, name } = account;

let notes: Awaited<ReturnType<typeof createNotes>>;
beforeAll(async () => {
  notes = await createNotes(account);
});

/** A schedule that calls a function of its own, every minute unless told otherwise. */
async function aSchedule(
  what: string,
  changes: Partial<CreateScheduleCommandInput> = {},
  Input: object | null = { time: '<aws.scheduler.scheduled-time>' },
) {
  const Name = name(what);
  const Arn = await notes.createNoting(Name);
  const settings: CreateScheduleCommandInput = {
    Name,
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn, RoleArn: account.roleArn, ...(Input && { Input: JSON.stringify(Input) }) },
    ...changes,
  };
  const { ScheduleArn } = await scheduler.send(new CreateScheduleCommand(settings));
  const events = async () => (await notes.notesOf(Name)).map(({ event }) => event);
  return {
    Name,
    ScheduleArn,
    settings,
    events,
    /** The scheduled times so far, each once: Scheduler delivers at least once. */
    times: async () => [...new Set((await events()).map(({ time }) => time as string))].sort(),
    untilCalled: (calls: number, withinSeconds: number) => notes.untilCalled(Name, calls, withinSeconds),
  };
}

const get = (Name: string) => scheduler.send(new GetScheduleCommand({ Name }));
const secondsOf = (times: string[]) => times.map((time) => (Date.parse(time) - Date.parse(times[0]!)) / 1000);
/** As Scheduler writes times: whole seconds, UTC. */
const written = (date: Date) => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

// Without a StartDate a rate begins at once.
test('a rate schedule without a StartDate begins at once and goes on each period, at whole seconds', async () => {
  const beganMs = account.cloudNow().getTime();
  const schedule = await aSchedule('rate');
  await schedule.untilCalled(3, 300);
  const times = (await schedule.times()).slice(0, 3);
  expect(secondsOf(times)).toEqual([0, 60, 120]);
  for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Date.parse(times[0]!) - beganMs).toBeLessThanOrEqual(60_000);
  await scheduler.send(new DeleteScheduleCommand({ Name: schedule.Name }));
});

test('the context attributes of the input are replaced', async () => {
  const schedule = await aSchedule(
    'context',
    {},
    {
      time: '<aws.scheduler.scheduled-time>',
      arn: '<aws.scheduler.schedule-arn>',
      id: '<aws.scheduler.execution-id>',
      attempt: '<aws.scheduler.attempt-number>',
    },
  );
  await schedule.untilCalled(2, 240);
  const [first, second] = await schedule.events();
  expect(first).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    arn: `arn:aws:scheduler:${account.region}:${account.accountId}:schedule/default/${schedule.Name}`,
    id: expect.stringMatching(/\S/),
    attempt: '1',
  });
  expect(schedule.ScheduleArn).toBe(first.arn);
  expect(second.id).not.toBe(first.id);
});

test('question: what becomes of an attribute that does not exist? Assumed: it stays as it is', async () => {
  const schedule = await aSchedule('unknown-attribute', {}, { other: '<aws.scheduler.unknown>' });
  await schedule.untilCalled(1, 120);
  expect((await schedule.events())[0]).toEqual({ other: '<aws.scheduler.unknown>' });
});

test('a rate begins at its StartDate and ends with its EndDate', async () => {
  const StartDate = new Date(minuteFromNow(account, 2).getTime() + 30_000);
  const schedule = await aSchedule('bounded', { StartDate, EndDate: new Date(StartDate.getTime() + 150_000) });
  await schedule.untilCalled(3, 400);
  await account.pass(180);
  expect(await schedule.times()).toEqual([0, 1, 2].map((minute) => written(new Date(StartDate.getTime() + minute * 60_000))));
});

test('a one-time schedule fires once, and is deleted afterwards when it asks for that', async () => {
  const at = minuteFromNow(account, 2);
  const ScheduleExpression = `at(${written(at).replace('Z', '')})`;
  const [kept, deleted] = [
    await aSchedule('once', { ScheduleExpression }),
    await aSchedule('once-deleted', { ScheduleExpression, ActionAfterCompletion: 'DELETE' }),
  ];
  for (const schedule of [kept, deleted]) {
    await schedule.untilCalled(1, 240);
    expect(await schedule.times()).toEqual([written(at)]);
  }
  await account.until(
    'it is deleted',
    () =>
      get(deleted.Name).then(
        () => false,
        () => true,
      ),
    900,
  );
  expect(await get(kept.Name)).toMatchObject({ Name: kept.Name });
  expect(await kept.times()).toHaveLength(1);
});

test('a cron schedule fires at its minute, in UTC unless told otherwise', async () => {
  const at = minuteFromNow(account, 2);
  const schedule = await aSchedule('cron', { ScheduleExpression: `cron(${at.getUTCMinutes()} ${at.getUTCHours()} * * ? *)` });
  await schedule.untilCalled(1, 300);
  expect(await schedule.times()).toEqual([written(at)]);
});

test('a disabled schedule does not fire, and once enabled goes on in its rhythm without catching up', async () => {
  const schedule = await aSchedule('disabled');
  await schedule.untilCalled(1, 120);
  const update = (State: 'ENABLED' | 'DISABLED') => scheduler.send(new UpdateScheduleCommand({ ...schedule.settings, State }));
  await update('DISABLED');
  await account.pass(70);
  const before = await schedule.times();
  await account.pass(180);
  expect(await schedule.times()).toEqual(before);
  await update('ENABLED');
  const enabledAt = account.cloudNow();
  await schedule.untilCalled(before.length + 1, 180);
  const times = await schedule.times();
  expect(Date.parse(times[before.length]!)).toBeGreaterThan(enabledAt.getTime() - 1000);
  expect(secondsOf(times).at(-1)! % 60).toBe(0);
});

test('a deleted schedule fires no more, and is not deleted twice: ResourceNotFoundException', async () => {
  const schedule = await aSchedule('deleted');
  await schedule.untilCalled(1, 120);
  await scheduler.send(new DeleteScheduleCommand({ Name: schedule.Name }));
  await account.pass(70);
  const { length } = await schedule.times();
  await account.pass(180);
  expect(await schedule.times()).toHaveLength(length);
  await expect(scheduler.send(new DeleteScheduleCommand({ Name: schedule.Name }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
  await expect(get(schedule.Name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('question: what is the event of a schedule without an input? Assumed: the Scheduled Event that EventBridge rules send', async () => {
  const schedule = await aSchedule('no-input', {}, null);
  await schedule.untilCalled(1, 120);
  expect((await schedule.events())[0]).toMatchObject({
    ...{ version: '0', source: 'aws.scheduler', 'detail-type': 'Scheduled Event', account: account.accountId, region: account.region },
    time: expect.stringMatching(/Z$/),
    resources: [schedule.ScheduleArn],
  });
});

test('a schedule reads back as it was written, in the default group', async () => {
  const schedule = await aSchedule('written', { Description: 'each minute' });
  expect(await get(schedule.Name)).toMatchObject({
    Name: schedule.Name,
    Arn: schedule.ScheduleArn,
    GroupName: 'default',
    State: 'ENABLED',
    Description: 'each minute',
    ScheduleExpression: 'rate(1 minute)',
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'NONE',
    Target: schedule.settings.Target,
  });
});

test('ListSchedules finds by prefix and pages', async () => {
  const [one, two] = [await aSchedule('list-one'), await aSchedule('list-two')];
  const list = (more: object) => scheduler.send(new ListSchedulesCommand({ NamePrefix: name('list-'), ...more }));
  const first = await list({ MaxResults: 1 });
  const second = await list({ MaxResults: 1, NextToken: first.NextToken });
  expect([...first.Schedules!, ...second.Schedules!].map(({ Name }) => Name)).toEqual([one.Name, two.Name]);
  expect((await list({ NamePrefix: two.Name })).Schedules).toHaveLength(1);
});

// CreateSchedule takes a ClientToken to be idempotent.
test('a second schedule of a name is ConflictException (409); the same request under the same ClientToken is not', async () => {
  const schedule = await aSchedule('twice', { ClientToken: 'one' });
  const create = (ClientToken: string) => scheduler.send(new CreateScheduleCommand({ ...schedule.settings, ClientToken }));
  expect((await create('one')).ScheduleArn).toBe(schedule.ScheduleArn);
  await expect(create('two')).rejects.toMatchObject({ name: 'ConflictException', $metadata: { httpStatusCode: 409 } });
});

test('a schedule of a group that does not exist is ResourceNotFoundException', async () => {
  await expect(aSchedule('other-group', { GroupName: name('nobody') })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test.each<[string, Partial<CreateScheduleCommandInput>]>([
  ['a rate under a minute', { ScheduleExpression: 'rate(30 seconds)' }],
  ['a rate of nothing', { ScheduleExpression: 'rate(0 minutes)' }],
  ['a rate that is none', { ScheduleExpression: 'rate(1 fortnight)' }],
  ['a cron without its year', { ScheduleExpression: 'cron(0 12 * * ?)' }],
  ['a cron of day of month and day of week', { ScheduleExpression: 'cron(0 12 1 * MON *)' }],
  [
    'an end before the beginning',
    { StartDate: new Date(account.cloudNow().getTime() + 7_200_000), EndDate: new Date(account.cloudNow().getTime() + 3_600_000) },
  ],
  ['a name with a space', { Name: 'a b' }],
])('%s is ValidationException', async (what, changes) => {
  await expect(aSchedule(`refused-${what.replaceAll(' ', '-')}`.slice(0, 30), changes)).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('an input that is no JSON is ValidationException for a function', async () => {
  const Arn = await notes.createNoting(name('no-json'));
  const settings: CreateScheduleCommandInput = {
    Name: name('no-json'),
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn, RoleArn: account.roleArn, Input: '{' },
  };
  await expect(scheduler.send(new CreateScheduleCommand(settings))).rejects.toMatchObject({ name: 'ValidationException' });
});
