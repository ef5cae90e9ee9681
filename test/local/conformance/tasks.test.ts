import {
  CreateAliasCommand,
  DeleteFunctionConcurrencyCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createFunction, createNotes } from './functions.ts';
import { aMachine, EXECUTION, invokeTask, machinesOf } from './machines.ts';

// Step Functions developer guide, "Invoke an AWS Lambda function with Step Functions", "Handling errors in Step Functions
// workflows", "Accessing execution data from the Context object", "Step Functions service quotas"; the Amazon States
// Language (states-language.net), "Errors".

const account = await openAccount();
afterAll(account.close);
const { lambda, name } = account;
const { create, start, history, types, run, untilOver, secondsBetween } = machinesOf(account);

const CODE = `exports.handler = async (event, context) => {
  if (event.waitMs) await new Promise((resolve) => setTimeout(resolve, event.waitMs));
  if (event.length) return 'x'.repeat(event.length);
  return { event, version: context.functionVersion };
};`;
let work: string;
/** Fails as its event says, and notes its calls. */
let failing: string;
let notes: Awaited<ReturnType<typeof createNotes>>;
beforeAll(async () => {
  work = await createFunction(account, name('work'), CODE);
  await lambda.send(new PublishVersionCommand({ FunctionName: work }));
  await lambda.send(new CreateAliasCommand({ FunctionName: work, Name: 'live', FunctionVersion: '1' }));
  notes = await createNotes(account);
  failing = await notes.createNoting(name('failing'));
});

/** A task that fails by these names, one attempt after the other, and then succeeds. */
const failingTask = (error: string, failures: number | undefined, more: object = {}) =>
  invokeTask(failing, { Payload: { fail: error, ...(failures && { failures }), 'retry.$': '$$.State.RetryCount', ...EXECUTION } }, more);
const callsOf = async (arn: string) => (await notes.notesOf(name('failing'))).filter(({ event }) => event.execution === arn);

test('lambda:invoke answers ExecutedVersion, the parsed Payload and StatusCode', async () => {
  const { status, result } = await run(aMachine({ Work: invokeTask(work, { Payload: { 'n.$': '$.n' } }) }), { n: 21 });
  expect(status).toBe('SUCCEEDED');
  expect(result).toMatchObject({ ExecutedVersion: '$LATEST', Payload: { event: { n: 21 } }, StatusCode: 200 });
  expect(result.SdkHttpMetadata.HttpStatusCode).toBe(200);
  expect(result.SdkResponseMetadata.RequestId).toMatch(/^[0-9a-f-]{36}$/);
});

test('lambda:invoke passes a Qualifier on', async () => {
  const { result } = await run(aMachine({ Work: invokeTask(work, { Qualifier: 'live', Payload: {} }) }));
  expect(result).toMatchObject({ ExecutedVersion: '1', Payload: { version: '1' } });
});

test('question: what does lambda:invoke send without a Payload? Assumed: {}', async () => {
  const { result } = await run(aMachine({ Work: invokeTask(work) }));
  expect(result.Payload.event).toEqual({});
});

test('a function ARN as Resource gets the input and gives its answer as the result', async () => {
  const { result, arn } = await run(aMachine({ Work: { Type: 'Task', Resource: `${work}:live`, ResultPath: '$.work' } }), { a: 1 });
  expect(result).toEqual({ a: 1, work: { event: { a: 1 }, version: '1' } });
  expect(await types(arn)).toEqual([
    ...['ExecutionStarted', 'TaskStateEntered', 'LambdaFunctionScheduled', 'LambdaFunctionStarted'],
    ...['LambdaFunctionSucceeded', 'TaskStateExited', 'ExecutionSucceeded'],
  ]);
});

test('a function error has the errorType as Error and the error JSON of Lambda as Cause', async () => {
  const { status, error, cause } = await run(aMachine({ Work: failingTask('OutOfStock', undefined) }));
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'OutOfStock' });
  expect(JSON.parse(cause!)).toEqual({ errorType: 'OutOfStock', errorMessage: 'as the event said', trace: expect.any(Array) });
});

