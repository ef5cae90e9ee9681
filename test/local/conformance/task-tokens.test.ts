import { SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createFunction, createNotes } from './functions.ts';
import { aMachine, EXECUTION, machinesOf, tokenTask } from './machines.ts';

// Step Functions developer guide, "Wait for a Callback with Task Token", "Task workflow state" (TimeoutSeconds,
// HeartbeatSeconds), "Handling errors in Step Functions workflows"; API reference, SendTaskSuccess, SendTaskFailure,
// SendTaskHeartbeat.

const account = await openAccount();
afterAll(account.close);
const { sfn } = account;
const machines = machinesOf(account);
let notes: Awaited<ReturnType<typeof createNotes>>;
const FunctionName = account.name('bake');
let functionArn: string;
beforeAll(async () => {
  notes = await createNotes(account);
  functionArn = await notes.createNoting(FunctionName);
});

/** The calls of the function by an execution, once there are so many. */
const untilCalled = (execution: string, calls: number) =>
  account.until(
    `the function was called ${calls} times`,
    async () => {
      const found = (await notes.notesOf(FunctionName)).filter(({ event }) => event.execution === execution);
      return found.length >= calls ? found : undefined;
    },
    60,
  );

/** An execution that waits for its token, which Regression ends in the state Revert. */
async function aBake(state: object = {}) {
  const Catch = [{ ErrorEquals: ['Regression'], Next: 'Revert' }];
  const definition = aMachine({
    Bake: tokenTask(functionArn, { Catch, ...state, Next: 'Over' }),
    Revert: { Type: 'Pass', End: true },
    Over: { Type: 'Succeed' },
  });
  const arn = await machines.start(await machines.create(definition), { id: 'r1' });
  /** The token of an attempt, the first one being 0. */
  const token = async (attempt = 0): Promise<string> => (await untilCalled(arn, attempt + 1))[attempt]!.event.token;
  const first = await token();
  return {
    ...{ arn, token, first },
    retries: async () => (await untilCalled(arn, 1)).map(({ event }) => event.retry),
    succeed: (output: unknown, taskToken = first) => sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
    fail: (error?: string, cause?: string) => sfn.send(new SendTaskFailureCommand({ taskToken: first, error, cause })),
    beat: () => sfn.send(new SendTaskHeartbeatCommand({ taskToken: first })),
    describe: () => machines.describe(arn),
    status: async () => (await machines.describe(arn)).status,
    untilOver: (withinSeconds?: number) => machines.untilOver(arn, withinSeconds),
  };
}

const isSpent = { name: 'TaskTimedOut', $metadata: { httpStatusCode: 400 } };

test('a task that waits for its token ends with the output of SendTaskSuccess, not with the function', async () => {
  const bake = await aBake();
  await account.pass(15);
  expect(await bake.status()).toBe('RUNNING');
  await bake.succeed({ verdict: 'advance' });
  const { status, output } = await bake.untilOver();
  expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: '{"verdict":"advance"}' });
  expect(await machines.types(bake.arn)).toEqual([
    ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
    ...['TaskStateExited', 'SucceedStateEntered', 'SucceedStateExited', 'ExecutionSucceeded'],
  ]);
});

test('the function may settle its own token before it returns', async () => {
  const settling = await createFunction(
    account,
    account.name('own-token'),
    `const { SFNClient, SendTaskSuccessCommand } = require('@aws-sdk/client-sfn');
    const sfn = new SFNClient();
    exports.handler = async ({ token }) => {
      await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '"at once"' }));
      throw new Error('too late');
    };`,
  );
  const { result } = await machines.run(aMachine({ Bake: tokenTask(settling) }));
  expect(result).toBe('at once');
});

test('SendTaskFailure fails the task with its error and cause', async () => {
  const bake = await aBake();
  await bake.fail('Regression', 'too many errors');
  expect((await bake.untilOver()).result).toEqual({ Error: 'Regression', Cause: 'too many errors' });
});

test('a function error fails the task without waiting for its token, which is spent', async () => {
  const Parameters = { FunctionName: functionArn, Payload: { ...EXECUTION, 'token.$': '$$.Task.Token', fail: 'CannotOpen' } };
  const { arn, status, error } = await machines.run(aMachine({ Bake: tokenTask(functionArn, { Parameters }) }));
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'CannotOpen' });
  const [call] = await untilCalled(arn, 1);
  const settle = sfn.send(new SendTaskSuccessCommand({ taskToken: call!.event.token, output: '1' }));
  await expect(settle).rejects.toMatchObject(isSpent);
});

test('every attempt has a token of its own and the earlier one is spent', async () => {
  const bake = await aBake({ Retry: [{ ErrorEquals: ['Blip'] }] });
  await bake.fail('Blip');
  const second = await bake.token(1);
  expect(second).not.toBe(bake.first);
  expect(await bake.retries()).toEqual([0, 1]);
  await expect(bake.succeed(1)).rejects.toMatchObject(isSpent);
  await bake.succeed(2, second);
  expect((await bake.untilOver()).result).toBe(2);
});

