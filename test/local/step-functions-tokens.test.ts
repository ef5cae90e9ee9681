import { SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, test, vi } from 'vitest';
import { aMachine, aStepFunctions, FunctionError, START_MS, waitForToken } from './a-step-functions.ts';

/** An execution that waits for its token. */
async function aBake(state: object = {}, functions = {}) {
  const aws = aStepFunctions(functions);
  const Catch = [{ ErrorEquals: ['Regression'], Next: 'Revert' }];
  const definition = aMachine({
    Bake: waitForToken({ Catch, ...state, Next: 'Over' }),
    Revert: { Type: 'Pass', End: true },
    Over: { Type: 'Succeed' },
  });
  const arn = await aws.start(await aws.createMachine(definition), { id: 'r1' });
  await aws.settle();
  const token = () => aws.calls.at(-1)!.payload.token as string;
  const succeed = (output: unknown, taskToken = token()) =>
    aws.client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
  const fail = (error?: string, cause?: string) => aws.client.send(new SendTaskFailureCommand({ taskToken: token(), error, cause }));
  const beat = () => aws.client.send(new SendTaskHeartbeatCommand({ taskToken: token() }));
  return { ...aws, arn, token, succeed, fail, beat, status: async () => (await aws.describe(arn)).status };
}

test('a task that waits for its token ends with the output of SendTaskSuccess, not with the function', async () => {
  const bake = await aBake({}, { bake: () => 'ignored' });
  await bake.pass(86_400);
  expect(await bake.status()).toBe('RUNNING');
  await bake.succeed({ verdict: 'advance' });
  await bake.settle();
  const { status, output } = await bake.describe(bake.arn);
  expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: '{"verdict":"advance"}' });
  expect(await bake.types(bake.arn)).toEqual([
    ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
    ...['TaskStateExited', 'SucceedStateEntered', 'SucceedStateExited', 'ExecutionSucceeded'],
  ]);
});

test('the function may settle its own token before it returns', async () => {
  const aws = aStepFunctions({
    async bake({ token }) {
      await aws.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '"at once"' }));
      throw new FunctionError({ errorType: 'TooLate', errorMessage: '' });
    },
  });
  const { result } = await aws.run(aMachine({ Bake: waitForToken() }));
  expect(result).toBe('at once');
});

test('SendTaskFailure fails the task with its error and cause', async () => {
  const bake = await aBake();
  await bake.fail('Regression', 'too many errors');
  await bake.settle();
  expect(JSON.parse((await bake.describe(bake.arn)).output!)).toEqual({ Error: 'Regression', Cause: 'too many errors' });
});

