import {
  CreateStateMachineCommand,
  GetExecutionHistoryCommand,
  ListActivitiesCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect, test, vi } from 'vitest';
import { ServiceError } from '../../local/service.ts';
import { aStepFunctions, FunctionError, invoke, ROLE, START_MS, waitForToken } from './a-step-functions.ts';
import { aMachine } from './conformance/machines.ts';

const DAY = 86_400;
const WAITING = aMachine({ Rest: { Type: 'Wait', Seconds: 3600 } });

const create = (definition: unknown, more: object = {}) =>
  aStepFunctions().client.send(
    new CreateStateMachineCommand({ name: 'release', roleArn: ROLE, definition: JSON.stringify(definition), ...more }),
  );

/** An execution that waits for its token. */
async function aBake(state: object) {
  const aws = aStepFunctions();
  const arn = await aws.start(await aws.createMachine(aMachine({ Bake: waitForToken(state) })));
  await aws.settle();
  return { ...aws, arn, status: async () => (await aws.describe(arn)).status };
}

test.each([
  ['arn:aws:states:::dynamodb:getItem', { Type: 'Task', Resource: 'arn:aws:states:::dynamodb:getItem' }],
  ['arn:aws:states:eu-west-1:123456789012:activity:x', { Type: 'Task', Resource: 'arn:aws:states:eu-west-1:123456789012:activity:x' }],
  ['arn:aws:states:::lambda:invoke.sync', { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.sync' }],
  ['InvocationType', invoke({ InvocationType: 'Event' })],
  ['ClientContext', invoke({ ClientContext: 'x' })],
  ['Parallel', { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: { Type: 'Succeed' } } }] }],
  ['Map', { Type: 'Map', ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Succeed' } } } }],
  ['Assign', { Type: 'Pass', Assign: { a: 1 } }],
  ['JSONata', { Type: 'Pass', QueryLanguage: 'JSONata' }],
  ['Credentials', invoke({}, { Credentials: { RoleArn: ROLE } })],
  ['$.list[?(@.x==1)]', { Type: 'Pass', Parameters: { 'v.$': '$.list[?(@.x==1)]' } }],
])('what it cannot do right is refused by name: %s', async (words, state) => {
  await expect(create(aMachine({ Only: state }))).rejects.toMatchObject({
    name: 'InvalidDefinition',
    message: expect.stringContaining(words),
  });
});

test('Express machines, publishing and unknown operations are refused by name', async () => {
  const definition = aMachine({ Only: { Type: 'Succeed' } });
  await expect(create(definition, { type: 'EXPRESS' })).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' });
  await expect(create(definition, { publish: true })).rejects.toThrow('does not support publish');
  await expect(aStepFunctions().client.send(new ListActivitiesCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' });
});

test('a name stays taken for 90 days after the end', async () => {
  const aws = aStepFunctions();
  const machine = await aws.createMachine(WAITING);
  const arn = await aws.start(machine, {}, 'r1');
  await aws.pass(3600 + 90 * DAY - 1);
  expect((await aws.describe(arn)).status).toBe('SUCCEEDED');
  await expect(aws.start(machine, {}, 'r1')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  await aws.pass(1);
  await expect(aws.describe(arn)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  await aws.start(machine, {}, 'r1');
  expect((await aws.describe(arn)).status).toBe('RUNNING');
});

test('an execution lives a year at most', async () => {
  const aws = aStepFunctions();
  const arn = await aws.start(await aws.createMachine(aMachine({ Bake: waitForToken() })));
  await aws.pass(365 * DAY - 1);
  expect((await aws.describe(arn)).status).toBe('RUNNING');
  await aws.pass(1);
  expect((await aws.describe(arn)).status).toBe('TIMED_OUT');
});

test('an execution fails with States.Runtime when its history would pass 25,000 events', async () => {
  const aws = aStepFunctions();
  const { arn, status, error, cause } = await aws.run({
    StartAt: 'A',
    States: {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Variable: '$.end', IsPresent: true, Next: 'C' }], Default: 'A' },
      C: { Type: 'Succeed' },
    },
  });
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Runtime' });
  expect(cause).toBe('The execution reached the maximum number of history events (25000).');
  const { events } = await aws.client.send(new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 1 }));
  expect(events).toMatchObject([{ id: 25_000, type: 'ExecutionFailed' }]);
  expect((await aws.describe(arn)).redriveStatusReason).toBe('Execution history event limit exceeded');
});

