import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createFunction, createNotes } from './functions.ts';
import { aMachine, invokeTask, machinesOf, tokenTask } from './machines.ts';
import { subscribe } from './subscription.ts';

// Step Functions developer guide, "Starting state machine executions", "Redriving executions", "Automating Step Functions
// event delivery with EventBridge", "Step Functions service quotas"; API reference, StartExecution, StopExecution,
// RedriveExecution, ListExecutions, GetExecutionHistory, DeleteStateMachine.

const account = await openAccount();
afterAll(account.close);
const { sfn, name } = account;
const { create, createNamed, start, describe, history, types, run, untilOver } = machinesOf(account);
const WAITING = aMachine({ Rest: { Type: 'Wait', Seconds: 600 } });

let notes: Awaited<ReturnType<typeof createNotes>>;
let changes: Awaited<ReturnType<typeof subscribe>>;
let waiting: string;
let echoArn: string;
beforeAll(async () => {
  notes = await createNotes(account);
  changes = await subscribe(account, notes, 'changes', {
    source: ['aws.states'],
    detail: { stateMachineArn: [{ prefix: `arn:aws:states:${account.region}:${account.accountId}:stateMachine:${name('')}` }] },
  });
  waiting = await createNamed('waiting', WAITING);
  echoArn = await createFunction(account, name('echo'), 'exports.handler = async (event) => event;');
});

/** Waits until the status of an execution changed `count` times; answers the events in order. */
const untilChanged = (executionArn: string, count: number) =>
  account.until(
    `${count} changes of ${executionArn}`,
    async () => {
      const events = (await changes.received()).filter(({ detail }) => detail.executionArn === executionArn);
      const order = ({ detail }: { detail: { redriveCount: number; status: string } }) =>
        detail.redriveCount * 2 + Number(detail.status !== 'RUNNING');
      return events.length >= count ? events.sort((a, b) => order(a) - order(b)) : undefined;
    },
    120,
  );
const stop = (executionArn: string, more: object = {}) => sfn.send(new StopExecutionCommand({ executionArn, ...more }));
const redrive = (executionArn: string, more: object = {}) => sfn.send(new RedriveExecutionCommand({ executionArn, ...more }));

// StartExecution is idempotent for Standard workflows while the execution runs, by name and input; after its end, or with
// other input, it answers ExecutionAlreadyExists.
test('the same name and input while it runs answers the same execution; other input is ExecutionAlreadyExists', async () => {
  const again = (input: string) => sfn.send(new StartExecutionCommand({ stateMachineArn: waiting, name: 'r1', input }));
  const first = await again('{"a":1}');
  expect(first.executionArn).toBe(`${waiting.replace(':stateMachine:', ':execution:')}:r1`);
  await account.pass(5);
  expect(await again('{"a":1}')).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
  await expect(again('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists', $metadata: { httpStatusCode: 400 } });
  await stop(first.executionArn!);
});

test('the name of an execution that is over is ExecutionAlreadyExists, also with the same input', async () => {
  const arn = await start(waiting, { a: 1 }, 'r2');
  await stop(arn);
  await untilOver(arn);
  await expect(start(waiting, { a: 1 }, 'r2')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
});

test('question: is the same JSON in other words the same input? Assumed: no, the text counts', async () => {
  const again = (input: string) => sfn.send(new StartExecutionCommand({ stateMachineArn: waiting, name: 'r3', input }));
  const { executionArn } = await again('{"a":1}');
  await expect(again('{ "a": 1 }')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  await stop(executionArn!);
});

test.each(['a b', 'a/b', 'a:b', 'a*', 'a"b', 'tab\t'])('the name %j is InvalidName', async (executionName) => {
  await expect(start(waiting, {}, executionName)).rejects.toMatchObject({ name: 'InvalidName' });
});

test('question: what answers a name that is empty or longer than 80 characters? Assumed: InvalidName', async () => {
  for (const executionName of ['', 'x'.repeat(81)]) {
    await expect(start(waiting, {}, executionName)).rejects.toMatchObject({ name: 'InvalidName' });
  }
});

test('an input that is not JSON is InvalidExecutionInput', async () => {
  const command = new StartExecutionCommand({ stateMachineArn: waiting, input: '{' });
  await expect(sfn.send(command)).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
});

test('what does not exist is StateMachineDoesNotExist or ExecutionDoesNotExist, what is no ARN is InvalidArn', async () => {
  await expect(start(`${waiting}-not`)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  await expect(describe(`${waiting.replace(':stateMachine:', ':execution:')}:nobody`)).rejects.toMatchObject({
    name: 'ExecutionDoesNotExist',
  });
  await expect(start('waiting')).rejects.toMatchObject({ name: 'InvalidArn' });
});

test('stopping an execution is ABORTED with its error and cause, and runs no Catch', async () => {
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }];
  const functionArn = await notes.createNoting(name('never-settled'));
  const machine = await create(aMachine({ Work: tokenTask(functionArn, { Catch, End: true }), Undo: { Type: 'Pass' } }));
  const arn = await start(machine);
  await notes.untilCalled(name('never-settled'), 1, 60);
  await account.pass(2);
  await stop(arn, { error: 'Stopped', cause: 'by hand' });
  expect(await untilOver(arn)).toMatchObject({ status: 'ABORTED', error: 'Stopped', cause: 'by hand' });
  expect(await types(arn)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'ExecutionAborted',
  ]);
});

