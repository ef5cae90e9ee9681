import {
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
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
