import { GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateAliasCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createFunction, createNotes, invoke, type Note, untilReady } from './functions.ts';

// Lambda developer guide, "Invoking a function synchronously", "How Lambda handles errors and retries with asynchronous
// invocation", "Configuring reserved concurrency for a function", "Lambda quotas", "Types of metrics for Lambda functions".

const account = await openAccount();
afterAll(account.close);
const { lambda, name } = account;

const code = `exports.handler = async (event, context) => {
  if (event.fail) throw new Error('no');
  return { got: event, arn: context.invokedFunctionArn };
};`;
const FunctionName = name('orders');
let arn: string;
let notes: Awaited<ReturnType<typeof createNotes>>;
beforeAll(async () => {
  arn = await createFunction(account, FunctionName, code, { Publish: true });
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  notes = await createNotes(account);
});

test('Invoke answers 200 with the payload, the executed version, and the ARN as it was asked for', async () => {
  expect(await invoke(account, FunctionName, { a: 1 }, { Qualifier: '1' })).toMatchObject({
    StatusCode: 200,
    ExecutedVersion: '1',
    FunctionError: undefined,
    payload: { got: { a: 1 }, arn: `${arn}:1` },
  });
  expect(await invoke(account, FunctionName, {}, { Qualifier: 'live' })).toMatchObject({
    ExecutedVersion: '1',
    payload: { arn: `${arn}:live` },
  });
  expect(await invoke(account, FunctionName)).toMatchObject({ ExecutedVersion: '$LATEST' });
});

test('DryRun answers 204 and runs nothing', async () => {
  const dry = name('dry');
  await notes.createNoting(dry);
  expect(await invoke(account, dry, {}, { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
  await account.pass(5);
  expect(await notes.notesOf(dry)).toEqual([]);
});

test('a payload that is no JSON is InvalidRequestContentException (400)', async () => {
  await expect(invoke(account, FunctionName, {}, { Payload: '{' })).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
    $metadata: { httpStatusCode: 400 },
  });
});

test('question: what is the event of a request without a payload? Assumed: {}', async () => {
  expect((await invoke(account, FunctionName, {}, { Payload: undefined })).payload.got).toEqual({});
});

test.each([
  ['RequestResponse', 6_291_456],
  ['Event', 1_048_576],
] as const)('%s takes a payload of %i bytes and not one more: RequestTooLargeException (413)', async (InvocationType, limit) => {
  const counting = name(`counting-${InvocationType}`);
  await createFunction(account, counting, 'exports.handler = async (event) => event.length;');
  const send = (bytes: number) => invoke(account, counting, 'x'.repeat(bytes - 2), { InvocationType });
  await expect(send(limit + 1)).rejects.toMatchObject({
    name: 'RequestTooLargeException',
    message: `${limit + 1} byte payload is too large for the ${InvocationType} invocation type (limit ${limit} bytes)`,
    $metadata: { httpStatusCode: 413 },
  });
  expect((await send(limit)).StatusCode).toBe(InvocationType === 'Event' ? 202 : 200);
});

test('an invocation of what does not exist is ResourceNotFoundException (404), asynchronous or not', async () => {
  const refused = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } };
  await expect(invoke(account, name('nobody'))).rejects.toMatchObject(refused);
  await expect(invoke(account, name('nobody'), {}, { InvocationType: 'Event' })).rejects.toMatchObject(refused);
  await expect(invoke(account, FunctionName, {}, { Qualifier: 'beta' })).rejects.toMatchObject(refused);
});

test('a reserved concurrency of 0 stops a function: TooManyRequestsException (429); without one it runs again', async () => {
  const stopped = name('stopped');
  await createFunction(account, stopped);
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: stopped, ReservedConcurrentExecutions: 0 }));
  await expect(invoke(account, stopped)).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    $metadata: { httpStatusCode: 429 },
  });
  const read = () => lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: stopped }));
  expect((await read()).ReservedConcurrentExecutions).toBe(0);
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: stopped }));
  expect(await read()).not.toHaveProperty('ReservedConcurrentExecutions');
  await account.until('it runs', () => invoke(account, stopped).catch(() => undefined), 60);
});

