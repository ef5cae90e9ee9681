import { expect, test } from 'vitest';
import { ServiceError } from '../../local/service.ts';
import { aMachine, aStepFunctions, FunctionError, invoke, START_MS } from './a-step-functions.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:work:live';
const FAILURE = { errorType: 'Throttled', errorMessage: 'slow "down"', trace: ['a\n'] };

/** A function that fails as long as there are failures left. */
function failing(failures: unknown[]) {
  return () => {
    const failure = failures.shift();
    if (failure) throw failure;
    return 'done';
  };
}

test('lambda:invoke answers ExecutedVersion, the parsed Payload and StatusCode', async () => {
  const aws = aStepFunctions({ work: ({ n }) => ({ twice: n * 2 }) });
  const { status, result } = await aws.run(aMachine({ Work: invoke({ Payload: { 'n.$': '$.n' } }) }), { n: 21 });
  expect(status).toBe('SUCCEEDED');
  expect(result).toMatchObject({ ExecutedVersion: '$LATEST', Payload: { twice: 42 }, StatusCode: 200 });
  expect(result.SdkHttpMetadata.HttpStatusCode).toBe(200);
  expect(result.SdkResponseMetadata.RequestId).toMatch(/^0000/);
});

test('lambda:invoke passes a Qualifier on and sends {} when no Payload is given', async () => {
  const aws = aStepFunctions();
  await aws.run(aMachine({ Work: invoke({ Qualifier: 'live' }) }));
  expect(aws.calls).toMatchObject([{ functionName: 'work', qualifier: 'live', payload: {} }]);
});

test('a function ARN as Resource gets the input and gives its answer as the result', async () => {
  const aws = aStepFunctions({ 'work:live': (input) => ({ got: input }) });
  const { result, arn } = await aws.run(aMachine({ Work: { Type: 'Task', Resource: ARN, ResultPath: '$.work' } }), { a: 1 });
  expect(result).toEqual({ a: 1, work: { got: { a: 1 } } });
  expect(await aws.types(arn)).toEqual([
    ...['ExecutionStarted', 'TaskStateEntered', 'LambdaFunctionScheduled', 'LambdaFunctionStarted'],
    ...['LambdaFunctionSucceeded', 'TaskStateExited', 'ExecutionSucceeded'],
  ]);
});

test('a function error has the errorType as Error and the error JSON of Lambda as Cause', async () => {
  const aws = aStepFunctions({
    work() {
      throw new FunctionError(FAILURE);
    },
  });
  const { status, error, cause } = await aws.run(aMachine({ Work: invoke({}) }));
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'Throttled' });
  expect(JSON.parse(cause!)).toEqual(FAILURE);
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

test.each(['TooManyRequestsException', 'ResourceNotFoundException', 'ServiceException'])('%s of Lambda is Lambda.%s', async (code) => {
  const aws = aStepFunctions({
    work() {
      throw new ServiceError(code, 'Rate Exceeded.', 429);
    },
  });
  const { error, cause } = await aws.run(aMachine({ Work: invoke({}) }));
  expect(error).toBe(`Lambda.${code}`);
  expect(cause).toMatch(/^Rate Exceeded. \(Service: Lambda, Status Code: 429, Request ID: /);
});

test('Retry goes by name and backs off on the cloud clock', async () => {
  const aws = aStepFunctions({ work: failing([new FunctionError(FAILURE), new FunctionError(FAILURE), new FunctionError(FAILURE)]) });
  const Retry = [
    { ErrorEquals: ['Other'], IntervalSeconds: 99 },
    { ErrorEquals: ['Throttled'], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 3 },
  ];
  const { status, arn } = await aws.run(aMachine({ Work: invoke({}, { Retry }) }));
  expect(status).toBe('SUCCEEDED');
  expect(aws.calls.map(({ atMs }) => (atMs - START_MS) / 1000)).toEqual([0, 2, 8, 18]);
  const types = await aws.types(arn);
  expect(types.filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  expect(types.filter((type) => type === 'TaskScheduled')).toHaveLength(4);
});

test('by default a retrier waits 1, 2 and 4 seconds, then the error stands', async () => {
  const aws = aStepFunctions({ work: failing(Array(9).fill(new FunctionError(FAILURE))) });
  const { status, error } = await aws.run(aMachine({ Work: invoke({}, { Retry: [{ ErrorEquals: ['States.ALL'] }] }) }));
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'Throttled' });
  expect(aws.calls.map(({ atMs }) => (atMs - START_MS) / 1000)).toEqual([0, 1, 3, 7]);
});

test('JitterStrategy FULL draws the delay from the one source of chance', async () => {
  const aws = aStepFunctions({ work: failing([new FunctionError(FAILURE)]) }, { random: () => 0.25 });
  await aws.run(aMachine({ Work: invoke({}, { Retry: [{ ErrorEquals: ['Throttled'], IntervalSeconds: 8, JitterStrategy: 'FULL' }] }) }));
  expect(aws.calls.map(({ atMs }) => (atMs - START_MS) / 1000)).toEqual([0, 2]);
});

