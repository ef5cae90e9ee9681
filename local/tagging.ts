import { createJsonService, type Fields, isObject, readInteger, readList, refuseUnknownKeys } from './json-protocol.ts';
import { ServiceError, type WireService } from './service.ts';

/** Something with tags, as the service that has it tells. */
export interface Tagged {
  arn: string;
  tags: Record<string, string>;
}

interface TagFilter {
  key: string;
  /** Any of these; any at all when there is none. */
  values: string[];
}

const FUNCTIONS = 'lambda:function';
const MOST_PER_PAGE = 100;
const PAGE_UNLESS_TOLD = 50;

/**
 * The Resource Groups Tagging API as far as GetResources of Lambda functions. On AWS the index behind it follows a
 * change of tags within seconds; here at once.
 * https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
 */
export const createTagging = (functions: () => Tagged[]): WireService =>
  createJsonService({
    prefix: 'ResourceGroupsTaggingAPI_20170126',
    version: '1.1',
    operations: {
      GetResources(input: Fields) {
        refuseUnknownKeys(input, ['TagFilters', 'ResourceTypeFilters', 'ResourcesPerPage', 'PaginationToken'], 'GetResources');
        const types = readList(input, 'ResourceTypeFilters');
        // Without a type AWS answers for every kind of resource: an answer with functions alone would pass for all there is.
        if (types.length !== 1 || types[0] !== FUNCTIONS) {
          throw invalidParameter(`the local AWS knows the tags of functions only: ask with ResourceTypeFilters ["${FUNCTIONS}"]`);
        }
        const filters = readList(input, 'TagFilters', { max: 50 }).map(readFilter);
        const found = functions().filter(({ tags }) => Object.keys(tags).length > 0 && filters.every((filter) => matches(tags, filter)));
        const perPage = input.ResourcesPerPage === undefined ? PAGE_UNLESS_TOLD : readPerPage(input);
        const start = readToken(input.PaginationToken);
        const end = start + perPage;
        return {
          PaginationToken: end < found.length ? Buffer.from(`from ${end}`).toString('base64') : '',
          ResourceTagMappingList: found.slice(start, end).map(({ arn, tags }) => ({
            ResourceARN: arn,
            Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
          })),
        };
      },
    },
  });

function readFilter(filter: unknown): TagFilter {
  if (!isObject(filter)) throw invalidParameter('TagFilters: each is an object with Key and Values');
  refuseUnknownKeys(filter, ['Key', 'Values'], 'TagFilters');
  if (typeof filter.Key !== 'string') throw invalidParameter('TagFilters: each has a Key');
  return { key: filter.Key, values: readList(filter, 'Values', { max: 20 }).map(String) };
}

const matches = (tags: Record<string, string>, { key, values }: TagFilter) =>
  Object.hasOwn(tags, key) && (values.length === 0 || values.includes(tags[key]!));

const readPerPage = (input: Fields) => readInteger(input, 'ResourcesPerPage', { min: 1, max: MOST_PER_PAGE });

function readToken(token: unknown): number {
  if (token === undefined || token === '') return 0;
  const start = /^from (\d+)$/.exec(Buffer.from(String(token), 'base64').toString())?.[1];
  if (start === undefined) throw new ServiceError('PaginationTokenExpiredException', 'The pagination token is not one of this API.');
  return Number(start);
}

const invalidParameter = (message: string) => new ServiceError('InvalidParameterException', message);