test('reserving more than the account has is InvalidParameterValueException', async () => {
  const put = new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1_000_000 });
  await expect(lambda.send(put)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
});

/** A function that fails `failures` times, with an alias, and what an event makes it do. */
async function anUnreliable(what: string, failures: number) {
  const unreliable = name(what);
  await notes.createNoting(unreliable, { Publish: true });
  await lambda.send(new CreateAliasCommand({ FunctionName: unreliable, Name: 'live', FunctionVersion: '1' }));
  const send = (more: object = {}) =>
    invoke(account, unreliable, failures ? { fail: 'Unreliable' } : {}, { InvocationType: 'Event', ...more });
  return { FunctionName: unreliable, send };
}

/** The minutes after its first at which calls were made, to half a minute: nobody promises seconds. */
const minutesOf = (calls: Note[]) => calls.map(({ at }) => Math.round((at.getTime() - calls[0]!.at.getTime()) / 30_000) / 2);

test('an asynchronous request answers 202; one that fails is tried twice more, after one and then two minutes, under its own id', async () => {
  const unreliable = await anUnreliable('unreliable', 9);
  expect(await unreliable.send()).toMatchObject({ StatusCode: 202, FunctionError: undefined });
  await notes.untilCalled(unreliable.FunctionName, 3, 600);
  await account.pass(300);
  const calls = await notes.notesOf(unreliable.FunctionName);
  expect(minutesOf(calls)).toEqual([0, 1, 3]);
  expect(new Set(calls.map(({ requestId }) => requestId)).size).toBe(1);
});

test('an asynchronous request that succeeds is not tried again', async () => {
  const reliable = await anUnreliable('reliable', 0);
  await reliable.send();
  await notes.untilCalled(reliable.FunctionName, 1, 60);
  await account.pass(240);
  expect(await notes.notesOf(reliable.FunctionName)).toHaveLength(1);
});

test('MaximumRetryAttempts of the alias holds for requests through it', async () => {
  const unreliable = await anUnreliable('tried-once', 9);
  const target = { FunctionName: unreliable.FunctionName, Qualifier: 'live' };
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ ...target, MaximumRetryAttempts: 0 }));
  expect(await lambda.send(new GetFunctionEventInvokeConfigCommand(target))).toMatchObject({ MaximumRetryAttempts: 0 });
  await unreliable.send({ Qualifier: 'live' });
  await notes.untilCalled(unreliable.FunctionName, 1, 60);
  await account.pass(300);
  expect(await notes.notesOf(unreliable.FunctionName)).toHaveLength(1);
});

test('an event older than MaximumEventAgeInSeconds is not tried again', async () => {
  const unreliable = await anUnreliable('too-old', 9);
  const config = { FunctionName: unreliable.FunctionName, MaximumEventAgeInSeconds: 120 };
  await lambda.send(new PutFunctionEventInvokeConfigCommand(config));
  await unreliable.send();
  await notes.untilCalled(unreliable.FunctionName, 2, 180);
  await account.pass(300);
  expect(minutesOf(await notes.notesOf(unreliable.FunctionName))).toEqual([0, 1]);
});

test.each([
  ['MaximumRetryAttempts', 3],
  ['MaximumEventAgeInSeconds', 59],
  ['MaximumEventAgeInSeconds', 21_601],
])('%s of %i is out of range: ValidationException', async (member, value) => {
  const put = new PutFunctionEventInvokeConfigCommand({ FunctionName, [member]: value });
  await expect(lambda.send(put)).rejects.toMatchObject({ name: 'ValidationException' });
});

// "For throttling errors (429) and system errors (500-series), Lambda returns the event to the queue and attempts to run
// the function again for up to 6 hours by default. The retry interval increases exponentially from 1 second after the first
// attempt to a maximum of 5 minutes."
test('a throttled event waits in the queue until the function may run', async () => {
  const throttled = await anUnreliable('throttled', 0);
  const { FunctionName: stopped } = throttled;
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: stopped, ReservedConcurrentExecutions: 0 }));
  await throttled.send();
  await account.pass(120);
  expect(await notes.notesOf(stopped)).toEqual([]);
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: stopped }));
  expect(await notes.untilCalled(stopped, 1, 420)).toHaveLength(1);
});

