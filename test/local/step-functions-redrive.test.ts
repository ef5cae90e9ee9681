import { RedriveExecutionCommand, SendTaskSuccessCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { aMachine, aStepFunctions, FunctionError, invoke, waitForToken } from './a-step-functions.ts';

const DAY = 86_400;
const WAITING = aMachine({ Rest: { Type: 'Wait', Seconds: 3600 } });

test('a redrive goes on from the failed task with its input, under the same ARN', async () => {
  let isBroken = true;
  const aws = aStepFunctions({
    work({ n }) {
      if (isBroken) throw new FunctionError({ errorType: 'Broken', errorMessage: '' });
      return n;
    },
  });
  const work = invoke({ Payload: { 'n.$': '$.n', 'redrives.$': '$$.Execution.RedriveCount', 'retry.$': '$$.State.RetryCount' } });
  const definition = aMachine({
    Prepare: { Type: 'Pass', Result: { n: 7 } },
    Work: { ...work, Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }] },
  });
  const { arn, status } = await aws.run(definition);
  expect(status).toBe('FAILED');
  isBroken = false;
  await aws.pass(60);
  await aws.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  await aws.settle();
  expect(await aws.describe(arn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, redriveStatus: 'NOT_REDRIVABLE' });
  expect((await aws.describe(arn)).error).toBeUndefined();
  expect(aws.calls.map(({ payload }) => payload)).toEqual([
    { n: 7, redrives: 0, retry: 0 },
    { n: 7, redrives: 0, retry: 1 },
    { n: 7, redrives: 1, retry: 0 },
  ]);
  expect((await aws.types(arn)).slice(10)).toEqual([
    ...['ExecutionFailed', 'ExecutionRedriven', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded'],
  ]);
  const redriven = (await aws.history(arn)).find(({ type }) => type === 'ExecutionRedriven');
  expect(redriven?.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
});

test('a redriven wait for a token has a new token', async () => {
  const aws = aStepFunctions();
  const arn = await aws.start(await aws.createMachine(aMachine({ Bake: waitForToken() })));
  await aws.settle();
  await aws.client.send(new StopExecutionCommand({ executionArn: arn }));
  await aws.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  await aws.settle();
  const [old, fresh] = aws.calls.map(({ payload }) => payload.token);
  await expect(aws.client.send(new SendTaskSuccessCommand({ taskToken: old, output: '1' }))).rejects.toMatchObject({
    name: 'TaskTimedOut',
  });
  await aws.client.send(new SendTaskSuccessCommand({ taskToken: fresh, output: '1' }));
  await aws.settle();
  expect((await aws.describe(arn)).status).toBe('SUCCEEDED');
});

test('a redriven Fail state fails again', async () => {
  const aws = aStepFunctions();
  const { arn } = await aws.run(aMachine({ Reverted: { Type: 'Fail', Error: 'Reverted', Cause: 'an alarm' } }));
  await aws.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  await aws.settle();
  expect(await aws.describe(arn)).toMatchObject({ status: 'FAILED', error: 'Reverted', cause: 'an alarm', redriveCount: 1 });
  expect(await aws.types(arn)).toEqual([
    ...['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed', 'ExecutionRedriven', 'FailStateEntered', 'ExecutionFailed'],
  ]);
});

test('a redrive asked for twice with one client token is one redrive', async () => {
  const aws = aStepFunctions();
  const { arn } = await aws.run(aMachine({ Reverted: { Type: 'Fail' } }));
  const redrive = () => aws.client.send(new RedriveExecutionCommand({ executionArn: arn, clientToken: 'once' }));
  await redrive();
  await aws.settle();
  await redrive();
  expect((await aws.describe(arn)).redriveCount).toBe(1);
});

test('what runs, succeeded or ended more than 14 days ago is not redrivable', async () => {
  const aws = aStepFunctions();
  const redrive = (arn: string) => aws.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  const machine = await aws.createMachine(WAITING);
  const arn = await aws.start(machine);
  await expect(redrive(arn)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  await aws.pass(3600);
  await expect(redrive(arn)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  const stopped = await aws.start(machine);
  await aws.client.send(new StopExecutionCommand({ executionArn: stopped }));
  expect((await aws.describe(stopped)).redriveStatus).toBe('REDRIVABLE');
  await aws.pass(14 * DAY + 1);
  expect(await aws.describe(stopped)).toMatchObject({ redriveStatusReason: 'Execution redrivable period exceeded' });
  await expect(redrive(stopped)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
});
