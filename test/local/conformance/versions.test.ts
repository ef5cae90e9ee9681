import { createHash } from 'node:crypto';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListFunctionsCommand,
  ListProvisionedConcurrencyConfigsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { aFunction, createFunction, ECHO, invoke, untilReady, zipOf } from './functions.ts';

// Lambda developer guide, "Manage Lambda function versions"; API reference, CreateFunction, PublishVersion,
// UpdateFunctionCode, UpdateFunctionConfiguration, FunctionConfiguration, DeleteFunction, AddPermission.

const account = await openAccount();
afterAll(account.close);
const { lambda, name } = account;

const otherZip = zipOf('exports.handler = async () => 2;');
const get = (FunctionName: string, Qualifier?: string) => lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
const publish = (FunctionName: string, input = {}) => lambda.send(new PublishVersionCommand({ FunctionName, ...input }));
const configure = async (FunctionName: string, changes: object) => {
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...changes }));
  await untilReady(account, FunctionName);
};

test('a function is created with the documented defaults, an ARN, and the base64 SHA-256 of its zip', async () => {
  const FunctionName = name('defaults');
  const FunctionArn = await createFunction(account, FunctionName, ECHO, { Timeout: undefined });
  const zip = zipOf(ECHO);
  expect(await get(FunctionName)).toMatchObject({
    FunctionName,
    FunctionArn: `arn:aws:lambda:${account.region}:${account.accountId}:function:${FunctionName}`,
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    MemorySize: 128,
    Timeout: 3,
    CodeSha256: createHash('sha256').update(zip).digest('base64'),
    CodeSize: zip.length,
    TracingConfig: { Mode: 'PassThrough' },
    Architectures: ['x86_64'],
    PackageType: 'Zip',
    LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
  });
  expect((await get(FunctionArn)).FunctionName).toBe(FunctionName);
});

test.each([
  ['a zip that is none', { Code: { ZipFile: Buffer.from('no zip') } }, 'InvalidParameterValueException'],
  ['a timeout over 15 minutes', { Timeout: 901 }, 'ValidationException'],
  ['memory under 128 MB', { MemorySize: 64 }, 'ValidationException'],
  ['a role that is no ARN', { Role: 'orders' }, 'ValidationException'],
  ['a reserved environment variable', { Environment: { Variables: { AWS_REGION: 'x' } } }, 'InvalidParameterValueException'],
  ['environment variables of over 4 KB', { Environment: { Variables: { BIG: 'x'.repeat(4096) } } }, 'InvalidParameterValueException'],
  ['no handler', { Handler: undefined }, 'InvalidParameterValueException'],
])('CreateFunction refuses %s', async (_, changes, error) => {
  const input = aFunction(account, ECHO, { FunctionName: name('refused'), ...changes });
  await expect(lambda.send(new CreateFunctionCommand(input))).rejects.toMatchObject({ name: error });
});

test('a function name is taken once: ResourceConflictException', async () => {
  const FunctionName = name('taken');
  await createFunction(account, FunctionName);
  await expect(lambda.send(new CreateFunctionCommand(aFunction(account, ECHO, { FunctionName })))).rejects.toMatchObject({
    name: 'ResourceConflictException',
    message: `Function already exist: ${FunctionName}`,
    $metadata: { httpStatusCode: 409 },
  });
});

test('FunctionName may be a name, a partial ARN or an ARN, with a qualifier in it or beside it', async () => {
  const FunctionName = name('named');
  const arn = await createFunction(account, FunctionName, ECHO, { Publish: true });
  for (const named of [FunctionName, `${account.accountId}:function:${FunctionName}`, arn]) {
    expect(await get(named)).toMatchObject({ FunctionArn: arn, Version: '$LATEST' });
    expect(await get(`${named}:1`)).toMatchObject({ FunctionArn: `${arn}:1`, Version: '1' });
    expect(await get(named, '1')).toMatchObject({ FunctionArn: `${arn}:1`, Version: '1' });
    await expect(get(`${named}:1`, '2')).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'The derived qualifier from the function name does not match the specified qualifier.',
    });
  }
});

