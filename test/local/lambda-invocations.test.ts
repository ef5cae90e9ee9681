import {
  CreateAliasCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { create, createWorld, fakeHost } from './lambda-world.ts';

const FunctionName = 'orders';
const MINUTE_MS = 60_000;
const invoke = (client: LambdaClient, input: Partial<InvokeCommandInput> = {}) =>
  client.send(new InvokeCommand({ FunctionName, Payload: '{}', ...input }));

test('Invoke answers with the payload, the executed version and, when asked, the log', async () => {
  const host = fakeHost((_, { payload, invokedFunctionArn }) => ({
    payload: { got: JSON.parse(String(Buffer.from(payload))), arn: invokedFunctionArn },
    logTail: 'hello\n',
  }));
  const { client } = createWorld({ host });
  await create(client, { Publish: true });
  const answer = await invoke(client, { Payload: '{"a":1}', Qualifier: '1', LogType: 'Tail' });
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '1' });
  expect(answer.FunctionError).toBeUndefined();
  expect(JSON.parse(answer.Payload!.transformToString())).toEqual({
    got: { a: 1 },
    arn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:1',
  });
  expect(String(Buffer.from(answer.LogResult!, 'base64'))).toBe('hello\n');
  expect((await invoke(client)).LogResult).toBeUndefined();
});

test('a function error is a 200 with X-Amz-Function-Error', async () => {
  const { client } = createWorld({ host: fakeHost(() => ({ functionError: 'Unhandled', payload: { errorMessage: 'no' } })) });
  await create(client);
  expect(await invoke(client)).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
});

test('DryRun runs nothing', async () => {
  const host = fakeHost();
  const { client } = createWorld({ host });
  await create(client);
  expect(await invoke(client, { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
  expect(host.opened).toEqual([]);
});

test('a payload that is no JSON is InvalidRequestContentException; none at all is {}', async () => {
  const payloads: string[] = [];
  const { client } = createWorld({
    host: fakeHost((_, { payload }) => {
      payloads.push(String(Buffer.from(payload)));
      return {};
    }),
  });
  await create(client);
  await expect(invoke(client, { Payload: '{' })).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
  await invoke(client, { Payload: undefined });
  expect(payloads).toEqual(['{}']);
});

test.each([
  ['RequestResponse', 6_291_456],
  ['Event', 1_048_576],
] as const)('%s takes a payload of %i bytes and not one more', async (InvocationType, limit) => {
  const { client } = createWorld();
  await create(client);
  const payload = (bytes: number) => Buffer.from(JSON.stringify('x'.repeat(bytes - 2)));
  await expect(invoke(client, { InvocationType, Payload: payload(limit + 1) })).rejects.toMatchObject({
    name: 'RequestTooLargeException',
    message: `${limit + 1} byte payload is too large for the ${InvocationType} invocation type (limit ${limit} bytes)`,
    $metadata: { httpStatusCode: 413 },
  });
  await invoke(client, { InvocationType, Payload: payload(limit) });
});

test('a request through an alias is counted by function, by alias, and by alias and version', async () => {
  const { client, metrics, clock } = createWorld({ host: fakeHost(() => ({ functionError: 'Unhandled', durationMs: 12 })) });
  await create(client, { Publish: true });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 256, Description: 'two' }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await invoke(client, { Qualifier: 'live' });
  const dimensionSets = [
    {},
    { FunctionName },
    { FunctionName, Resource: 'orders:live' },
    { FunctionName, Resource: 'orders:live', ExecutedVersion: '1' },
  ];
  const expected = [
    { metricName: 'Invocations', value: 1, unit: 'Count' },
    { metricName: 'Errors', value: 1, unit: 'Count' },
    { metricName: 'Duration', value: 12, unit: 'Milliseconds' },
  ].flatMap((metric) => dimensionSets.map((dimensions) => ({ namespace: 'AWS/Lambda', ...metric, dimensions, atMs: clock.nowMs() })));
  expect(metrics).toEqual(expected);
});

test('a request to a version, or to the function, has no ExecutedVersion', async () => {
  const { client, metrics } = createWorld();
  await create(client, { Publish: true });
  await invoke(client, { Qualifier: '1' });
  await invoke(client);
  const resources = metrics.filter(({ metricName }) => metricName === 'Errors').map(({ dimensions, value }) => ({ ...dimensions, value }));
  expect(resources).toEqual([
    { value: 0 },
    { FunctionName, value: 0 },
    { FunctionName, Resource: 'orders:1', value: 0 },
    { value: 0 },
    { FunctionName, value: 0 },
    { FunctionName, Resource: 'orders', value: 0 },
  ]);
});

test('reserved concurrency throttles what runs beyond it, over all versions, and counts it under Throttles only', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { client, metrics } = createWorld({
    host: fakeHost(async () => {
      await gate;
      return {};
    }),
  });
  await create(client, { Publish: true });
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 2 }));
  const running = [invoke(client), invoke(client, { Qualifier: '1' })];
  await expect(invoke(client)).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    $metadata: { httpStatusCode: 429 },
  });
  expect(metrics.map(({ metricName }) => metricName)).toEqual(['Throttles', 'Throttles', 'Throttles']);
  open();
  await Promise.all(running);
  await invoke(client);
  expect(metrics.filter(({ metricName, dimensions }) => metricName === 'Invocations' && !('FunctionName' in dimensions))).toHaveLength(3);
});

