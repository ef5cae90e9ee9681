import { createHash } from 'node:crypto';
import {
  AddPermissionCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  type LambdaClient,
  ListFunctionsCommand,
  ListProvisionedConcurrencyConfigsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { aFunction, create, createWorld, fakeHost, ORDERS_ARN, ROLE, zipOf } from './lambda-world.ts';

const FunctionName = 'orders';
const otherZip = zipOf({ 'index.js': 'exports.handler = async () => 2;' });
const publish = (client: LambdaClient, input = {}) => client.send(new PublishVersionCommand({ FunctionName, ...input }));
const get = (client: LambdaClient, input = {}) => client.send(new GetFunctionConfigurationCommand({ FunctionName, ...input }));

test('CreateFunction answers with the configuration: defaults, ARN, and the base64 SHA-256 of the zip', async () => {
  const { client } = createWorld();
  const created = await create(client);
  const zip = aFunction().Code!.ZipFile!;
  expect(created).toMatchObject({
    FunctionArn: ORDERS_ARN,
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    MemorySize: 128,
    Timeout: 3,
    CodeSha256: createHash('sha256').update(zip).digest('base64'),
    CodeSize: zip.length,
    TracingConfig: { Mode: 'PassThrough' },
    LastModified: '2026-01-15T12:00:00.000+0000',
    PackageType: 'Zip',
  });
  expect(await get(client)).toMatchObject({ RevisionId: created.RevisionId });
});

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

test.each([
  ['a zip that is none', { Code: { ZipFile: Buffer.from('no zip') } }, 'InvalidParameterValueException'],
  ['a timeout over 15 minutes', { Timeout: 901 }, 'ValidationException'],
  ['memory under 128 MB', { MemorySize: 64 }, 'ValidationException'],
  ['a role that is no ARN', { Role: 'orders' }, 'ValidationException'],
  ['a reserved environment variable', { Environment: { Variables: { AWS_REGION: 'x' } } }, 'InvalidParameterValueException'],
  ['no handler', { Handler: undefined }, 'InvalidParameterValueException'],
])('%s is refused', async (_, changes, name) => {
  const { client } = createWorld();
  await expect(create(client, changes)).rejects.toMatchObject({ name });
});

test('a function name is taken once', async () => {
  const { client } = createWorld();
  await create(client);
  await expect(create(client)).rejects.toMatchObject({ name: 'ResourceConflictException', message: 'Function already exist: orders' });
});

test.each([FunctionName, `123456789012:function:${FunctionName}`, ORDERS_ARN])('FunctionName may be %s', async (name) => {
  const { client } = createWorld();
  await create(client, { Publish: true });
  expect(await get(client, { FunctionName: name })).toMatchObject({ FunctionArn: ORDERS_ARN, Version: '$LATEST' });
  expect(await get(client, { FunctionName: `${name}:1` })).toMatchObject({ FunctionArn: `${ORDERS_ARN}:1`, Version: '1' });
  expect(await get(client, { FunctionName: name, Qualifier: '1' })).toMatchObject({ FunctionArn: `${ORDERS_ARN}:1`, Version: '1' });
  await expect(get(client, { FunctionName: `${name}:1`, Qualifier: '2' })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: 'The derived qualifier from the function name does not match the specified qualifier.',
  });
});

test('a function that does not exist is ResourceNotFoundException, naming its ARN', async () => {
  const { client } = createWorld();
  await expect(client.send(new GetFunctionCommand({ FunctionName, Qualifier: 'live' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Function not found: ${ORDERS_ARN}:live`,
    $metadata: { httpStatusCode: 404 },
  });
});

test('an operation that the local AWS does not have is refused by name', async () => {
  const { client } = createWorld();
  await expect(client.send(new GetAccountSettingsCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: 'the local AWS does not support GetAccountSettings of Lambda',
  });
});

test('PublishVersion numbers versions, and gives $LATEST a new revision', async () => {
  const { client } = createWorld();
  const created = await create(client);
  expect(await publish(client, { Description: 'first' })).toMatchObject({
    Version: '1',
    FunctionArn: `${ORDERS_ARN}:1`,
    Description: 'first',
  });
  const latest = await get(client);
  expect(latest.RevisionId).not.toBe(created.RevisionId);
  expect(latest.Description).toBe('');
});

test('PublishVersion returns the last version when neither code nor configuration changed since', async () => {
  const { client } = createWorld();
  await create(client);
  const first = await publish(client);
  expect(await publish(client, { Description: 'again' })).toMatchObject({ Version: '1', RevisionId: first.RevisionId });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 256 }));
  expect(await publish(client)).toMatchObject({ Version: '2', MemorySize: 256 });
  await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip }));
  expect(await publish(client)).toMatchObject({ Version: '3' });
});

test('PublishVersion holds to CodeSha256 and RevisionId', async () => {
  const { client } = createWorld();
  const { CodeSha256, RevisionId } = await create(client);
  await expect(publish(client, { CodeSha256: 'other' })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: `CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
  });
  await expect(publish(client, { RevisionId: 'other' })).rejects.toMatchObject({ name: 'PreconditionFailedException' });
  expect(await publish(client, { CodeSha256, RevisionId })).toMatchObject({ Version: '1' });
});

test('a published version does not change with $LATEST', async () => {
  const host = fakeHost((version) => ({ payload: version.environment }));
  const { client, lambda } = createWorld({ host });
  await create(client, { Environment: { Variables: { COLOUR: 'blue' } }, Publish: true });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { COLOUR: 'green' } } }));
  const answer = async (qualifier?: string) =>
    String(Buffer.from((await lambda.invoke({ functionName: FunctionName, qualifier, payload: Buffer.alloc(0) })).payload));
  expect(await answer('1')).toBe('{"COLOUR":"blue"}');
  expect(await answer()).toBe('{"COLOUR":"green"}');
});