test('a function error fails the task without waiting for its token', async () => {
  const bake = await aBake(
    {},
    {
      bake() {
        throw new FunctionError({ errorType: 'CannotOpen', errorMessage: '' });
      },
    },
  );
  expect(await bake.describe(bake.arn)).toMatchObject({ status: 'FAILED', error: 'CannotOpen' });
  await expect(bake.succeed(1)).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

test('every attempt has a token of its own and the earlier one is dead', async () => {
  const bake = await aBake({ Retry: [{ ErrorEquals: ['Blip'] }] });
  const first = bake.token();
  await bake.fail('Blip');
  await bake.pass(1);
  expect(bake.token()).not.toBe(first);
  expect(bake.calls.map(({ payload }) => payload.retry)).toEqual([0, 1]);
  await expect(bake.succeed(1, first)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  await bake.succeed(2);
  await bake.settle();
  expect((await bake.describe(bake.arn)).output).toBe('2');
});

test('a spent token answers TaskTimedOut', async () => {
  const bake = await aBake();
  await bake.succeed(1);
  for (const again of [bake.succeed(2), bake.fail(), bake.beat()]) {
    await expect(again).rejects.toMatchObject({ name: 'TaskTimedOut', message: "Task Timed Out: 'Provided task does not exist anymore'" });
  }
});

test('a token of a stopped execution answers TaskTimedOut', async () => {
  const bake = await aBake();
  await bake.client.send(new StopExecutionCommand({ executionArn: bake.arn }));
  await expect(bake.succeed(1)).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

test('what is no token answers InvalidToken, and one of no execution TaskDoesNotExist', async () => {
  const bake = await aBake();
  await expect(bake.succeed(1, 'nonsense')).rejects.toMatchObject({ name: 'InvalidToken' });
  const elsewhere = Buffer.from('1 arn:aws:states:eu-west-1:123456789012:execution:release:none').toString('base64');
  await expect(bake.succeed(1, elsewhere)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
});

test('an output that is not JSON answers InvalidOutput and leaves the token open', async () => {
  const bake = await aBake();
  const command = new SendTaskSuccessCommand({ taskToken: bake.token(), output: '{' });
  await expect(bake.client.send(command)).rejects.toMatchObject({ name: 'InvalidOutput' });
  expect(await bake.status()).toBe('RUNNING');
});

test.each(['States.HeartbeatTimeout', 'States.Timeout', 'States.ALL'])('a missed heartbeat is caught by %s', async (name) => {
  const bake = await aBake({ HeartbeatSeconds: 300, Catch: [{ ErrorEquals: [name], Next: 'Revert' }] });
  await bake.pass(299.999);
  expect(await bake.status()).toBe('RUNNING');
  await bake.pass(0.001);
  expect(await bake.describe(bake.arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"Error":"States.Timeout","Cause":""}' });
  const event = (await bake.history(bake.arn)).find(({ type }) => type === 'TaskTimedOut');
  expect(event?.taskTimedOutEventDetails).toEqual({ resourceType: 'lambda', resource: 'invoke.waitForTaskToken', error: 'States.Timeout' });
});

test('States.TaskFailed does not take a missed heartbeat', async () => {
  const bake = await aBake({ HeartbeatSeconds: 300, Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Revert' }] });
  await bake.pass(300);
  expect(await bake.describe(bake.arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
});

test('each heartbeat sets the deadline anew', async () => {
  const bake = await aBake({ HeartbeatSeconds: 300 });
  await bake.pass(200);
  await bake.beat();
  await bake.pass(299);
  expect(await bake.status()).toBe('RUNNING');
  await bake.pass(1);
  expect(await bake.status()).toBe('FAILED');
  expect((await bake.describe(bake.arn)).stopDate?.getTime()).toBe(START_MS + 500_000);
});

test('30 days of heartbeats each minute cost no history and little time', async () => {
  const bake = await aBake({ HeartbeatSeconds: 300 });
  // Past the SDK, whose signing would take longer than the month.
  const request = {
    ...{
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      caller: { accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:user/test' },
    },
    headers: { 'x-amz-target': 'AWSStepFunctions.SendTaskHeartbeat' },
    body: Buffer.from(JSON.stringify({ taskToken: bake.token() })),
  };
  for (let minute = 0; minute < 30 * 1440; minute++) {
    await bake.pass(60);
    expect((await bake.service.handle(request)).status).toBe(200);
  }
  expect(await bake.status()).toBe('RUNNING');
  expect(await bake.history(bake.arn)).toHaveLength(5);
});

test('TimeoutSeconds runs on the machine clock, whatever the cloud clock says', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const bake = await aBake({ TimeoutSeconds: 60 });
    await bake.pass(86_400);
    expect(await bake.status()).toBe('RUNNING');
    vi.advanceTimersByTime(60_000);
    await bake.settle();
    expect(await bake.describe(bake.arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  } finally {
    vi.useRealTimers();
  }
});

test('a TimeoutSeconds beyond the longest timer of the machine does not fire at once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const bake = await aBake({ TimeoutSeconds: 30 * 86_400 });
    vi.advanceTimersByTime(29.9 * 86_400_000);
    await bake.settle();
    expect(await bake.status()).toBe('RUNNING');
    vi.advanceTimersByTime(0.1 * 86_400_000);
    await bake.settle();
    expect(await bake.status()).toBe('FAILED');
  } finally {
    vi.useRealTimers();
  }
});