test('question: does stopping an execution that is over fail? Assumed: no, and nothing changes', async () => {
  const { arn, stopDate } = await run(aMachine({ Only: { Type: 'Succeed' } }));
  expect((await stop(arn)).stopDate).toEqual(stopDate);
  expect((await describe(arn)).status).toBe('SUCCEEDED');
});

test.each([
  ['a Wait state', (functionArn: string) => aMachine({ Rest: { Type: 'Wait', Seconds: 20 }, Work: invokeTask(functionArn) }), 0],
  [
    'a retry delay',
    (functionArn: string) =>
      aMachine({
        Work: invokeTask(functionArn, { Payload: { fail: 'Blip' } }, { Retry: [{ ErrorEquals: ['Blip'], IntervalSeconds: 20 }] }),
      }),
    1,
  ],
] as const)('an execution that is stopped in %s stays stopped', async (where, definition, calls) => {
  const FunctionName = name(`stopped-in${where.slice(1).replaceAll(' ', '-')}`);
  const arn = await start(await create(definition(await notes.createNoting(FunctionName))));
  await account.pass(8);
  expect(await notes.notesOf(FunctionName)).toHaveLength(calls);
  await stop(arn);
  await account.pass(40);
  expect((await describe(arn)).status).toBe('ABORTED');
  expect(await notes.notesOf(FunctionName)).toHaveLength(calls);
});

// Measured on AWS by others (github.com/floci-io/floci issue 2733): the end is to the second, DescribeExecution tells no
// error, and the event names States.Timeout and points at 0.
test('the TimeoutSeconds of a machine ends an execution TIMED_OUT, without an error of its own', async () => {
  const execution = await run(aMachine({ Rest: { Type: 'Wait', Seconds: 600 } }, { TimeoutSeconds: 10 }));
  expect(execution.status).toBe('TIMED_OUT');
  expect([execution.error, execution.cause]).toEqual([undefined, undefined]);
  expect(Math.round((execution.stopDate!.getTime() - execution.startDate!.getTime()) / 1000)).toBe(10);
  const last = (await history(execution.arn)).at(-1);
  expect(last).toMatchObject({ type: 'ExecutionTimedOut', previousEventId: 0, executionTimedOutEventDetails: { error: 'States.Timeout' } });
});

test('every change of status is an event, of the shape that AWS documents', async () => {
  const { arn, startDate, stopDate } = await run(
    aMachine({ Rest: { Type: 'Wait', Seconds: 5 }, Over: { Type: 'Fail', Error: 'No', Cause: 'why' } }),
    { a: 1 },
  );
  const events = await untilChanged(arn, 2);
  const [machineArn, executionName] = [arn.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, ''), arn.split(':').at(-1)];
  const common = {
    ...{ executionArn: arn, stateMachineArn: machineArn, name: executionName, startDate: startDate!.getTime() },
    ...{ input: '{"a":1}', inputDetails: { included: true }, output: null, outputDetails: null },
    ...{ stateMachineVersionArn: null, stateMachineAliasArn: null, redriveCount: 0, redriveDate: null },
  };
  expect(events.map(({ detail }) => detail)).toEqual([
    {
      ...{ ...common, status: 'RUNNING', stopDate: null, error: null, cause: null },
      ...{ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution is RUNNING and cannot be redriven' },
    },
    {
      ...{ ...common, status: 'FAILED', stopDate: stopDate!.getTime(), error: 'No', cause: 'why' },
      ...{ redriveStatus: 'REDRIVABLE', redriveStatusReason: null },
    },
  ]);
  const { source, account: accountId, region, resources, 'detail-type': type } = events[0];
  expect({ source, accountId, region, resources, type }).toEqual({
    ...{ source: 'aws.states', accountId: account.accountId, region: account.region, resources: [arn] },
    type: 'Step Functions Execution Status Change',
  });
});