test('thousands of executions wait at once', async () => {
  const aws = aStepFunctions();
  const stateMachineArn = await aws.createMachine(aMachine({ Bake: waitForToken() }));
  for (let index = 0; index < 2000; index++) await aws.start(stateMachineArn, { index });
  await aws.settle();
  for (const { payload } of aws.calls) await aws.client.send(new SendTaskSuccessCommand({ taskToken: payload.token, output: '1' }));
  await aws.settle();
  expect(aws.published.filter(({ detail }) => detail.status === 'SUCCEEDED')).toHaveLength(2000);
});

test('an execution that ended more than 14 days ago is not redrivable', async () => {
  const aws = aStepFunctions();
  const redrive = (arn: string) => aws.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  const machine = await aws.createMachine(WAITING);
  const stopped = await aws.start(machine);
  await aws.client.send(new StopExecutionCommand({ executionArn: stopped }));
  expect((await aws.describe(stopped)).redriveStatus).toBe('REDRIVABLE');
  await aws.pass(14 * DAY + 1);
  expect(await aws.describe(stopped)).toMatchObject({ redriveStatusReason: 'Execution redrivable period exceeded' });
  await expect(redrive(stopped)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
});

test('a function error without a type is Lambda.Unknown', async () => {
  const aws = aStepFunctions({
    work() {
      throw new FunctionError({ errorMessage: 'Task timed out after 3.00 seconds' });
    },
  });
  const { error, cause } = await aws.run(aMachine({ Work: invoke({}) }));
  expect(error).toBe('Lambda.Unknown');
  expect(cause).toContain('Returned payload: {"errorMessage":"Task timed out after 3.00 seconds"}');
});

test('JitterStrategy FULL draws the delay from the one source of chance', async () => {
  let failures = 1;
  const work = () => {
    if (failures-- > 0) throw new FunctionError({ errorType: 'Throttled', errorMessage: '' });
  };
  const aws = aStepFunctions({ work }, { random: () => 0.25 });
  await aws.run(aMachine({ Work: invoke({}, { Retry: [{ ErrorEquals: ['Throttled'], IntervalSeconds: 8, JitterStrategy: 'FULL' }] }) }));
  expect(aws.calls.map(({ atMs }) => (atMs - START_MS) / 1000)).toEqual([0, 2]);
});

test('a fault of Lambda is Lambda.ServiceException', async () => {
  const aws = aStepFunctions({
    work() {
      throw new ServiceError('ServiceException', 'Sorry.', 500);
    },
  });
  const { error, cause } = await aws.run(aMachine({ Work: invoke({}) }));
  expect(error).toBe('Lambda.ServiceException');
  expect(cause).toMatch(/^Sorry. \(Service: Lambda, Status Code: 500, Request ID: /);
});

test('a token of no execution answers TaskDoesNotExist', async () => {
  const { client } = aStepFunctions();
  const taskToken = Buffer.from('1 arn:aws:states:eu-west-1:123456789012:execution:release:none').toString('base64');
  await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }))).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
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
    body: Buffer.from(JSON.stringify({ taskToken: bake.calls[0]!.payload.token })),
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

test('nothing happens after close', async () => {
  const aws = aStepFunctions();
  await aws.start(await aws.createMachine(aMachine({ Rest: { Type: 'Wait', Seconds: 10 }, Work: invoke({}) })));
  await aws.settle();
  await aws.service.close();
  await aws.pass(DAY);
  expect(aws.calls).toEqual([]);
  expect(aws.published).toHaveLength(1);
});