test('a function that does not exist is ResourceNotFoundException (404), naming its ARN', async () => {
  const FunctionName = name('nobody');
  await expect(lambda.send(new GetFunctionCommand({ FunctionName, Qualifier: 'live' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Function not found: arn:aws:lambda:${account.region}:${account.accountId}:function:${FunctionName}:live`,
    $metadata: { httpStatusCode: 404 },
  });
});

test('PublishVersion numbers versions from 1, with a description of their own, and $LATEST keeps its own', async () => {
  const FunctionName = name('numbered');
  const arn = await createFunction(account, FunctionName);
  expect(await publish(FunctionName, { Description: 'first' })).toMatchObject({
    Version: '1',
    FunctionArn: `${arn}:1`,
    Description: 'first',
  });
  expect(await get(FunctionName)).toMatchObject({ Version: '$LATEST', Description: '' });
  await configure(FunctionName, { MemorySize: 256 });
  expect(await publish(FunctionName)).toMatchObject({ Version: '2', MemorySize: 256 });
});

// "Lambda doesn't publish a version if the function's configuration and code haven't changed since the last version."
test('PublishVersion returns the last version when neither code nor configuration changed since', async () => {
  const FunctionName = name('unchanged');
  await createFunction(account, FunctionName);
  await publish(FunctionName);
  await untilReady(account, FunctionName, '1');
  const first = await get(FunctionName, '1');
  expect(await publish(FunctionName, { Description: 'again' })).toMatchObject({ Version: '1', RevisionId: first.RevisionId });
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip }));
  await untilReady(account, FunctionName);
  expect(await publish(FunctionName)).toMatchObject({ Version: '2' });
});

test('question: is the same code and configuration as two versions ago a new version? Assumed: it is, only the last one counts', async () => {
  const FunctionName = name('there-and-back');
  await createFunction(account, FunctionName);
  await publish(FunctionName);
  await configure(FunctionName, { MemorySize: 256 });
  await publish(FunctionName);
  await configure(FunctionName, { MemorySize: 128 });
  expect(await publish(FunctionName)).toMatchObject({ Version: '3' });
});

test('PublishVersion holds to CodeSha256: InvalidParameterValueException when $LATEST has other code', async () => {
  const FunctionName = name('pinned');
  await createFunction(account, FunctionName);
  const { CodeSha256 } = await get(FunctionName);
  const other = createHash('sha256').update('other').digest('base64');
  await expect(publish(FunctionName, { CodeSha256: other })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: `CodeSHA256 (${other}) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
  });
  expect(await publish(FunctionName, { CodeSha256 })).toMatchObject({ Version: '1', CodeSha256 });
});

test('PublishVersion and the updates hold to the RevisionId of $LATEST: PreconditionFailedException (412)', async () => {
  const FunctionName = name('revisions');
  await createFunction(account, FunctionName);
  const stale = { RevisionId: '00000000-0000-4000-8000-000000000000' };
  const refused = { name: 'PreconditionFailedException', $metadata: { httpStatusCode: 412 } };
  await expect(publish(FunctionName, stale)).rejects.toMatchObject(refused);
  const update = (input: object) => lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip, ...input }));
  await expect(update(stale)).rejects.toMatchObject(refused);
  const reconfigure = new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 256, ...stale });
  await expect(lambda.send(reconfigure)).rejects.toMatchObject(refused);
  expect(await update({ RevisionId: (await get(FunctionName)).RevisionId, Publish: true })).toMatchObject({ Version: '1' });
});

test('UpdateFunctionCode with DryRun answers what would be, and changes nothing', async () => {
  const FunctionName = name('dry');
  await createFunction(account, FunctionName);
  const before = await get(FunctionName);
  const tried = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip, DryRun: true }));
  expect(tried.CodeSha256).toBe(createHash('sha256').update(otherZip).digest('base64'));
  const { RevisionId, CodeSha256 } = await get(FunctionName);
  expect({ RevisionId, CodeSha256 }).toEqual({ RevisionId: before.RevisionId, CodeSha256: before.CodeSha256 });
});

test('an update of code or configuration gives $LATEST a new RevisionId', async () => {
  const FunctionName = name('updated');
  await createFunction(account, FunctionName);
  const seen = new Set([(await get(FunctionName)).RevisionId]);
  await configure(FunctionName, { MemorySize: 256 });
  seen.add((await get(FunctionName)).RevisionId);
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip }));
  await untilReady(account, FunctionName);
  seen.add((await get(FunctionName)).RevisionId);
  expect(seen.size).toBe(3);
});

test('question: does an update of the configuration that changes nothing give a new RevisionId? Assumed: it does', async () => {
  const FunctionName = name('not-updated');
  await createFunction(account, FunctionName);
  const { RevisionId } = await get(FunctionName);
  await configure(FunctionName, { MemorySize: 128 });
  expect((await get(FunctionName)).RevisionId).not.toBe(RevisionId);
});

test('question: does publishing a version give $LATEST a new RevisionId? Assumed: it does, unless nothing was published', async () => {
  const FunctionName = name('published');
  await createFunction(account, FunctionName);
  const { RevisionId } = await get(FunctionName);
  await publish(FunctionName);
  const published = await get(FunctionName);
  expect(published.RevisionId).not.toBe(RevisionId);
  await publish(FunctionName);
  expect((await get(FunctionName)).RevisionId).toBe(published.RevisionId);
});