test('each retrier counts for itself', async () => {
  const named = (errorType: string) => new FunctionError({ errorType, errorMessage: '' });
  const aws = aStepFunctions({ work: failing(['A', 'B', 'C', 'B', 'B'].map(named)) });
  const Retry = [
    { ErrorEquals: ['A', 'B'], IntervalSeconds: 1, MaxAttempts: 2 },
    { ErrorEquals: ['C'], IntervalSeconds: 5 },
  ];
  const { error } = await aws.run(aMachine({ Work: invoke({}, { Retry }) }));
  expect(error).toBe('B');
  expect(aws.calls.map(({ atMs }) => (atMs - START_MS) / 1000)).toEqual([0, 1, 3, 8]);
});

test('Catch puts Error and Cause at its ResultPath beside the input', async () => {
  const aws = aStepFunctions({ work: failing([new FunctionError(FAILURE)]) });
  const Catch = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Undo' }];
  const { result, arn } = await aws.run(aMachine({ Work: invoke({}, { Catch, End: true }), Undo: { Type: 'Pass' } }), { id: 'r1' });
  expect(result).toEqual({ id: 'r1', failure: { Error: 'Throttled', Cause: JSON.stringify(FAILURE) } });
  expect(await aws.types(arn)).toEqual([
    ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskFailed', 'TaskStateExited'],
    ...['PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
  ]);
});

test('Catch without ResultPath replaces the input', async () => {
  const aws = aStepFunctions({ work: failing([new FunctionError(FAILURE)]) });
  const Catch = [{ ErrorEquals: ['States.TaskFailed'], Next: 'Undo' }];
  const { result } = await aws.run(aMachine({ Work: invoke({}, { Catch, End: true }), Undo: { Type: 'Pass' } }), { id: 'r1' });
  expect(Object.keys(result)).toEqual(['Error', 'Cause']);
});

test('States.ALL does not catch States.Runtime', async () => {
  const aws = aStepFunctions();
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }];
  const Retry = [{ ErrorEquals: ['States.ALL'] }];
  const work = invoke({ Payload: { 'x.$': '$.missing' } }, { Catch, Retry, End: true });
  const { status, error, cause } = await aws.run(aMachine({ Work: work, Undo: { Type: 'Pass' } }), { id: 1 });
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Runtime' });
  expect(cause).toBe(
    "An error occurred while executing the state 'Work' (entered at the event id #2). " +
      "The JSONPath '$.missing' specified for the field 'x.$' could not be found in the input '{\"id\":1}'",
  );
});

test('a result over 256 KiB is States.DataLimitExceeded, which States.ALL does not catch', async () => {
  const aws = aStepFunctions({ work: () => 'x'.repeat(262_145) });
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }];
  const { status, error, arn } = await aws.run(aMachine({ Work: invoke({}, { Catch, End: true }), Undo: { Type: 'Pass' } }));
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  expect((await aws.types(arn)).slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
});

test('what a task gives goes through JSON', async () => {
  const aws = aStepFunctions({ work: () => ({ at: new Date(0), none: undefined }) });
  const { result } = await aws.run(aMachine({ Work: invoke({}, { OutputPath: '$.Payload' }) }));
  expect(result).toEqual({ at: '1970-01-01T00:00:00.000Z' });
});

test('$$ tells the execution, the state and the machine; EnteredTime stays over retries, RetryCount counts them', async () => {
  const aws = aStepFunctions({ work: failing([new FunctionError(FAILURE)]) });
  const work = invoke({ Payload: { 'context.$': '$$', 'entered.$': '$$.State.EnteredTime' } }, { Retry: [{ ErrorEquals: ['Throttled'] }] });
  const { arn } = await aws.run(aMachine({ Rest: { Type: 'Wait', Seconds: 60 }, Work: work }), { a: 1 });
  expect(aws.calls[0]!.payload.context).toEqual({
    Execution: {
      Id: arn,
      Input: { a: 1 },
      Name: arn.split(':').at(-1),
      RoleArn: 'arn:aws:iam::123456789012:role/release',
      StartTime: '2026-03-01T09:00:00.250Z',
      RedriveCount: 0,
    },
    State: { EnteredTime: '2026-03-01T09:01:00.250Z', Name: 'Work', RetryCount: 0 },
    StateMachine: { Id: 'arn:aws:states:eu-west-1:123456789012:stateMachine:release', Name: 'release' },
  });
  expect(aws.calls[1]!.payload).toMatchObject({ entered: '2026-03-01T09:01:00.250Z', context: { State: { RetryCount: 1 } } });
});