test('what Lambda refuses is Lambda.ResourceNotFoundException, Lambda.TooManyRequestsException', async () => {
  const absent = await run(aMachine({ Work: invokeTask(`${work}-absent`) }));
  expect(absent).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' });
  expect(absent.cause).toMatch(/^Function not found: .* \(Service: Lambda, Status Code: 404, Request ID: /);
  const throttled = name('throttled');
  const functionArn = await createFunction(account, throttled);
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: throttled, ReservedConcurrentExecutions: 0 }));
  expect(await run(aMachine({ Work: invokeTask(functionArn) }))).toMatchObject({
    status: 'FAILED',
    error: 'Lambda.TooManyRequestsException',
    cause: expect.stringMatching(/^Rate Exceeded. \(Service: Lambda, Status Code: 429, Request ID: /),
  });
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: throttled }));
});

test('Retry goes by name, waits IntervalSeconds times BackoffRate up to MaxDelaySeconds, and stays in its state', async () => {
  const Retry = [
    { ErrorEquals: ['Other'], IntervalSeconds: 99 },
    { ErrorEquals: ['Throttled'], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 3 },
  ];
  const { status, arn } = await run(aMachine({ Work: failingTask('Throttled', 3, { Retry }) }));
  expect(status).toBe('SUCCEEDED');
  expect(await secondsBetween(arn, 'TaskFailed', 'TaskScheduled')).toEqual([2, 6, 10]);
  const seen = await types(arn);
  expect(seen.filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  expect(seen.filter((type) => type === 'TaskScheduled')).toHaveLength(4);
});

test('by default a retrier waits 1, 2 and 4 seconds, then the error stands', async () => {
  const { status, error, arn } = await run(
    aMachine({ Work: failingTask('Throttled', undefined, { Retry: [{ ErrorEquals: ['States.ALL'] }] }) }),
  );
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'Throttled' });
  expect(await secondsBetween(arn, 'TaskFailed', 'TaskScheduled')).toEqual([1, 2, 4]);
});

test('a retrier with MaxAttempts 0 takes an error and tries nothing', async () => {
  const Retry = [{ ErrorEquals: ['Throttled'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }];
  const { error, arn } = await run(aMachine({ Work: failingTask('Throttled', undefined, { Retry }) }));
  expect([error, (await callsOf(arn)).length]).toEqual(['Throttled', 1]);
});

test('JitterStrategy FULL draws the delay between 0 and what it would be', async () => {
  const Retry = [{ ErrorEquals: ['Throttled'], IntervalSeconds: 8, JitterStrategy: 'FULL' }];
  const { arn } = await run(aMachine({ Work: failingTask('Throttled', 1, { Retry }) }));
  const [delaySeconds] = await secondsBetween(arn, 'TaskFailed', 'TaskScheduled');
  expect(delaySeconds).toBeGreaterThanOrEqual(0);
  expect(delaySeconds).toBeLessThanOrEqual(8);
});

test('each retrier counts for itself', async () => {
  // The function fails by the name that stands at its retry count.
  const functionArn = await createFunction(
    account,
    name('by-turns'),
    `exports.handler = async ({ retry }) => { throw Object.assign(new Error(''), { name: 'ABCBB'[retry] }); };`,
  );
  const Retry = [
    { ErrorEquals: ['A', 'B'], IntervalSeconds: 1, MaxAttempts: 2 },
    { ErrorEquals: ['C'], IntervalSeconds: 5 },
  ];
  const { error, arn } = await run(
    aMachine({ Work: invokeTask(functionArn, { Payload: { 'retry.$': '$$.State.RetryCount' } }, { Retry }) }),
  );
  expect(error).toBe('B');
  expect(await secondsBetween(arn, 'TaskFailed', 'TaskScheduled')).toEqual([1, 2, 5]);
});

test('Catch puts Error and Cause at its ResultPath beside the input', async () => {
  const Catch = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Undo' }];
  const { result, arn } = await run(aMachine({ Work: failingTask('Throttled', undefined, { Catch, End: true }), Undo: { Type: 'Pass' } }), {
    id: 'r1',
  });
  expect(result).toEqual({
    id: 'r1',
    failure: { Error: 'Throttled', Cause: expect.stringContaining('"errorMessage":"as the event said"') },
  });
  expect(await types(arn)).toEqual([
    ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskFailed', 'TaskStateExited'],
    ...['PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
  ]);
});

test('Catch without ResultPath replaces the input, and States.TaskFailed takes any function error', async () => {
  const Catch = [{ ErrorEquals: ['States.TaskFailed'], Next: 'Undo' }];
  const { result } = await run(aMachine({ Work: failingTask('Throttled', undefined, { Catch, End: true }), Undo: { Type: 'Pass' } }), {
    id: 'r1',
  });
  expect(Object.keys(result)).toEqual(['Error', 'Cause']);
});

test('Retry comes before Catch, and the first catcher that takes the error wins', async () => {
  const Retry = [{ ErrorEquals: ['Throttled'], MaxAttempts: 1 }];
  const Catch = [
    { ErrorEquals: ['Other'], Next: 'Undo' },
    { ErrorEquals: ['Throttled'], Next: 'First' },
    { ErrorEquals: ['States.ALL'], Next: 'Undo' },
  ];
  const states = {
    Work: failingTask('Throttled', undefined, { Retry, Catch, End: true }),
    First: { Type: 'Pass', Result: 'first', End: true },
    Undo: { Type: 'Pass' },
  };
  const { result, arn } = await run(aMachine(states));
  expect([result, (await callsOf(arn)).length]).toEqual(['first', 2]);
});

// States.ALL takes neither the terminal error States.DataLimitExceeded nor what is called a Runtime error.
test('States.ALL does not catch States.Runtime', async () => {
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }];
  const Retry = [{ ErrorEquals: ['States.ALL'] }];
  const task = invokeTask(work, { Payload: { 'x.$': '$.missing' } }, { Catch, Retry, End: true });
  const { status, error, cause } = await run(aMachine({ Work: task, Undo: { Type: 'Pass' } }), { id: 1 });
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Runtime' });
  expect(cause).toBe(
    "An error occurred while executing the state 'Work' (entered at the event id #2). " +
      "The JSONPath '$.missing' specified for the field 'x.$' could not be found in the input '{\"id\":1}'",
  );
});