test('SUCCEEDED, ABORTED, TIMED_OUT and a redrive are events too', async () => {
  const statuses = async (arn: string, count: number) => (await untilChanged(arn, count)).map(({ detail }) => detail.status);
  const { arn: succeeded } = await run(aMachine({ Only: { Type: 'Pass' } }), { a: 1 });
  expect((await untilChanged(succeeded, 2))[1].detail).toMatchObject({
    status: 'SUCCEEDED',
    output: '{"a":1}',
    outputDetails: { included: true },
  });
  const aborted = await start(waiting);
  await stop(aborted);
  await untilOver(aborted);
  await redrive(aborted);
  await stop(aborted);
  expect(await statuses(aborted, 4)).toEqual(['RUNNING', 'ABORTED', 'RUNNING', 'ABORTED']);
  const { arn: timedOut } = await run(aMachine({ Rest: { Type: 'Wait', Seconds: 600 } }, { TimeoutSeconds: 5 }));
  expect(await statuses(timedOut, 2)).toEqual(['RUNNING', 'TIMED_OUT']);
});

test('ListExecutions is newest first, filters by status and pages', async () => {
  const stateMachineArn = await createNamed('listed', WAITING);
  for (const executionName of ['r1', 'r2', 'r3', 'r4']) {
    await start(stateMachineArn, {}, executionName);
    await account.pass(1);
  }
  await stop(`${stateMachineArn.replace(':stateMachine:', ':execution:')}:r4`);
  const list = (more: object) => sfn.send(new ListExecutionsCommand({ stateMachineArn, ...more }));
  const names = (page: { executions?: { name?: string }[] }) => page.executions?.map((execution) => execution.name);
  await account.until('all are listed', async () => names(await list({ statusFilter: 'ABORTED' }))?.length === 1, 60);
  expect(names(await list({}))).toEqual(['r4', 'r3', 'r2', 'r1']);
  expect(names(await list({ statusFilter: 'ABORTED' }))).toEqual(['r4']);
  const first = await list({ maxResults: 3 });
  const second = await list({ maxResults: 3, nextToken: first.nextToken });
  expect([names(first), names(second), second.nextToken]).toEqual([['r4', 'r3', 'r2'], ['r1'], undefined]);
});

