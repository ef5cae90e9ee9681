import {
  GetAccountSettingsCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetFunctionUrlConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  ListLayersCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import type { Allocation } from '../../local/lambda/provisioned-concurrency.ts';
import { create, createWorld, fakeHost, ORDERS_ARN } from './lambda-world.ts';

const FunctionName = 'orders';
const publish = (client: LambdaClient, input = {}) => client.send(new PublishVersionCommand({ FunctionName, ...input }));
const get = (client: LambdaClient, input = {}) => client.send(new GetFunctionConfigurationCommand({ FunctionName, ...input }));

test('properties that nothing acts on are kept and given back', async () => {
  const { client } = createWorld();
  const settings = {
    Description: 'orders',
    VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: [] },
    TracingConfig: { Mode: 'Active' as const },
    Architectures: ['arm64' as const],
    LoggingConfig: { LogFormat: 'JSON' as const, LogGroup: '/own' },
    EphemeralStorage: { Size: 1024 },
    DeadLetterConfig: { TargetArn: 'arn:aws:sqs:eu-west-1:123456789012:dead' },
    KMSKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1',
    Environment: { Variables: { STAGE: 'test' } },
  };
  await create(client, { ...settings, Tags: { team: 'shop' }, Layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:l:1'] });
  const { Configuration, Tags } = await client.send(new GetFunctionCommand({ FunctionName }));
  expect(Configuration).toMatchObject({ ...settings, Layers: [{ Arn: 'arn:aws:lambda:eu-west-1:123456789012:layer:l:1' }] });
  expect(Tags).toEqual({ team: 'shop' });
});

test('no function has a code signing configuration, and Terraform, which asks, is told so', async () => {
  const { client } = createWorld();
  await create(client);
  const { CodeSigningConfigArn, FunctionName: name } = await client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }));
  expect([CodeSigningConfigArn, name]).toEqual([undefined, FunctionName]);
  await expect(client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: 'payments' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('a misspelt property is refused by name', async () => {
  const { lambda } = createWorld();
  const { status, headers, body } = await lambda.handle({
    method: 'POST',
    path: '/2015-03-31/functions',
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(JSON.stringify({ FunctionName, Memorysize: 512 })),
    caller: { accessKeyId: 'AKIA', arn: '' },
  });
  expect([status, headers['x-amzn-errortype']]).toEqual([400, 'ValidationException']);
  expect(String(body)).toContain('Memorysize');
});

test.each([
  ['a container image', { PackageType: 'Image' as const, Runtime: undefined, Handler: undefined }, 'PackageType Image'],
  ['code in S3', { Code: { S3Bucket: 'bucket', S3Key: 'key' } }, 'S3Bucket'],
  ['another runtime', { Runtime: 'python3.13' as const }, 'python3.13'],
  ['a durable function', { DurableConfig: { ExecutionTimeout: 60 } }, 'DurableConfig'],
])('%s is refused by name', async (_, changes, name) => {
  const { client } = createWorld();
  await expect(create(client, changes)).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringContaining(name),
  });
});

test('an operation that the local AWS does not have is refused by name', async () => {
  const { client } = createWorld();
  await expect(client.send(new ListLayersCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: 'the local AWS does not support ListLayers of Lambda',
  });
});

test('a function takes cloud time to become Active, and cannot be published or invoked before', async () => {
  const { client, clock } = createWorld({ activeAfterMs: 5000 });
  expect(await create(client)).toMatchObject({ State: 'Pending', StateReasonCode: 'Creating' });
  const pending = {
    name: 'ResourceConflictException',
    message: 'The operation cannot be performed at this time. The function is currently in the following state: Pending',
  };
  await expect(publish(client)).rejects.toMatchObject(pending);
  await expect(client.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject(pending);
  await clock.advanceTo(clock.nowMs() + 5000);
  expect(await get(client)).toMatchObject({ State: 'Active', LastUpdateStatus: 'Successful' });
  expect(await publish(client)).toMatchObject({ State: 'Pending', Version: '1' });
});

test('provisioned concurrency takes cloud time, and fails with a reason where a test says so', async () => {
  const allocation: Allocation = { afterMs: 90_000 };
  const { client, clock } = createWorld({ allocation });
  await create(client, { Publish: true });
  const named = { FunctionName, Qualifier: '1' };
  const put = () => client.send(new PutProvisionedConcurrencyConfigCommand({ ...named, ProvisionedConcurrentExecutions: 3 }));
  const read = () => client.send(new GetProvisionedConcurrencyConfigCommand(named));
  expect(await put()).toMatchObject({ Status: 'IN_PROGRESS', AllocatedProvisionedConcurrentExecutions: 0 });
  await clock.advanceTo(clock.nowMs() + 89_000);
  expect(await read()).toMatchObject({ Status: 'IN_PROGRESS' });
  await clock.advanceTo(clock.nowMs() + 1_000);
  expect(await read()).toMatchObject({ Status: 'READY', AvailableProvisionedConcurrentExecutions: 3 });

  allocation.failure = 'FUNCTION_ERROR_INIT_FAILURE';
  await put();
  await clock.advanceTo(clock.nowMs() + 90_000);
  expect(await read()).toMatchObject({ Status: 'FAILED', StatusReason: 'FUNCTION_ERROR_INIT_FAILURE' });
});

test('what functions reserve is not left for the others', async () => {
  const { client } = createWorld();
  await create(client);
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 50 }));
  expect(await client.send(new GetAccountSettingsCommand({}))).toMatchObject({
    AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 950 },
    AccountUsage: { FunctionCount: 1 },
  });
});

test('while an update is in progress nothing can be published or updated, and requests get the code from before', async () => {
  const host = fakeHost((version) => ({ payload: version.memoryMb }));
  const { client, clock, lambda } = createWorld({ host, activeAfterMs: 5000 });
  await create(client);
  await clock.advanceTo(clock.nowMs() + 5000);
  const update = () => client.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 512 }));
  const memory = async () => String(Buffer.from((await lambda.invoke({ functionName: FunctionName, payload: Buffer.alloc(0) })).payload));

  expect(await update()).toMatchObject({ LastUpdateStatus: 'InProgress', MemorySize: 512 });
  const inProgress = {
    name: 'ResourceConflictException',
    message: `The operation cannot be performed at this time. An update is in progress for resource: ${ORDERS_ARN}`,
  };
  await expect(publish(client)).rejects.toMatchObject(inProgress);
  await expect(update()).rejects.toMatchObject(inProgress);
  expect(await memory()).toBe('128');

  await clock.advanceTo(clock.nowMs() + 5000);
  expect(await get(client)).toMatchObject({ LastUpdateStatus: 'Successful' });
  expect(await memory()).toBe('512');
  expect(host.closed.map(({ memoryMb }) => memoryMb)).toEqual([128]);
});

test('no function has an event source mapping or a URL', async () => {
  const { client } = createWorld();
  await create(client);
  expect((await client.send(new ListEventSourceMappingsCommand({ FunctionName }))).EventSourceMappings).toEqual([]);
  await expect(client.send(new GetFunctionUrlConfigCommand({ FunctionName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The resource you requested does not exist.',
  });
  await expect(client.send(new ListEventSourceMappingsCommand({ FunctionName: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
