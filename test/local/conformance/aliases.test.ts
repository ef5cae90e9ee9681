import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  ListAliasesCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  type UpdateAliasCommandInput,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createFunction, invoke, untilReady } from './functions.ts';

// Lambda developer guide, "Create an alias for a Lambda function" and "Implement Lambda canary deployments using a
// weighted alias"; API reference, CreateAlias, UpdateAlias, AliasRoutingConfiguration, DeleteFunction.

const account = await openAccount();
afterAll(account.close);
const { lambda } = account;
const FunctionName = account.name('orders');
const Name = 'live';
let functionArn: string;

const configure = async (changes: Partial<UpdateFunctionConfigurationCommandInput>) => {
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...changes }));
  await untilReady(account, FunctionName);
};
const publish = async () => (await lambda.send(new PublishVersionCommand({ FunctionName }))).Version!;
const get = () => lambda.send(new GetAliasCommand({ FunctionName, Name }));
const update = (changes: Partial<UpdateAliasCommandInput>) => lambda.send(new UpdateAliasCommand({ FunctionName, Name, ...changes }));
const weights = (AdditionalVersionWeights: Record<string, number>) => update({ RoutingConfig: { AdditionalVersionWeights } });

beforeAll(async () => {
  functionArn = await createFunction(account, FunctionName, 'exports.handler = async () => 1;');
  for (const Description of ['one', 'two', 'three']) {
    await configure({ Description });
    await publish();
  }
});

beforeEach(async () => {
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }));
});

test('an alias is created with a version, an ARN and a revision, and without weights has no RoutingConfig', async () => {
  const alias = await get();
  expect(alias).toMatchObject({ AliasArn: `${functionArn}:live`, Name, FunctionVersion: '1', Description: '' });
  expect(alias.RevisionId).toBeTruthy();
  expect(alias).not.toHaveProperty('RoutingConfig');
});

test('an alias name is taken once: ResourceConflictException', async () => {
  await expect(lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }))).rejects.toMatchObject({
    name: 'ResourceConflictException',
    message: `Alias already exists: ${functionArn}:live`,
    $metadata: { httpStatusCode: 409 },
  });
});