test('a result over 256 KiB is States.DataLimitExceeded, which States.ALL does not catch', async () => {
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }];
  const task = invokeTask(work, { Payload: { length: 262_145 } }, { Catch, End: true });
  const { status, error, arn } = await run(aMachine({ Work: task, Undo: { Type: 'Pass' } }));
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  expect((await types(arn)).slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
});

test('a function that outlives the TimeoutSeconds of its task is States.Timeout, which States.TaskFailed does not take', async () => {
  const Catch = [
    { ErrorEquals: ['States.TaskFailed'], Next: 'Wrong' },
    { ErrorEquals: ['States.Timeout'], Next: 'Undo' },
  ];
  const task = invokeTask(work, { Payload: { waitMs: 1500 } }, { TimeoutSeconds: 1, Catch, End: true });
  const { result, arn } = await run(aMachine({ Work: task, Wrong: { Type: 'Fail' }, Undo: { Type: 'Pass' } }));
  expect(result.Error).toBe('States.Timeout');
  expect(await types(arn)).toContain('TaskTimedOut');
});

test('what a task gives goes through JSON', async () => {
  const functionArn = await createFunction(account, name('dates'), 'exports.handler = async () => ({ at: new Date(0), none: undefined });');
  const { result } = await run(aMachine({ Work: invokeTask(functionArn, {}, { OutputPath: '$.Payload' }) }));
  expect(result).toEqual({ at: '1970-01-01T00:00:00.000Z' });
});

test('$$ tells the execution, the state and the machine; EnteredTime stays over retries, RetryCount counts them', async () => {
  const parameters = {
    Payload: {
      ...EXECUTION,
      fail: 'Throttled',
      failures: 1,
      'retry.$': '$$.State.RetryCount',
      'context.$': '$$',
      'entered.$': '$$.State.EnteredTime',
    },
  };
  const task = invokeTask(failing, parameters, { Retry: [{ ErrorEquals: ['Throttled'] }] });
  const machineArn = await create(aMachine({ Rest: { Type: 'Wait', Seconds: 5 }, Work: task }));
  const arn = await start(machineArn, { a: 1 });
  const { startDate } = await untilOver(arn);
  const [first, second] = (await callsOf(arn)).map(({ event }) => event);
  expect(first.context).toEqual({
    Execution: {
      Id: arn,
      Input: { a: 1 },
      Name: arn.split(':').at(-1),
      RoleArn: account.roleArn,
      StartTime: startDate!.toISOString(),
      RedriveCount: 0,
    },
    State: { EnteredTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), Name: 'Work', RetryCount: 0 },
    StateMachine: { Id: machineArn, Name: machineArn.split(':').at(-1) },
  });
  const entered = (await history(arn)).find(({ type }) => type === 'TaskStateEntered')!.timestamp!;
  expect(Math.abs(Date.parse(first.entered) - entered.getTime())).toBeLessThan(1000);
  expect(second).toMatchObject({ entered: first.entered, context: { State: { RetryCount: 1, EnteredTime: first.entered } } });
});