test('question: does each try of an event follow the alias anew? Assumed: it does', async () => {
  const moved = await anUnreliable('moved', 9);
  await moved.send({ Qualifier: 'live' });
  await notes.untilCalled(moved.FunctionName, 1, 30);
  await lambda.send(new UpdateAliasCommand({ FunctionName: moved.FunctionName, Name: 'live', FunctionVersion: '$LATEST' }));
  const calls = await notes.untilCalled(moved.FunctionName, 3, 600);
  expect(calls.map(({ version }) => version)).toEqual(['1', '$LATEST', '$LATEST']);
});

/** Reads statistics of AWS/Lambda metrics over the last hour until `isThere`. */
async function untilMeasured(
  queries: { metric: string; stat: string; dimensions: Record<string, string> }[],
  isThere: (totals: number[]) => boolean,
) {
  const read = async () => {
    const now = account.cloudNow().getTime();
    const { MetricDataResults } = await account.cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - 3_600_000),
        EndTime: new Date(now + 60_000),
        MetricDataQueries: queries.map(({ metric, stat, dimensions }, at) => ({
          Id: `q${at}`,
          MetricStat: {
            Metric: {
              Namespace: 'AWS/Lambda',
              MetricName: metric,
              Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            },
            Period: 60,
            Stat: stat,
          },
        })),
      }),
    );
    const totals = MetricDataResults!.map(({ Values }) => Values!.reduce((sum, value) => sum + value, 0));
    return isThere(totals) ? totals : undefined;
  };
  return account.until('the metrics have arrived', read, 900);
}

// The dimension Resource is for a version or an alias, ExecutedVersion for the two versions of a weighted alias.
test('requests through a split alias are counted by the version that served them', async () => {
  const measured = name('measured-split');
  await createFunction(account, measured, code, { Publish: true });
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: measured, Description: 'green' }));
  await untilReady(account, measured);
  await lambda.send(new PublishVersionCommand({ FunctionName: measured }));
  await untilReady(account, measured, '2');
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.5 } };
  await lambda.send(new CreateAliasCommand({ FunctionName: measured, Name: 'live', FunctionVersion: '1', RoutingConfig }));
  const served = { '1': 0, '2': 0 };
  for (let request = 0; request < 40; request++) {
    served[(await invoke(account, measured, {}, { Qualifier: 'live' })).ExecutedVersion as '1' | '2']++;
  }
  expect(Math.min(served[1], served[2])).toBeGreaterThan(0);
  const alias = { FunctionName: measured, Resource: `${measured}:live` };
  const sets = [alias, { ...alias, ExecutedVersion: '1' }, { ...alias, ExecutedVersion: '2' }];
  const queries = sets.map((dimensions) => ({ metric: 'Invocations', stat: 'Sum', dimensions }));
  expect(await untilMeasured(queries, ([all]) => all === 40)).toEqual([40, served[1], served[2]]);
});

// AWS documents ExecutedVersion for "a combination of alias and version", and says nothing of an alias without weights.
test('question: has a request through an alias that is not split an ExecutedVersion? Assumed: yes, as through a split one', async () => {
  const measured = name('measured');
  await createFunction(account, measured, code, { Publish: true });
  await lambda.send(new CreateAliasCommand({ FunctionName: measured, Name: 'live', FunctionVersion: '1' }));
  await invoke(account, measured, {}, { Qualifier: 'live' });
  await invoke(account, measured, { fail: true }, { Qualifier: 'live' });
  const alias = { FunctionName: measured, Resource: `${measured}:live` };
  const sets = [{ FunctionName: measured }, alias, { ...alias, ExecutedVersion: '1' }];
  const queries = sets.flatMap((dimensions) => [
    { metric: 'Invocations', stat: 'Sum', dimensions },
    { metric: 'Errors', stat: 'Sum', dimensions },
    { metric: 'Duration', stat: 'SampleCount', dimensions },
  ]);
  const totals = await untilMeasured(queries, (found) => found.every((total) => total > 0) && found[0] === 2);
  expect(totals).toEqual([2, 1, 2, 2, 1, 2, 2, 1, 2]);
});