test('a published version does not change with $LATEST', async () => {
  const FunctionName = name('immutable');
  const code = 'exports.handler = async () => process.env.COLOUR;';
  await createFunction(account, FunctionName, code, { Environment: { Variables: { COLOUR: 'blue' } }, Publish: true });
  await configure(FunctionName, { Environment: { Variables: { COLOUR: 'green' } } });
  expect((await invoke(account, FunctionName, {}, { Qualifier: '1' })).payload).toBe('blue');
  expect((await invoke(account, FunctionName)).payload).toBe('green');
});

test('version numbers are not used again, also after the function was deleted and created anew', async () => {
  const FunctionName = name('reborn');
  await createFunction(account, FunctionName, ECHO, { Publish: true });
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  await account.until(
    'the function is gone',
    () =>
      get(FunctionName).then(
        () => false,
        () => true,
      ),
    60,
  );
  await lambda.send(new CreateFunctionCommand(aFunction(account, ECHO, { FunctionName })));
  await untilReady(account, FunctionName);
  expect(await publish(FunctionName)).toMatchObject({ Version: '2' });
});

test('ListVersionsByFunction begins with $LATEST and pages', async () => {
  const FunctionName = name('listed');
  const arn = await createFunction(account, FunctionName, ECHO, { Publish: true });
  await configure(FunctionName, { MemorySize: 256 });
  await publish(FunctionName);
  const list = (input = {}) => lambda.send(new ListVersionsByFunctionCommand({ FunctionName, ...input }));
  expect((await list()).Versions!.map(({ FunctionArn }) => FunctionArn)).toEqual([`${arn}:$LATEST`, `${arn}:1`, `${arn}:2`]);
  const first = await list({ MaxItems: 2 });
  const second = await list({ MaxItems: 2, Marker: first.NextMarker });
  expect([first, second].map(({ Versions }) => Versions!.map(({ Version }) => Version))).toEqual([['$LATEST', '1'], ['2']]);
  expect(second.NextMarker).toBeUndefined();
});

test('ListFunctions pages until there is no NextMarker', async () => {
  const names = ['a1', 'b1', 'c1'].map(name);
  for (const FunctionName of names) await createFunction(account, FunctionName);
  const found: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(new ListFunctionsCommand({ MaxItems: 2, Marker }));
    expect(page.Functions!.length).toBeLessThanOrEqual(2);
    found.push(...page.Functions!.map(({ FunctionName }) => FunctionName!));
    Marker = page.NextMarker;
  } while (Marker);
  expect(found).toEqual(expect.arrayContaining(names));
  expect(new Set(found).size).toBe(found.length);
});

test('$LATEST is deleted only with the function, which takes its versions along', async () => {
  const FunctionName = name('deleted');
  await createFunction(account, FunctionName, ECHO, { Publish: true });
  await expect(lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '$LATEST' }))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  await account.until(
    'its version is gone',
    () =>
      get(FunctionName, '1').then(
        () => false,
        ({ name }) => name === 'ResourceNotFoundException',
      ),
    60,
  );
});

test('AddPermission keeps a statement in the policy, once under its id, and gives the resource a new RevisionId', async () => {
  const FunctionName = name('permitted');
  const arn = await createFunction(account, FunctionName);
  const { RevisionId } = await get(FunctionName);
  const SourceArn = `arn:aws:execute-api:${account.region}:${account.accountId}:abcdefghij/*`;
  const permission = { FunctionName, StatementId: 'http', Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' };
  await lambda.send(new AddPermissionCommand({ ...permission, SourceArn }));
  await expect(lambda.send(new AddPermissionCommand(permission))).rejects.toMatchObject({ name: 'ResourceConflictException' });
  const policy = await lambda.send(new GetPolicyCommand({ FunctionName }));
  expect(JSON.parse(policy.Policy!).Statement).toEqual([
    {
      Sid: 'http',
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: arn,
      Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
    },
  ]);
  expect(policy.RevisionId).not.toBe(RevisionId);
  await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'http' }));
  await expect(lambda.send(new GetPolicyCommand({ FunctionName }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

// GetPolicy, AddPermission, RemovePermission: "Qualifier: Specify a version or alias".
test('the function, each version and each alias have a policy of their own, of which GetPolicy tells', async () => {
  const FunctionName = name('policies');
  const arn = await createFunction(account, FunctionName, ECHO, { Publish: true });
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  const permission = { StatementId: 'schedule', Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' };
  const policyOf = async (Qualifier?: string) => {
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }));
    return JSON.parse(Policy!).Statement.map(({ Sid, Resource }: { Sid: string; Resource: string }) => [Sid, Resource]);
  };
  const none = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } };
  for (const Qualifier of ['1', 'live']) {
    await expect(policyOf(Qualifier)).rejects.toMatchObject(none);
    await lambda.send(new AddPermissionCommand({ FunctionName, Qualifier, ...permission }));
    expect(await policyOf(Qualifier)).toEqual([['schedule', `${arn}:${Qualifier}`]]);
  }
  await expect(policyOf()).rejects.toMatchObject(none);
  await lambda.send(new RemovePermissionCommand({ FunctionName, Qualifier: 'live', StatementId: 'schedule' }));
  await expect(policyOf('live')).rejects.toMatchObject(none);
  expect(await policyOf('1')).toEqual([['schedule', `${arn}:1`]]);
  await expect(policyOf('nobody')).rejects.toMatchObject(none);
});