// The message was seen by others (github.com/aws-samples/amazon-mwaa-examples issue 61).
test('a spent token answers TaskTimedOut to success, failure and heartbeat', async () => {
  const bake = await aBake();
  await bake.succeed(1);
  for (const again of [bake.succeed(2), bake.fail(), bake.beat()]) {
    await expect(again).rejects.toMatchObject({ ...isSpent, message: "Task Timed Out: 'Provided task does not exist anymore'" });
  }
});

test('question: what does a token answer after its execution was stopped? Assumed: TaskTimedOut', async () => {
  const bake = await aBake();
  await sfn.send(new StopExecutionCommand({ executionArn: bake.arn }));
  await bake.untilOver();
  await expect(bake.succeed(1)).rejects.toMatchObject(isSpent);
});

test('what is no token answers InvalidToken', async () => {
  await expect(sfn.send(new SendTaskSuccessCommand({ taskToken: 'nonsense', output: '1' }))).rejects.toMatchObject({
    name: 'InvalidToken',
    $metadata: { httpStatusCode: 400 },
  });
});

test('an output that is not JSON answers InvalidOutput and leaves the token open', async () => {
  const bake = await aBake();
  await expect(sfn.send(new SendTaskSuccessCommand({ taskToken: bake.first, output: '{' }))).rejects.toMatchObject({
    name: 'InvalidOutput',
  });
  expect(await bake.status()).toBe('RUNNING');
  await bake.succeed(1);
  expect((await bake.untilOver()).status).toBe('SUCCEEDED');
});

// The quota is 256 KiB; which class of error tells so is not documented.
test('question: what answers an output of more than 256 KiB? Assumed: ValidationException, and the token stays open', async () => {
  const bake = await aBake();
  await expect(bake.succeed('x'.repeat(262_143))).rejects.toMatchObject({ name: 'ValidationException' });
  expect(await bake.status()).toBe('RUNNING');
  await bake.succeed('x'.repeat(262_142));
  expect((await bake.untilOver()).result).toHaveLength(262_142);
});

test('an error name of more than 256 characters is ValidationException', async () => {
  const bake = await aBake();
  await expect(bake.fail('x'.repeat(257))).rejects.toMatchObject({ name: 'ValidationException' });
  expect(await bake.status()).toBe('RUNNING');
});

test.each(['States.HeartbeatTimeout', 'States.Timeout', 'States.ALL'])(
  'a missed heartbeat is caught by %s, and its token is spent',
  async (name) => {
    const bake = await aBake({ HeartbeatSeconds: 20, Catch: [{ ErrorEquals: [name], Next: 'Revert' }] });
    const { status, startDate, stopDate } = await bake.untilOver();
    expect(status).toBe('SUCCEEDED');
    expect((stopDate!.getTime() - startDate!.getTime()) / 1000).toBeGreaterThanOrEqual(20);
    await expect(bake.succeed(1)).rejects.toMatchObject(isSpent);
  },
);

test('question: what names a missed heartbeat? Assumed: States.Timeout without a cause, in a TaskTimedOut event', async () => {
  const bake = await aBake({ HeartbeatSeconds: 20, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Revert' }] });
  expect((await bake.untilOver()).result).toEqual({ Error: 'States.Timeout', Cause: '' });
  const event = (await machines.history(bake.arn)).find(({ type }) => type === 'TaskTimedOut');
  expect(event?.taskTimedOutEventDetails).toEqual({ resourceType: 'lambda', resource: 'invoke.waitForTaskToken', error: 'States.Timeout' });
});

// States.TaskFailed is a wildcard for every known error name but States.Timeout.
test('States.TaskFailed does not take a missed heartbeat', async () => {
  const bake = await aBake({ HeartbeatSeconds: 20, Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Revert' }] });
  expect(await bake.untilOver()).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
});

test('each heartbeat sets the deadline anew, and costs no history', async () => {
  const bake = await aBake({ HeartbeatSeconds: 30 });
  let beatAt = account.cloudNow();
  for (let beats = 0; beats < 3; beats++) {
    await account.pass(20);
    await bake.beat();
    beatAt = account.cloudNow();
  }
  expect(await bake.status()).toBe('RUNNING');
  const { status, stopDate } = await bake.untilOver();
  expect(status).toBe('FAILED');
  expect((stopDate!.getTime() - beatAt.getTime()) / 1000).toBeGreaterThanOrEqual(28);
  const types = await machines.types(bake.arn);
  expect(types).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskTimedOut',
    'ExecutionFailed',
  ]);
});

test('a task that outlives its TimeoutSeconds is States.Timeout, which States.HeartbeatTimeout does not take, and its token is spent', async () => {
  const Catch = [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Revert' }];
  const bake = await aBake({ TimeoutSeconds: 1, Catch });
  expect(await bake.untilOver(20)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  await expect(bake.succeed(1)).rejects.toMatchObject(isSpent);
});

test('question: does the first heartbeat have to come within HeartbeatSeconds of the beginning? Assumed: it does, whatever TimeoutSeconds', async () => {
  const bake = await aBake({
    TimeoutSeconds: 120,
    HeartbeatSeconds: 10,
    Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Revert' }],
  });
  const { status, startDate, stopDate } = await bake.untilOver();
  expect(status).toBe('SUCCEEDED');
  expect(Math.round((stopDate!.getTime() - startDate!.getTime()) / 10_000)).toBe(1);
});