test('question: has Errors a sample for every request, 0 for a good one? Assumed: yes, as many as Invocations', async () => {
  const measured = name('measured-errors');
  await createFunction(account, measured, code, { Publish: true });
  await lambda.send(new CreateAliasCommand({ FunctionName: measured, Name: 'live', FunctionVersion: '1' }));
  for (const fail of [false, true, false]) await invoke(account, measured, { fail }, { Qualifier: 'live' });
  const dimensions = { FunctionName: measured, Resource: `${measured}:live`, ExecutedVersion: '1' };
  const queries = [
    { metric: 'Invocations', stat: 'Sum', dimensions },
    { metric: 'Errors', stat: 'SampleCount', dimensions },
    { metric: 'Errors', stat: 'Sum', dimensions },
    { metric: 'Errors', stat: 'TC(0:)', dimensions },
  ];
  expect(await untilMeasured(queries, ([invocations]) => invocations === 3)).toEqual([3, 3, 1, 1]);
});

test('question: can Duration, of which percentiles are documented, be counted above a value? Assumed: yes', async () => {
  const measured = name('measured-slow');
  await createFunction(account, measured, code);
  await invoke(account, measured);
  const dimensions = { FunctionName: measured };
  const queries = ['SampleCount', 'TC(:60000)', 'TC(60000:)'].map((stat) => ({ metric: 'Duration', stat, dimensions }));
  expect(await untilMeasured(queries, ([count]) => count === 1)).toEqual([1, 1, 0]);
});

test('requests are counted without dimensions, too, over all functions of the account', async () => {
  await invoke(account, FunctionName);
  const [total] = await untilMeasured([{ metric: 'Invocations', stat: 'Sum', dimensions: {} }], ([found]) => found! > 0);
  expect(total).toBeGreaterThan(0);
});

test('a request to a version has no ExecutedVersion', async () => {
  const measured = name('measured-version');
  await createFunction(account, measured, code, { Publish: true });
  await invoke(account, measured, {}, { Qualifier: '1' });
  const version = { FunctionName: measured, Resource: `${measured}:1` };
  const queries = [version, { ...version, ExecutedVersion: '1' }].map((dimensions) => ({ metric: 'Invocations', stat: 'Sum', dimensions }));
  expect(await untilMeasured(queries, ([byVersion]) => byVersion! > 0)).toEqual([1, 0]);
});

test('question: which Resource has a request without a qualifier? Assumed: the name of the function', async () => {
  const measured = name('measured-function');
  await createFunction(account, measured, code);
  await invoke(account, measured);
  const dimensions = { FunctionName: measured, Resource: measured };
  expect(await untilMeasured([{ metric: 'Invocations', stat: 'Sum', dimensions }], ([total]) => total! > 0)).toEqual([1]);
  const listed = await account.cloudwatch.send(
    new ListMetricsCommand({ Namespace: 'AWS/Lambda', MetricName: 'Invocations', Dimensions: [{ Name: 'FunctionName', Value: measured }] }),
  );
  expect(listed.Metrics!.map(({ Dimensions }) => Object.fromEntries(Dimensions!.map(({ Name, Value }) => [Name, Value])))).toEqual(
    expect.arrayContaining([{ FunctionName: measured }, dimensions]),
  );
});

// The metric Throttles: what was throttled counts neither as an invocation nor as an error.
test('a throttled request is counted under Throttles only', async () => {
  const throttled = name('measured-throttle');
  await createFunction(account, throttled, code);
  await invoke(account, throttled);
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: throttled, ReservedConcurrentExecutions: 0 }));
  await account.until(
    'it is throttled',
    () =>
      invoke(account, throttled).then(
        () => false,
        ({ name }) => name === 'TooManyRequestsException',
      ),
    60,
  );
  const dimensions = { FunctionName: throttled };
  const queries = ['Throttles', 'Invocations', 'Errors'].map((metric) => ({ metric, stat: 'Sum', dimensions }));
  const [throttles, invocations, errors] = await untilMeasured(queries, ([found, ran]) => found! > 0 && ran! > 0);
  expect(throttles).toBeGreaterThanOrEqual(1);
  expect([invocations, errors]).toEqual([1, 0]);
});
