import { GetResourcesCommand, type ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';

/** The names of the functions that have this tag with this value. A tag counts a little after it was set. */
export async function listTaggedFunctions(tagging: ResourceGroupsTaggingAPIClient, key: string, value: string): Promise<string[]> {
  const functions: string[] = [];
  let PaginationToken: string | undefined;
  do {
    const page = await tagging.send(
      new GetResourcesCommand({ ResourceTypeFilters: ['lambda:function'], TagFilters: [{ Key: key, Values: [value] }], PaginationToken }),
    );
    // arn:aws:lambda:eu-west-1:123456789012:function:orders-api
    functions.push(...(page.ResourceTagMappingList ?? []).map(({ ResourceARN }) => ResourceARN!.split(':')[6]!));
    PaginationToken = page.PaginationToken;
  } while (PaginationToken);
  return functions;
}
