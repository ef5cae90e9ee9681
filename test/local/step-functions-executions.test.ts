import {
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { aMachine, aStepFunctions, FunctionError, invoke, START_MS, waitForToken } from './a-step-functions.ts';

const DAY = 86_400;
const WAITING = aMachine({ Rest: { Type: 'Wait', Seconds: 3600 } });

test('the same name and input while it runs answers the same execution', async () => {
  const aws = aStepFunctions();
  const machine = await aws.createMachine(WAITING);
  const start = (input: string) => aws.client.send(new StartExecutionCommand({ stateMachineArn: machine, name: 'r1', input }));
  const first = await start('{"a":1}');
  expect(first).toMatchObject({
    executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:release:r1',
    startDate: new Date(START_MS),
  });
  await aws.pass(60);
  expect(await start('{"a":1}')).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
  await expect(start('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
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

test.each(['', 'x'.repeat(81), 'a b', 'a/b', 'a:b', 'a*', 'tab\t'])('the name %j is refused', async (name) => {
  const aws = aStepFunctions();
  const machine = await aws.createMachine(WAITING);
  await expect(aws.start(machine, {}, name)).rejects.toMatchObject({ name: 'InvalidName' });
});

test('an input that is not JSON is refused', async () => {
  const aws = aStepFunctions();
  const stateMachineArn = await aws.createMachine(WAITING);
  const command = new StartExecutionCommand({ stateMachineArn, input: '{' });
  await expect(aws.client.send(command)).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
});

test('stopping an execution runs no Catch, and what was under way has no effect', async () => {
  const answer = Promise.withResolvers<void>();
  const aws = aStepFunctions({ work: () => answer.promise });
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }];
  const machine = await aws.createMachine(aMachine({ Work: invoke({}, { Catch, End: true }), Undo: { Type: 'Pass' } }));
  const arn = await aws.start(machine);
  await new Promise((resolve) => setImmediate(resolve));
  await aws.client.send(new StopExecutionCommand({ executionArn: arn, error: 'Stopped', cause: 'by hand' }));
  answer.resolve();
  await aws.settle();
  expect(await aws.describe(arn)).toMatchObject({ status: 'ABORTED', error: 'Stopped', cause: 'by hand' });
  const types = ['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'ExecutionAborted'];
  expect(await aws.types(arn)).toEqual(types);
});

test.each([
  ['a Wait state', aMachine({ Rest: { Type: 'Wait', Seconds: 3600 }, Work: invoke({}) })],
  ['a retry delay', aMachine({ Work: invoke({}, { Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 600 }] }) })],
])('an execution stopped in %s stays stopped', async (_where, definition) => {
  const aws = aStepFunctions({
    work() {
      throw new FunctionError({ errorType: 'Blip', errorMessage: '' });
    },
  });
  const arn = await aws.start(await aws.createMachine(definition));
  await aws.pass(60);
  const calls = aws.calls.length;
  await aws.client.send(new StopExecutionCommand({ executionArn: arn }));
  await aws.pass(DAY);
  expect((await aws.describe(arn)).status).toBe('ABORTED');
  expect(aws.calls).toHaveLength(calls);
});

test('the TimeoutSeconds of a machine ends an execution TIMED_OUT on the cloud clock', async () => {
  const aws = aStepFunctions();
  const arn = await aws.start(await aws.createMachine(aMachine({ Bake: waitForToken() }, { TimeoutSeconds: 90 })));
  await aws.pass(90);
  expect((await aws.describe(arn)).status).toBe('TIMED_OUT');
  expect((await aws.types(arn)).at(-1)).toBe('ExecutionTimedOut');
});

test('an execution lives a year at most', async () => {
  const aws = aStepFunctions();
  const arn = await aws.start(await aws.createMachine(aMachine({ Bake: waitForToken() })));
  await aws.pass(365 * DAY - 1);
  expect((await aws.describe(arn)).status).toBe('RUNNING');
  await aws.pass(1);
  expect((await aws.describe(arn)).status).toBe('TIMED_OUT');
});

test('every change of status is published', async () => {
  const aws = aStepFunctions();
  const { arn, name } = await aws.run(aMachine({ Rest: { Type: 'Wait', Seconds: 5 }, Over: { Type: 'Fail', Error: 'No', Cause: 'why' } }), {
    a: 1,
  });
  const common = {
    ...{ executionArn: arn, stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:release', name, startDate: START_MS },
    ...{ input: '{"a":1}', inputDetails: { included: true }, output: null, outputDetails: null },
    ...{ stateMachineVersionArn: null, stateMachineAliasArn: null, redriveCount: 0, redriveDate: null },
  };
  expect(aws.published.map(({ detail }) => detail)).toEqual([
    {
      ...{ ...common, status: 'RUNNING', stopDate: null, error: null, cause: null },
      ...{ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution is RUNNING and cannot be redriven' },
    },
    {
      ...{ ...common, status: 'FAILED', stopDate: START_MS + 5000, error: 'No', cause: 'why' },
      ...{ redriveStatus: 'REDRIVABLE', redriveStatusReason: null },
    },
  ]);
  const { source, resources, 'detail-type': type } = aws.published[0]!;
  expect({ source, resources, type }).toEqual({ source: 'aws.states', resources: [arn], type: 'Step Functions Execution Status Change' });
});

test('SUCCEEDED, ABORTED, TIMED_OUT and a redrive are published too', async () => {
  const aws = aStepFunctions();
  const machine = await aws.createMachine(aMachine({ Rest: { Type: 'Wait', Seconds: 20 } }, { TimeoutSeconds: 30 }));
  await aws.start(machine);
  await aws.pass(20);
  const arn = await aws.start(machine);
  await aws.client.send(new StopExecutionCommand({ executionArn: arn }));
  await aws.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  const slow = await aws.createMachine(aMachine({ Rest: { Type: 'Wait', Seconds: 20 } }, { TimeoutSeconds: 10 }), 'slow');
  await aws.start(slow);
  await aws.pass(10);
  expect(aws.published.map(({ detail }) => detail.status)).toEqual([
    ...['RUNNING', 'SUCCEEDED', 'RUNNING', 'ABORTED', 'RUNNING', 'RUNNING', 'TIMED_OUT'],
  ]);
});

test('ListExecutions is newest first, filters by status and pages', async () => {
  const aws = aStepFunctions();
  const stateMachineArn = await aws.createMachine(WAITING);
  for (const name of ['r1', 'r2', 'r3']) await aws.start(stateMachineArn, {}, name);
  await aws.client.send(new StopExecutionCommand({ executionArn: (await aws.start(stateMachineArn, {}, 'r4')) as string }));
  const list = (more: object) => aws.client.send(new ListExecutionsCommand({ stateMachineArn, ...more }));
  const names = (page: { executions?: { name?: string }[] }) => page.executions?.map(({ name }) => name);
  expect(names(await list({}))).toEqual(['r4', 'r3', 'r2', 'r1']);
  expect(names(await list({ statusFilter: 'ABORTED' }))).toEqual(['r4']);
  const first = await list({ maxResults: 3 });
  await aws.start(stateMachineArn, {}, 'r5');
  const second = await list({ maxResults: 3, nextToken: first.nextToken });
  expect([names(first), names(second), second.nextToken]).toEqual([['r4', 'r3', 'r2'], ['r1'], undefined]);
});

test('the history tells each step with its data, ids and times, pages, and reverses', async () => {
  const aws = aStepFunctions({ work: () => 1 });
  const { arn } = await aws.run(aMachine({ Rest: { Type: 'Wait', Seconds: 60 }, Work: invoke({ Payload: 'x' }, { TimeoutSeconds: 5 }) }), {
    a: 1,
  });
  const events = await aws.history(arn);
  expect(events.map(({ id, previousEventId }) => [id, previousEventId])).toEqual([
    ...[
      [1, 0],
      [2, 0],
      [3, 2],
      [4, 3],
      [5, 4],
      [6, 5],
      [7, 6],
      [8, 7],
      [9, 8],
    ],
  ]);
  expect(events[0]).toMatchObject({
    timestamp: new Date(START_MS),
    executionStartedEventDetails: {
      input: '{"a":1}',
      inputDetails: { truncated: false },
      roleArn: 'arn:aws:iam::123456789012:role/release',
    },
  });
  expect(events[2]).toMatchObject({ type: 'WaitStateExited', timestamp: new Date(START_MS + 60_000) });
  expect(events[3]!.stateEnteredEventDetails).toEqual({ name: 'Work', input: '{"a":1}', inputDetails: { truncated: false } });
  expect(events[4]!.taskScheduledEventDetails).toEqual({
    ...{ resourceType: 'lambda', resource: 'invoke', region: 'eu-west-1', timeoutInSeconds: 5 },
    parameters: '{"FunctionName":"work","Payload":"x"}',
  });
  expect(JSON.parse(events[6]!.taskSucceededEventDetails!.output!)).toMatchObject({ Payload: 1 });

  const get = (more: object) => aws.client.send(new GetExecutionHistoryCommand({ executionArn: arn, ...more }));
  const first = await get({ maxResults: 5, reverseOrder: true, includeExecutionData: false });
  expect(first.events!.map(({ id }) => id)).toEqual([9, 8, 7, 6, 5]);
  expect(first.events![1]!.stateExitedEventDetails).toEqual({ name: 'Work' });
  const rest = await get({ maxResults: 5, reverseOrder: true, nextToken: first.nextToken });
  expect(rest.events!.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
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

test('an update changes what starts later, not what runs or is redriven', async () => {
  const aws = aStepFunctions();
  const stateMachineArn = await aws.createMachine(aMachine({ Rest: { Type: 'Wait', Seconds: 10 }, Old: { Type: 'Fail', Error: 'Old' } }));
  const old = await aws.start(stateMachineArn);
  const definition = JSON.stringify(aMachine({ New: { Type: 'Fail', Error: 'New' } }));
  await aws.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
  const fresh = await aws.start(stateMachineArn);
  await aws.pass(10);
  await aws.client.send(new RedriveExecutionCommand({ executionArn: old }));
  await aws.settle();
  expect([(await aws.describe(old)).error, (await aws.describe(fresh)).error]).toEqual(['Old', 'New']);
});

test('a deleted machine ends its executions at their next transition, and is gone with the last', async () => {
  const aws = aStepFunctions();
  const stateMachineArn = await aws.createMachine(aMachine({ Rest: { Type: 'Wait', Seconds: 10 }, Work: invoke({}) }));
  await aws.start(stateMachineArn);
  await aws.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  expect((await aws.client.send(new DescribeStateMachineCommand({ stateMachineArn }))).status).toBe('DELETING');
  await expect(aws.start(stateMachineArn)).rejects.toMatchObject({ name: 'StateMachineDeleting' });
  await aws.pass(10);
  expect(aws.published.at(-1)!.detail.status).toBe('ABORTED');
  expect(aws.calls).toEqual([]);
  const describe = aws.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  await expect(describe).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
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

test('nothing happens after close', async () => {
  const aws = aStepFunctions();
  await aws.start(await aws.createMachine(aMachine({ Rest: { Type: 'Wait', Seconds: 10 }, Work: invoke({}) })));
  await aws.settle();
  await aws.service.close();
  await aws.pass(DAY);
  expect(aws.calls).toEqual([]);
  expect(aws.published).toHaveLength(1);
});