// "Control access to Lambda function URLs": the policy of a URL that anyone may call.
test('a permission for a function URL has a condition on how callers are known, NONE or AWS_IAM', async () => {
  const FunctionName = name('with-url');
  await createFunction(account, FunctionName);
  const permission = { FunctionName, StatementId: 'url', Action: 'lambda:InvokeFunctionUrl', Principal: '*' };
  await lambda.send(new AddPermissionCommand({ ...permission, FunctionUrlAuthType: 'NONE' }));
  const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  expect(JSON.parse(Policy!).Statement).toMatchObject([
    { Principal: '*', Action: 'lambda:InvokeFunctionUrl', Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } } },
  ]);
  const unknown = { ...permission, StatementId: 'other', FunctionUrlAuthType: 'ANY' as 'NONE' };
  await expect(lambda.send(new AddPermissionCommand(unknown))).rejects.toMatchObject({ name: 'ValidationException' });
});

// "Configuring provisioned concurrency for a function": on a version or an alias, never on $LATEST.
test('provisioned concurrency is configured for a version and not for $LATEST', async () => {
  const FunctionName = name('provisioned');
  const arn = await createFunction(account, FunctionName, ECHO, { Publish: true });
  const target = { FunctionName, Qualifier: '1' };
  const read = () => lambda.send(new GetProvisionedConcurrencyConfigCommand(target));
  await expect(read()).rejects.toMatchObject({ name: 'ProvisionedConcurrencyConfigNotFoundException' });
  const put = (Qualifier: string) =>
    lambda.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: 1 }));
  await expect(put('$LATEST')).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  // API reference, PutProvisionedConcurrencyConfig: 202, with the status of the allocation.
  expect(await put('1')).toMatchObject({ RequestedProvisionedConcurrentExecutions: 1, Status: 'IN_PROGRESS' });
  await account.until('it is ready', async () => (await read()).Status === 'READY', 300);
  expect(await read()).toMatchObject({ RequestedProvisionedConcurrentExecutions: 1, AllocatedProvisionedConcurrentExecutions: 1 });
  const { ProvisionedConcurrencyConfigs } = await lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
  expect(ProvisionedConcurrencyConfigs).toMatchObject([{ FunctionArn: `${arn}:1` }]);
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(target));
  await expect(read()).rejects.toMatchObject({ name: 'ProvisionedConcurrencyConfigNotFoundException' });
  // API reference, DeleteProvisionedConcurrencyConfig: 204.
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(target));
  await lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '1' }));
  await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

// API reference, GetAccountSettings: UnreservedConcurrentExecutions is what is not reserved for single functions.
test('the limits of the account tell how much concurrency is not reserved', async () => {
  const { AccountLimit, AccountUsage } = await lambda.send(new GetAccountSettingsCommand({}));
  expect(AccountLimit!.ConcurrentExecutions).toBeGreaterThanOrEqual(AccountLimit!.UnreservedConcurrentExecutions!);
  expect(AccountLimit).toMatchObject({ CodeSizeUnzipped: 262_144_000, CodeSizeZipped: 52_428_800 });
  expect(AccountUsage!.FunctionCount).toBeGreaterThanOrEqual(0);
});

test('tags are those of CreateFunction and TagResource, without those of UntagResource', async () => {
  const FunctionName = name('tagged');
  const Resource = await createFunction(account, FunctionName, ECHO, { Tags: { team: 'shop', old: 'x' } });
  await lambda.send(new TagResourceCommand({ Resource, Tags: { stage: 'test' } }));
  await lambda.send(new UntagResourceCommand({ Resource, TagKeys: ['old'] }));
  expect((await lambda.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ team: 'shop', stage: 'test' });
});