test('the history tells each step with its data, ids and times, pages, and reverses', async () => {
  const { arn } = await run(
    aMachine({ Rest: { Type: 'Wait', Seconds: 5 }, Work: invokeTask(echoArn, { Payload: 'x' }, { TimeoutSeconds: 20 }) }),
    { a: 1 },
  );
  const events = await history(arn);
  expect(events.map(({ type }) => type)).toEqual([
    ...['ExecutionStarted', 'WaitStateEntered', 'WaitStateExited', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted'],
    ...['TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded'],
  ]);
  expect(events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(events.map(({ previousEventId }) => previousEventId)).toEqual([0, 0, 2, 3, 4, 5, 6, 7, 8]);
  expect(events[0]!.executionStartedEventDetails).toEqual({
    input: '{"a":1}',
    inputDetails: { truncated: false },
    roleArn: account.roleArn,
  });
  expect(Math.round((events[2]!.timestamp!.getTime() - events[1]!.timestamp!.getTime()) / 1000)).toBe(5);
  expect(events[3]!.stateEnteredEventDetails).toEqual({ name: 'Work', input: '{"a":1}', inputDetails: { truncated: false } });
  expect(events[4]!.taskScheduledEventDetails).toEqual({
    ...{ resourceType: 'lambda', resource: 'invoke', region: account.region, timeoutInSeconds: 20 },
    parameters: JSON.stringify({ FunctionName: echoArn, Payload: 'x' }),
  });
  expect(events[5]!.taskStartedEventDetails).toEqual({ resourceType: 'lambda', resource: 'invoke' });
  expect(events[6]!.taskSucceededEventDetails).toMatchObject({
    resourceType: 'lambda',
    resource: 'invoke',
    outputDetails: { truncated: false },
  });
  expect(JSON.parse(events[6]!.taskSucceededEventDetails!.output!)).toMatchObject({ Payload: 'x' });

  const get = (more: object) => sfn.send(new GetExecutionHistoryCommand({ executionArn: arn, ...more }));
  const first = await get({ maxResults: 5, reverseOrder: true, includeExecutionData: false });
  expect(first.events!.map(({ id }) => id)).toEqual([9, 8, 7, 6, 5]);
  expect(first.events![1]!.stateExitedEventDetails).toEqual({ name: 'Work' });
  const rest = await get({ maxResults: 5, reverseOrder: true, nextToken: first.nextToken });
  expect(rest.events!.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
});

test('a redrive goes on from the failed task with its input, under the same ARN, and counts retries anew', async () => {
  const FunctionName = name('redriven');
  const functionArn = await notes.createNoting(FunctionName);
  const Payload = { 'n.$': '$.n', 'retry.$': '$$.Execution.RedriveCount', 'retries.$': '$$.State.RetryCount', fail: 'Broken', failures: 1 };
  const definition = aMachine({
    Prepare: { Type: 'Pass', Result: { n: 7 } },
    Work: invokeTask(functionArn, { Payload }, { Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }] }),
  });
  const { arn, status } = await run(definition);
  expect(status).toBe('FAILED');
  expect((await describe(arn)).redriveStatus).toBe('REDRIVABLE');
  await redrive(arn);
  expect(await untilOver(arn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, redriveStatus: 'NOT_REDRIVABLE' });
  expect((await describe(arn)).error).toBeUndefined();
  const calls = (await notes.notesOf(FunctionName)).map(({ event: { n, retry: redrives, retries } }) => ({ n, redrives, retries }));
  expect(calls).toEqual([
    { n: 7, redrives: 0, retries: 0 },
    { n: 7, redrives: 0, retries: 1 },
    { n: 7, redrives: 1, retries: 0 },
  ]);
  const events = await history(arn);
  const at = events.findIndex(({ type }) => type === 'ExecutionFailed');
  expect(events.slice(at).map(({ type }) => type)).toEqual([
    ...['ExecutionFailed', 'ExecutionRedriven', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded'],
  ]);
  expect(events[at + 1]!.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
});

test('a redriven wait for a token has a new token, and the old one is spent', async () => {
  const FunctionName = name('redriven-token');
  const arn = await start(await create(aMachine({ Bake: tokenTask(await notes.createNoting(FunctionName)) })));
  const [old] = await notes.untilCalled(FunctionName, 1, 60);
  await stop(arn);
  await untilOver(arn);
  await redrive(arn);
  const [, fresh] = await notes.untilCalled(FunctionName, 2, 60);
  const settle = (taskToken: string) => sfn.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
  await expect(settle(old!.event.token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  await settle(fresh!.event.token);
  expect((await untilOver(arn)).status).toBe('SUCCEEDED');
});

test('a redriven Fail state fails again', async () => {
  const { arn } = await run(aMachine({ Reverted: { Type: 'Fail', Error: 'Reverted', Cause: 'an alarm' } }));
  await redrive(arn);
  await account.until('it failed again', async () => (await types(arn)).filter((type) => type === 'ExecutionFailed').length === 2, 60);
  expect(await describe(arn)).toMatchObject({ status: 'FAILED', error: 'Reverted', cause: 'an alarm', redriveCount: 1 });
  expect(await types(arn)).toEqual([
    ...['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed', 'ExecutionRedriven', 'FailStateEntered', 'ExecutionFailed'],
  ]);
});

// RedriveExecution takes a clientToken to be idempotent.
test('a redrive that is asked for twice with one client token is one redrive', async () => {
  const { arn } = await run(aMachine({ Reverted: { Type: 'Fail' } }));
  await redrive(arn, { clientToken: 'once' });
  await account.until('it failed again', async () => (await types(arn)).filter((type) => type === 'ExecutionFailed').length === 2, 60);
  await redrive(arn, { clientToken: 'once' });
  expect((await describe(arn)).redriveCount).toBe(1);
});

test('what runs or succeeded is ExecutionNotRedrivable', async () => {
  const running = await start(waiting);
  await expect(redrive(running)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  await stop(running);
  const { arn: succeeded } = await run(aMachine({ Only: { Type: 'Succeed' } }));
  await expect(redrive(succeeded)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  expect(await describe(succeeded)).toMatchObject({
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
  });
});

test('an update changes what starts later, not what runs or is redriven', async () => {
  const stateMachineArn = await createNamed(
    'updated',
    aMachine({ Rest: { Type: 'Wait', Seconds: 10 }, Old: { Type: 'Fail', Error: 'Old' } }),
  );
  const old = await start(stateMachineArn);
  const definition = JSON.stringify(aMachine({ New: { Type: 'Fail', Error: 'New' } }));
  await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
  // What is started right after an update may still use the definition from before: updates are eventually consistent.
  const fresh = await account.until(
    'the update is in effect',
    async () => {
      const arn = await start(stateMachineArn);
      return (await untilOver(arn)).error === 'New' ? arn : undefined;
    },
    60,
  );
  expect((await untilOver(fresh)).error).toBe('New');
  expect((await untilOver(old)).error).toBe('Old');
  await redrive(old);
  expect((await untilOver(old)).error).toBe('Old');
});

test('creating the same machine again answers it; another definition under its name is StateMachineAlreadyExists', async () => {
  const definition = aMachine({ Only: { Type: 'Succeed' } });
  const stateMachineArn = await createNamed('same', definition);
  await account.pass(5);
  expect(await createNamed('same', definition)).toBe(stateMachineArn);
  await expect(createNamed('same', aMachine({ Other: { Type: 'Succeed' } }))).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
  expect(await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
    ...{ stateMachineArn, name: name('same'), status: 'ACTIVE', type: 'STANDARD', roleArn: account.roleArn },
    ...{ definition: JSON.stringify(definition), tracingConfiguration: { enabled: false } },
  });
  const listed: unknown[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(new ListStateMachinesCommand({ nextToken }));
    listed.push(...page.stateMachines!.filter((machine) => machine.stateMachineArn === stateMachineArn));
    nextToken = page.nextToken;
  } while (nextToken);
  expect(listed).toMatchObject([{ name: name('same'), type: 'STANDARD' }]);
});

test.each(['{', '[]', '{}', '{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}'])(
  'the definition %s is InvalidDefinition',
  async (definition) => {
    const command = new CreateStateMachineCommand({ name: name('invalid'), roleArn: account.roleArn, definition });
    await expect(sfn.send(command)).rejects.toMatchObject({ name: 'InvalidDefinition' });
  },
);

test.each([
  ['States.ALL beside another name', invokeTask('x', {}, { Retry: [{ ErrorEquals: ['States.ALL', 'Other'] }] })],
  ['HeartbeatSeconds that are not below TimeoutSeconds', invokeTask('x', {}, { TimeoutSeconds: 5, HeartbeatSeconds: 5 })],
])('%s is InvalidDefinition', async (_what, state) => {
  await expect(create(aMachine({ Only: state }))).rejects.toMatchObject({ name: 'InvalidDefinition' });
});

// DeleteStateMachine sets the status to DELETING and goes on by itself: the machine is gone when its last execution is
// over, and those that run end at their next transition.
test('a deleted machine takes no new executions, ends those that run at their next transition, and is gone with the last', async () => {
  const FunctionName = name('never-called');
  const functionArn = await notes.createNoting(FunctionName);
  const stateMachineArn = await create(aMachine({ Rest: { Type: 'Wait', Seconds: 20 }, Work: invokeTask(functionArn) }));
  const arn = await start(stateMachineArn);
  await account.pass(1);
  await sfn.send(new DeleteStateMachineCommand({ stateMachineArn }));
  const read = () => sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect((await read()).status).toBe('DELETING');
  await expect(start(stateMachineArn)).rejects.toMatchObject({ name: 'StateMachineDeleting' });
  expect((await untilChanged(arn, 2))[1].detail.status).toBe('ABORTED');
  await account.until(
    'it is gone',
    () =>
      read().then(
        () => false,
        (error) => error.name === 'StateMachineDoesNotExist',
      ),
    300,
  );
  expect(await notes.notesOf(FunctionName)).toEqual([]);
});
