import { CreateFunctionCommand, TagResourceCommand } from '@aws-sdk/client-lambda';
import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  GetTagKeysCommand,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { expect, it } from 'vitest';
import { anAws, zip } from './an-aws.ts';

const arnOf = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;

/** Functions with these tags, and who asks for them. */
async function functionsWithTags(functions: Record<string, Record<string, string>>) {
  const { aws, clients } = anAws();
  for (const [FunctionName, Tags] of Object.entries(functions)) {
    await clients.lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Tags,
        Role: 'arn:aws:iam::123456789012:role/orders',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: zip },
      }),
    );
  }
  const client = new ResourceGroupsTaggingAPIClient({ ...aws.clientConfig, maxAttempts: 1 });
  const ask = (input: GetResourcesCommandInput) =>
    client.send(new GetResourcesCommand({ ResourceTypeFilters: ['lambda:function'], ...input }));
  const namesOf = async (input: GetResourcesCommandInput) =>
    (await ask(input)).ResourceTagMappingList!.map(({ ResourceARN }) => ResourceARN!.split(':').pop());
  return { client, clients, ask, namesOf };
}

const shop = {
  cart: { service: 'orders', stage: 'prod' },
  orders: { service: 'orders', stage: 'test' },
  payments: { service: 'payments', stage: 'prod' },
  untagged: {} as Record<string, string>,
};

it('functions are found by all of the tags asked for, and any of the values of one', async () => {
  const { namesOf } = await functionsWithTags(shop);
  expect(await namesOf({})).toEqual(['cart', 'orders', 'payments']);
  expect(await namesOf({ TagFilters: [{ Key: 'service', Values: ['orders'] }] })).toEqual(['cart', 'orders']);
  expect(await namesOf({ TagFilters: [{ Key: 'service', Values: ['orders', 'payments'] }] })).toEqual(['cart', 'orders', 'payments']);
  expect(
    await namesOf({
      TagFilters: [
        { Key: 'service', Values: ['orders'] },
        { Key: 'stage', Values: ['prod'] },
      ],
    }),
  ).toEqual(['cart']);
  expect(await namesOf({ TagFilters: [{ Key: 'stage' }] })).toEqual(['cart', 'orders', 'payments']);
  expect(await namesOf({ TagFilters: [{ Key: 'service', Values: ['Orders'] }] })).toEqual([]);
});

it('functions come with all of their tags, as they are now', async () => {
  const { ask, clients } = await functionsWithTags(shop);
  await clients.lambda.send(new TagResourceCommand({ Resource: arnOf('payments'), Tags: { tier: 'critical' } }));
  const { ResourceTagMappingList, PaginationToken } = await ask({ TagFilters: [{ Key: 'tier', Values: ['critical'] }] });
  expect(ResourceTagMappingList).toEqual([
    {
      ResourceARN: arnOf('payments'),
      Tags: [
        { Key: 'service', Value: 'payments' },
        { Key: 'stage', Value: 'prod' },
        { Key: 'tier', Value: 'critical' },
      ],
    },
  ]);
  expect(PaginationToken).toBe('');
});

it('functions come in pages, the last of which has an empty token', async () => {
  const { ask } = await functionsWithTags(shop);
  const first = await ask({ ResourcesPerPage: 2 });
  expect(first.ResourceTagMappingList).toHaveLength(2);
  const second = await ask({ ResourcesPerPage: 2, PaginationToken: first.PaginationToken });
  expect(second.ResourceTagMappingList!.map(({ ResourceARN }) => ResourceARN)).toEqual([arnOf('payments')]);
  expect(second.PaginationToken).toBe('');
});

it('what the local AWS has not is refused by name', async () => {
  const { client, ask } = await functionsWithTags({});
  await expect(ask({ ResourceTypeFilters: ['dynamodb:table'] })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(ask({ ResourceTypeFilters: undefined })).rejects.toThrow('the local AWS knows the tags of functions only');
  await expect(client.send(new GetTagKeysCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' });
});
