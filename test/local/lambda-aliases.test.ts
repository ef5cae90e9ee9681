import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  type LambdaClient,
  ListAliasesCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  type UpdateAliasCommandInput,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, createWorld, fakeHost, ORDERS_ARN } from './lambda-world.ts';

const FunctionName = 'orders';
const Name = 'live';

describe('aliases', () => {
  let client: LambdaClient;
  let lambda: ReturnType<typeof createWorld>['lambda'];

  const configure = (changes: Partial<UpdateFunctionConfigurationCommandInput>) =>
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...changes }));
  const publish = () => client.send(new PublishVersionCommand({ FunctionName }));
  const update = (changes: Partial<UpdateAliasCommandInput>) => client.send(new UpdateAliasCommand({ FunctionName, Name, ...changes }));
  const weights = (AdditionalVersionWeights: Record<string, number>) => update({ RoutingConfig: { AdditionalVersionWeights } });

  beforeEach(async () => {
    ({ client, lambda } = createWorld({ host: fakeHost(({ version }) => ({ payload: version })) }));
    await create(client);
    for (const Description of ['one', 'two', 'three']) {
      await configure({ Description });
      await publish();
    }
    await client.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }));
  });

  test('an alias is created with a version, an ARN and a revision, and without weights has no RoutingConfig', async () => {
    const alias = await client.send(new GetAliasCommand({ FunctionName, Name }));
    expect(alias).toMatchObject({ AliasArn: `${ORDERS_ARN}:live`, Name, FunctionVersion: '1', Description: '' });
    expect(alias.RevisionId).toBeTruthy();
    expect(alias).not.toHaveProperty('RoutingConfig');
  });

  test('an alias name is taken once', async () => {
    await expect(client.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: `Alias already exists: ${ORDERS_ARN}:live`,
      $metadata: { httpStatusCode: 409 },
    });
  });

  test('an alias that does not exist is ResourceNotFoundException', async () => {
    await expect(client.send(new GetAliasCommand({ FunctionName, Name: 'beta' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Cannot find alias arn: ${ORDERS_ARN}:beta`,
    });
  });

  test('a number is no alias name', async () => {
    await expect(client.send(new CreateAliasCommand({ FunctionName, Name: '7', FunctionVersion: '1' }))).rejects.toMatchObject({
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
  });

  test('an update changes RevisionId, also when it changes nothing else', async () => {
    const before = await client.send(new GetAliasCommand({ FunctionName, Name }));
    const after = await update({ FunctionVersion: '1' });
    expect(after).toMatchObject({ FunctionVersion: '1', Description: '' });
    expect(after.RevisionId).not.toBe(before.RevisionId);
  });

  test('a RevisionId that is not the latest is PreconditionFailedException, and nothing changes', async () => {
    const { RevisionId } = await client.send(new GetAliasCommand({ FunctionName, Name }));
    const moved = await update({ FunctionVersion: '2', RevisionId });
    await expect(update({ FunctionVersion: '3', RevisionId })).rejects.toMatchObject({
      name: 'PreconditionFailedException',
      $metadata: { httpStatusCode: 412 },
    });
    expect(await client.send(new GetAliasCommand({ FunctionName, Name }))).toMatchObject({
      FunctionVersion: '2',
      RevisionId: moved.RevisionId,
    });
  });

  test('at most one additional version', async () => {
    await expect(weights({ 2: 0.1, 3: 0.1 })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Number of items in AdditionalVersionWeights cannot be greater than 1',
    });
  });

  test.each([-0.1, 1.1])('a weight of %d is refused', async (weight) => {
    await expect(weights({ 2: weight })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test.each([0, 1])('a weight of %d is taken', async (weight) => {
    expect(await weights({ 2: weight })).toMatchObject({ RoutingConfig: { AdditionalVersionWeights: { 2: weight } } });
  });

  test('the additional version is not the version itself', async () => {
    const message = 'Invalid function version 1. Function version 1 is already included in routing configuration.';
    await expect(weights({ 1: 0.5 })).rejects.toMatchObject({ name: 'InvalidParameterValueException', message });
  });

  test('moving the version onto the additional one is refused while the weights stay', async () => {
    await weights({ 2: 0.5 });
    await expect(update({ FunctionVersion: '2' })).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    expect(await update({ FunctionVersion: '2', RoutingConfig: {} })).not.toHaveProperty('RoutingConfig');
  });

  test('both versions have to exist', async () => {
    const error = { name: 'ResourceNotFoundException', message: `Function not found: ${ORDERS_ARN}:10` };
    await expect(weights({ 10: 0.5 })).rejects.toMatchObject(error);
    await expect(update({ FunctionVersion: '10' })).rejects.toMatchObject(error);
  });

  test('$LATEST takes no part in a split, on either side', async () => {
    await expect(weights({ $LATEST: 0.5 })).rejects.toMatchObject({ name: 'ValidationException' });
    await update({ FunctionVersion: '$LATEST' });
    await expect(weights({ 2: 0.5 })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: '$LATEST is not supported for an alias pointing to more than 1 version',
    });
  });

  test('both versions have the same execution role', async () => {
    await configure({ Role: 'arn:aws:iam::123456789012:role/other' });
    const { Version } = await publish();
    await expect(weights({ [Version!]: 0.5 })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Specified versions must be associated with the same execution role',
    });
  });

  test('both versions have the same dead-letter configuration', async () => {
    await configure({ DeadLetterConfig: { TargetArn: 'arn:aws:sqs:eu-west-1:123456789012:dead' } });
    const { Version } = await publish();
    await expect(weights({ [Version!]: 0.5 })).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  test('a version that an alias names, in either place, is not deleted', async () => {
    await weights({ 2: 0.5 });
    for (const Qualifier of ['1', '2']) {
      await expect(client.send(new DeleteFunctionCommand({ FunctionName, Qualifier }))).rejects.toMatchObject({
        name: 'ResourceConflictException',
        message: 'Unable to delete version because the following aliases reference it: [live]',
      });
    }
    await weights({});
    await client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '2' }));
    await expect(client.send(new GetFunctionCommand({ FunctionName, Qualifier: '2' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('ListAliases lists by name, or those of one version', async () => {
    await client.send(new CreateAliasCommand({ FunctionName, Name: 'beta', FunctionVersion: '2' }));
    const names = async (FunctionVersion?: string) =>
      (await client.send(new ListAliasesCommand({ FunctionName, FunctionVersion }))).Aliases!.map((alias) => alias.Name);
    expect(await names()).toEqual(['beta', 'live']);
    expect(await names('2')).toEqual(['beta']);
  });

  test('a deleted alias is gone, and deleting it again is fine', async () => {
    await client.send(new DeleteAliasCommand({ FunctionName, Name }));
    await client.send(new DeleteAliasCommand({ FunctionName, Name }));
    await expect(client.send(new GetAliasCommand({ FunctionName, Name }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test.each([0.1, 0.5, 0.9])('a weight of %d gets its share of 20,000 requests, within the bound of 99.9 percent', async (weight) => {
    await weights({ 2: weight });
    const requests = 20_000;
    let additional = 0;
    for (let index = 0; index < requests; index++) {
      const { executedVersion } = await lambda.invoke({ functionName: FunctionName, qualifier: Name, payload: Buffer.from('1') });
      if (executedVersion === '2') additional++;
    }
    const bound = 3.2905 * Math.sqrt(requests * weight * (1 - weight));
    expect(Math.abs(additional - requests * weight)).toBeLessThan(bound);
  });

  test('a weight of 1 takes every request, a weight of 0 none', async () => {
    const versions = async () => {
      const seen = new Set<string>();
      for (let index = 0; index < 500; index++) {
        seen.add((await lambda.invoke({ functionName: `${ORDERS_ARN}:live`, payload: Buffer.alloc(0) })).executedVersion);
      }
      return [...seen];
    };
    await weights({ 2: 1 });
    expect(await versions()).toEqual(['2']);
    await weights({ 2: 0 });
    expect(await versions()).toEqual(['1']);
  });
});