test('version numbers are not used again, also after the function was deleted and created anew', async () => {
  const { client } = createWorld();
  await create(client, { Publish: true });
  await client.send(new DeleteFunctionCommand({ FunctionName }));
  expect(await create(client, { Publish: true })).toMatchObject({ Version: '2' });
});

test('ListVersionsByFunction begins with $LATEST', async () => {
  const { client } = createWorld();
  await create(client, { Publish: true });
  const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName }));
  expect(Versions!.map(({ FunctionArn }) => FunctionArn)).toEqual([`${ORDERS_ARN}:$LATEST`, `${ORDERS_ARN}:1`]);
});

test('ListFunctions pages', async () => {
  const { client } = createWorld();
  for (const name of ['a1', 'b1', 'c1']) await create(client, { FunctionName: name });
  const first = await client.send(new ListFunctionsCommand({ MaxItems: 2 }));
  const second = await client.send(new ListFunctionsCommand({ MaxItems: 2, Marker: first.NextMarker }));
  expect([first, second].map(({ Functions }) => Functions!.map((fn) => fn.FunctionName))).toEqual([['a1', 'b1'], ['c1']]);
  expect(second.NextMarker).toBeUndefined();
});

test('$LATEST is deleted only with the function, which takes its versions along', async () => {
  const { client } = createWorld();
  await create(client, { Publish: true });
  await expect(client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '$LATEST' }))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
  await client.send(new DeleteFunctionCommand({ FunctionName }));
  await expect(get(client, { Qualifier: '1' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
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

test('UpdateFunctionCode holds to RevisionId and can publish', async () => {
  const { client } = createWorld();
  const { RevisionId } = await create(client);
  const update = (input = {}) => client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip, ...input }));
  await expect(update({ RevisionId: 'other' })).rejects.toMatchObject({ name: 'PreconditionFailedException' });
  expect(await update({ RevisionId, Publish: true })).toMatchObject({ Version: '1', FunctionArn: `${ORDERS_ARN}:1` });
});

test('AddPermission keeps a statement in the policy and gives the resource a new revision', async () => {
  const { client } = createWorld();
  const { RevisionId } = await create(client);
  const permission = { FunctionName, StatementId: 'http', Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' };
  await client.send(new AddPermissionCommand({ ...permission, SourceArn: 'arn:aws:execute-api:eu-west-1:123456789012:abc/*' }));
  await expect(client.send(new AddPermissionCommand(permission))).rejects.toMatchObject({ name: 'ResourceConflictException' });
  const policy = await client.send(new GetPolicyCommand({ FunctionName }));
  expect(JSON.parse(policy.Policy!).Statement).toEqual([
    {
      Sid: 'http',
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: ORDERS_ARN,
      Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:execute-api:eu-west-1:123456789012:abc/*' } },
    },
  ]);
  expect(policy.RevisionId).not.toBe(RevisionId);
  await client.send(new RemovePermissionCommand({ FunctionName, StatementId: 'http' }));
  await expect(client.send(new GetPolicyCommand({ FunctionName }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('provisioned concurrency is kept per version or alias and is ready at once', async () => {
  const { client } = createWorld();
  await create(client, { Publish: true });
  const target = { FunctionName, Qualifier: '1' };
  await expect(client.send(new GetProvisionedConcurrencyConfigCommand(target))).rejects.toMatchObject({
    name: 'ProvisionedConcurrencyConfigNotFoundException',
  });
  await client.send(new PutProvisionedConcurrencyConfigCommand({ ...target, ProvisionedConcurrentExecutions: 3 }));
  expect(await client.send(new GetProvisionedConcurrencyConfigCommand(target))).toMatchObject({
    Status: 'READY',
    AllocatedProvisionedConcurrentExecutions: 3,
  });
  const { ProvisionedConcurrencyConfigs } = await client.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
  expect(ProvisionedConcurrencyConfigs).toMatchObject([{ FunctionArn: `${ORDERS_ARN}:1` }]);
  await expect(
    client.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: '$LATEST', ProvisionedConcurrentExecutions: 1 })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
});

test('tags are those of CreateFunction and TagResource', async () => {
  const { client } = createWorld();
  await create(client, { Tags: { team: 'shop' }, Role: ROLE });
  await client.send(new TagResourceCommand({ Resource: ORDERS_ARN, Tags: { stage: 'test' } }));
  expect((await client.send(new ListTagsCommand({ Resource: ORDERS_ARN }))).Tags).toEqual({ team: 'shop', stage: 'test' });
});
