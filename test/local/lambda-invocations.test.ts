import {
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { startMs } from './a-ground.ts';
import { create, createWorld, fakeHost } from './lambda-world.ts';

const FunctionName = 'orders';
const invoke = (client: LambdaClient, input: Partial<InvokeCommandInput> = {}) =>
  client.send(new InvokeCommand({ FunctionName, Payload: '{}', ...input }));

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

test('reserving leaves the account 100 unreserved', async () => {
  const { client } = createWorld();
  await create(client);
  await expect(client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 901 }))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
});

test('a destination is refused by name', async () => {
  const { client } = createWorld();
  await create(client);
  const OnFailure = { Destination: 'arn:aws:sqs:eu-west-1:123456789012:dead' };
  await expect(
    client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnFailure } })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException', message: expect.stringContaining('DestinationConfig.OnFailure') });
});

/** A line of a function that counts one bad request at `Timestamp`. */
const badAt = (Timestamp: number) =>
  JSON.stringify({
    _aws: { Timestamp, CloudWatchMetrics: [{ Namespace: 'Shop', Dimensions: [['version']], Metrics: [{ Name: 'bad' }] }] },
    version: '1',
    bad: 1,
  });

test.each([
  ['by the machine', 1_700_000_000_000],
  ['by cloud time', undefined],
])('metrics that a function prints lie with their request, be its clock set %s', async (_how, functionStartMs) => {
  const beganMs = functionStartMs ?? startMs;
  const distances = [0, 250, -60_000, 3 * 3_600_000, -15 * 86_400_000];
  const metricLines = ['{"_aws"', ...distances.map((distanceMs) => badAt(beganMs + distanceMs))];
  const { client, metrics } = createWorld({ host: fakeHost(() => ({ metricLines, ...(functionStartMs && { functionStartMs }) })) });
  await create(client);
  await invoke(client);
  const printed = metrics.filter(({ namespace }) => namespace === 'Shop');
  expect(printed).toMatchObject([0, 250, -60_000].map((distanceMs) => ({ metricName: 'bad', value: 1, atMs: startMs + distanceMs })));
});
