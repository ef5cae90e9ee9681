import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { aFunction } from './functions.ts';

const account = await openAccount();
const { name, until } = account;
const tagging = new ResourceGroupsTaggingAPIClient(account.clientConfig);
/** Tags of this run's own. */
const [SERVICE, STAGE] = [name('service'), name('stage')];

const ask = (input: GetResourcesCommandInput) =>
  tagging.send(new GetResourcesCommand({ ResourceTypeFilters: ['lambda:function'], ...input }));
const namesOf = async (...filters: [key: string, ...values: string[]][]) => {
  const TagFilters = filters.map(([Key, ...Values]) => ({ Key, Values }));
  const { ResourceTagMappingList } = await ask({ TagFilters });
  return ResourceTagMappingList!.map(({ ResourceARN }) => ResourceARN!.replace(/^.*:function:/, '')).sort();
};
const [cart, orders, payments] = ['cart', 'orders', 'payments'].map(name) as [string, string, string];

beforeAll(async () => {
  const tags = { [cart]: ['shop', 'prod'], [orders]: ['shop', 'test'], [payments]: ['bank', 'prod'] };
  for (const [FunctionName, [service, stage]] of Object.entries(tags)) {
    const Tags = { [SERVICE]: service!, [STAGE]: stage! };
    await account.lambda.send(new CreateFunctionCommand(aFunction(account, undefined, { FunctionName, Tags })));
  }
  // AWS's index of tags follows them.
  await until('all tags are known', async () => (await namesOf([SERVICE])).length === 3, 300);
});
afterAll(async () => {
  tagging.destroy();
  await account.close();
});

// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
test('functions are found by all of the keys asked for, and any of the values of one', async () => {
  expect(await namesOf([SERVICE, 'shop'])).toEqual([cart, orders]);
  expect(await namesOf([SERVICE, 'shop', 'bank'])).toEqual([cart, orders, payments]);
  expect(await namesOf([SERVICE, 'shop'], [STAGE, 'prod'])).toEqual([cart]);
  expect(await namesOf([SERVICE, 'Shop'])).toEqual([]);
});

test('a page says where the next begins, and the last one has an empty token', async () => {
  const TagFilters = [{ Key: SERVICE }];
  const first = await ask({ TagFilters, ResourcesPerPage: 2 });
  expect([first.ResourceTagMappingList!.length, first.PaginationToken]).toEqual([2, expect.stringMatching(/./)]);
  const second = await ask({ TagFilters, ResourcesPerPage: 2, PaginationToken: first.PaginationToken });
  expect([second.ResourceTagMappingList!.length, second.PaginationToken]).toEqual([1, '']);
});