test('an alias that does not exist is ResourceNotFoundException', async () => {
  await expect(lambda.send(new GetAliasCommand({ FunctionName, Name: 'beta' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Cannot find alias arn: ${functionArn}:beta`,
    $metadata: { httpStatusCode: 404 },
  });
});

test.each(['7', 'a b', 'x'.repeat(129)])('%s is no alias name', async (name) => {
  await expect(lambda.send(new CreateAliasCommand({ FunctionName, Name: name, FunctionVersion: '1' }))).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('UpdateAlias is partial: what is not named stays', async () => {
  await weights({ 2: 0.25 });
  await update({ Description: 'serves the shop' });
  expect(await update({ FunctionVersion: '3' })).toMatchObject({
    FunctionVersion: '3',
    Description: 'serves the shop',
    RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } },
  });
});

test('an empty AdditionalVersionWeights clears the weights', async () => {
  await weights({ 2: 0.25 });
  expect(await weights({})).not.toHaveProperty('RoutingConfig');
  expect(await get()).not.toHaveProperty('RoutingConfig');
});

test('every update of an alias gives it a new RevisionId', async () => {
  const seen = new Set([(await get()).RevisionId]);
  for (const changes of [{ Description: 'new' }, { FunctionVersion: '2' }, { RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } } }]) {
    seen.add((await update(changes)).RevisionId);
    expect((await get()).RevisionId).toBe([...seen].at(-1));
  }
  expect(seen.size).toBe(4);
});

// AliasConfiguration: "A unique identifier that changes when you update the alias", and nothing of updates that change nothing.
test('question: does an update that changes nothing give a new RevisionId? Assumed: it does', async () => {
  const before = await get();
  const after = await update({ FunctionVersion: '1' });
  expect(after).toMatchObject({ FunctionVersion: '1', Description: '' });
  expect(after.RevisionId).not.toBe(before.RevisionId);
  expect((await weights({})).RevisionId).not.toBe(after.RevisionId);
});

test('a RevisionId that is not the latest is PreconditionFailedException (412), and nothing changes', async () => {
  const { RevisionId } = await get();
  const moved = await update({ FunctionVersion: '2', RevisionId });
  await expect(update({ FunctionVersion: '3', RevisionId })).rejects.toMatchObject({
    name: 'PreconditionFailedException',
    $metadata: { httpStatusCode: 412 },
  });
  expect(await get()).toMatchObject({ FunctionVersion: '2', RevisionId: moved.RevisionId });
});

test('at most one additional version: InvalidParameterValueException', async () => {
  await expect(weights({ 2: 0.1, 3: 0.1 })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: 'Number of items in AdditionalVersionWeights cannot be greater than 1',
  });
});

test.each([-0.1, 1.1])('a weight of %d is out of 0 to 1: ValidationException', async (weight) => {
  await expect(weights({ 2: weight })).rejects.toMatchObject({ name: 'ValidationException' });
});

test.each([0, 0.001, 1])('a weight of %d is taken', async (weight) => {
  expect(await weights({ 2: weight })).toMatchObject({ RoutingConfig: { AdditionalVersionWeights: { 2: weight } } });
});

test('CreateAlias takes weights too, under the same rules', async () => {
  const create = (AdditionalVersionWeights: Record<string, number>) =>
    lambda.send(new CreateAliasCommand({ FunctionName, Name: 'split', FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights } }));
  await expect(create({ 1: 0.5 })).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  expect(await create({ 2: 0.5 })).toMatchObject({ RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } });
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'split' }));
});

test('the additional version is not the version itself: InvalidParameterValueException', async () => {
  const message = 'Invalid function version 1. Function version 1 is already included in routing configuration.';
  await expect(weights({ 1: 0.5 })).rejects.toMatchObject({ name: 'InvalidParameterValueException', message });
});

test('moving the version onto the additional one is refused while the weights stay', async () => {
  await weights({ 2: 0.5 });
  await expect(update({ FunctionVersion: '2' })).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  expect(await update({ FunctionVersion: '2', RoutingConfig: { AdditionalVersionWeights: {} } })).not.toHaveProperty('RoutingConfig');
});

test('question: does a RoutingConfig without AdditionalVersionWeights clear the weights too? Assumed: it does', async () => {
  await weights({ 2: 0.5 });
  expect(await update({ FunctionVersion: '2', RoutingConfig: {} })).not.toHaveProperty('RoutingConfig');
});

test('both versions have to exist: ResourceNotFoundException, naming the version', async () => {
  const error = { name: 'ResourceNotFoundException', message: `Function not found: ${functionArn}:1000` };
  await expect(weights({ 1000: 0.5 })).rejects.toMatchObject(error);
  await expect(update({ FunctionVersion: '1000' })).rejects.toMatchObject(error);
});

test('$LATEST takes no part in a split, on either side', async () => {
  await expect(weights({ $LATEST: 0.5 })).rejects.toMatchObject({ name: 'ValidationException' });
  await update({ FunctionVersion: '$LATEST' });
  await expect(weights({ 2: 0.5 })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: '$LATEST is not supported for an alias pointing to more than 1 version',
  });
});

test('both versions have the same execution role: InvalidParameterValueException', async () => {
  await configure({ Role: account.otherRoleArn() });
  const version = await publish();
  await expect(weights({ [version]: 0.5 })).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  await configure({ Role: account.roleArn });
});

test('both versions have the same dead-letter configuration: InvalidParameterValueException', async () => {
  await configure({ DeadLetterConfig: { TargetArn: `arn:aws:sqs:${account.region}:${account.accountId}:${account.name('dead')}` } });
  const version = await publish();
  await expect(weights({ [version]: 0.5 })).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  await configure({ DeadLetterConfig: { TargetArn: '' } });
});

test('a version that an alias names, in either place, is not deleted: ResourceConflictException', async () => {
  await configure({ Description: 'to be deleted' });
  const version = await publish();
  await weights({ [version]: 0.5 });
  for (const Qualifier of ['1', version]) {
    await expect(lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: 'Unable to delete version because the following aliases reference it: [live]',
    });
  }
  await weights({});
  await lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: version }));
  await expect(lambda.send(new GetFunctionCommand({ FunctionName, Qualifier: version }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('ListAliases lists by name, or those of one version', async () => {
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'beta', FunctionVersion: '2' }));
  const names = async (FunctionVersion?: string) =>
    (await lambda.send(new ListAliasesCommand({ FunctionName, FunctionVersion }))).Aliases!.map((alias) => alias.Name);
  expect(await names()).toEqual(['beta', 'live']);
  expect(await names('2')).toEqual(['beta']);
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'beta' }));
});

test('a deleted alias is gone, and deleting it again is fine', async () => {
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name }));
  await lambda.send(new DeleteAliasCommand({ FunctionName, Name }));
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

/** The versions that ran `requests` requests through the alias, and how many each. */
async function countVersions(requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let begun = 0;
  const caller = async () => {
    while (begun++ < requests) {
      const { ExecutedVersion } = await invoke(account, FunctionName, 1, { Qualifier: Name });
      counts[ExecutedVersion!] = (counts[ExecutedVersion!] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return counts;
}

/** How far the share of one version may be from its weight, in requests, with a confidence of 99.9 %. */
const binomialBound = (requests: number, weight: number) => 3.2905 * Math.sqrt(requests * weight * (1 - weight));

// The guide speaks of a simple probabilistic model: each request for itself, at random.
test.each([0.1, 0.5])(
  'a weight of %d gets its share of 20,000 requests, within the bound of 99.9 percent',
  async (weight) => {
    await weights({ 2: weight });
    const requests = 20_000;
    const { 1: primary, 2: additional } = await countVersions(requests);
    expect(primary! + additional!).toBe(requests);
    expect(Math.abs(additional! - requests * weight)).toBeLessThan(binomialBound(requests, weight));
  },
  900_000,
);

test('a weight of 0 gets no request', async () => {
  await weights({ 2: 0 });
  expect(await countVersions(500)).toEqual({ 1: 500 });
});

test('question: does a weight of 1.0 route every request to the additional version? Assumed: it does', async () => {
  await weights({ 2: 1 });
  expect(await countVersions(500)).toEqual({ 2: 500 });
});

test('question: does an update of an alias reach every request that comes after its answer? Assumed: it does', async () => {
  for (const weight of [1, 0, 1, 0]) {
    await weights({ 2: weight });
    expect(await countVersions(20)).toEqual({ [weight ? '2' : '1']: 20 });
  }
});