test('a reserved concurrency of 0 stops a function; without one it runs again', async () => {
  const { client } = createWorld();
  await create(client);
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  await expect(invoke(client)).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  expect(await client.send(new GetFunctionConcurrencyCommand({ FunctionName }))).not.toHaveProperty('ReservedConcurrentExecutions');
  expect(await invoke(client)).toMatchObject({ StatusCode: 200 });
});

test('reserving leaves the account 100 unreserved', async () => {
  const { client } = createWorld();
  await create(client);
  await expect(client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 901 }))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
});

/** A function that fails `failures` times, and the cloud minutes at which it ran. */
async function anUnreliableWorld(failures: number) {
  const minutes: number[] = [];
  const requestIds = new Set<string>();
  const world = createWorld({
    host: fakeHost((_, { requestId }) => {
      requestIds.add(requestId);
      minutes.push((world.clock.nowMs() - startedMs) / MINUTE_MS);
      return minutes.length <= failures ? { functionError: 'Unhandled' } : {};
    }),
  });
  const startedMs = world.clock.nowMs();
  await create(world.client, { Publish: true });
  await world.client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  const pass = (cloudMinutes: number) => world.clock.advanceTo(world.clock.nowMs() + cloudMinutes * MINUTE_MS);
  return { ...world, minutes, requestIds, pass };
}

test('an asynchronous request that fails is tried again after one and then two minutes, under its own id', async () => {
  const { client, minutes, requestIds, pass } = await anUnreliableWorld(9);
  expect(await invoke(client, { InvocationType: 'Event' })).toMatchObject({ StatusCode: 202 });
  await pass(600);
  expect(minutes).toEqual([0, 1, 3]);
  expect(requestIds.size).toBe(1);
});

test('an asynchronous request that succeeds is not tried again', async () => {
  const { client, minutes, pass } = await anUnreliableWorld(1);
  await invoke(client, { InvocationType: 'Event' });
  await pass(600);
  expect(minutes).toEqual([0, 1]);
});

test('MaximumRetryAttempts of the alias holds for requests through it', async () => {
  const { client, minutes, pass } = await anUnreliableWorld(9);
  const config = { FunctionName, Qualifier: 'live', MaximumRetryAttempts: 0 };
  await client.send(new PutFunctionEventInvokeConfigCommand(config));
  expect(await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: 'live' }))).toMatchObject({
    MaximumRetryAttempts: 0,
  });
  await invoke(client, { InvocationType: 'Event', Qualifier: 'live' });
  await pass(600);
  expect(minutes).toEqual([0]);
});

test('an event older than MaximumEventAgeInSeconds is not tried again', async () => {
  const { client, minutes, pass } = await anUnreliableWorld(9);
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 60 }));
  await invoke(client, { InvocationType: 'Event' });
  await pass(600);
  expect(minutes).toEqual([0, 1]);
});

test('a destination is refused by name', async () => {
  const { client } = await anUnreliableWorld(0);
  const OnFailure = { Destination: 'arn:aws:sqs:eu-west-1:123456789012:dead' };
  await expect(
    client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnFailure } })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException', message: expect.stringContaining('DestinationConfig.OnFailure') });
});

test('a throttled event waits in the queue until the function may run', async () => {
  const { client, minutes, pass } = await anUnreliableWorld(0);
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  await invoke(client, { InvocationType: 'Event' });
  await pass(30);
  expect(minutes).toEqual([]);
  await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  await pass(6);
  expect(minutes).toHaveLength(1);
});

test('each try of an event follows the alias anew', async () => {
  const versions: string[] = [];
  const { client, lambda, clock } = createWorld({
    host: fakeHost(({ version }) => {
      versions.push(version);
      return version === '1' ? { functionError: 'Unhandled' } : {};
    }),
  });
  await create(client, { Publish: true });
  await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await lambda.invokeAsync({ functionName: FunctionName, qualifier: 'live', payload: Buffer.alloc(0) });
  await clock.advanceTo(clock.nowMs() + 1000);
  await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '$LATEST' }));
  await clock.advanceTo(clock.nowMs() + 10 * MINUTE_MS);
  expect(versions).toEqual(['1', '$LATEST']);
});

test('an asynchronous request to a function that does not exist is refused at once', async () => {
  const { lambda } = createWorld();
  await expect(lambda.invokeAsync({ functionName: 'nobody', payload: Buffer.alloc(0) })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  });
});
