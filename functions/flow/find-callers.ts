import pMap from 'p-map';
import type { Aws } from '../aws/connect.ts';
import { listMappings } from '../aws/event-source-mappings.ts';
import { readFunctionUrl } from '../aws/function-url.ts';
import { listApiIds, readInvoking, readRoutes } from '../aws/http-apis.ts';
import { listRestApiIds, readRestApi } from '../aws/rest-apis.ts';
import { findRules } from '../aws/rules.ts';
import { type Api, apisNamed, findInApi, findInRestApi, type RestApi } from '../release/adoption/apis.ts';
import { busesNamed, findInMappings, findInRules } from '../release/adoption/event-sources.ts';
import { findUrl } from '../release/adoption/function-url.ts';
import { type Permission, type PolicyStatement, toPermission } from '../release/adoption/policy.ts';
import { findPrincipals } from '../release/adoption/principals.ts';
import { type Adopted, type Caller, withAlias } from '../release/adoption/report.ts';

type Needs = Pick<Aws, 'lambda' | 'events' | 'httpApis' | 'restApis'>;

/** A function that has its alias, with its own policy and the alias's. */
export interface WithPolicies {
  adopted: Adopted;
  ofFunction: PolicyStatement[];
  ofAlias: PolicyStatement[];
}

/** API Gateway's management takes 10 calls a second of an account. */
const APIS_AT_ONCE = 2;

/** Who invokes each of these functions by its bare name, in their order. Every API is read once, however many functions it calls. */
export async function findCallers(aws: Needs, functions: WithPolicies[]): Promise<Caller[][]> {
  const permitted = functions.map((one) => ({ ...one, permissions: one.ofFunction.flatMap((statement) => toPermission(statement) ?? []) }));
  const apis = await readApis(
    aws,
    functions.map(({ adopted }) => adopted),
    permitted.map(({ adopted, permissions }) => apisNamed(adopted, permissions)),
  );
  return pMap(
    permitted,
    async ({ adopted, permissions, ofAlias }) => [
      ...apis.http.flatMap((api) => findInApi(adopted, api)),
      ...apis.rest.flatMap((api) => findInRestApi(adopted, api)),
      ...(await findSources(aws, adopted, permissions)),
      ...(await findUrls(aws, adopted, ofAlias)),
      ...findPrincipals(adopted, permissions),
    ],
    { concurrency: FUNCTIONS_AT_ONCE },
  );
}

/** Each has about a dozen calls, of the 15 a second that Lambda's API takes for a whole account. */
export const FUNCTIONS_AT_ONCE = 2;

async function readApis(
  { httpApis, restApis }: Needs,
  adopted: Adopted[],
  named: (Set<string> | 'all')[],
): Promise<{ http: Api[]; rest: RestApi[] }> {
  const isAll = named.includes('all');
  const known = isAll ? [...(await listApiIds(httpApis)), ...(await listRestApiIds(restApis))] : [];
  const ids = [...new Set([...known, ...named.flatMap((some) => (some === 'all' ? [] : [...some]))])];
  const http: Api[] = [];
  const rest: RestApi[] = [];
  await pMap(
    ids,
    async (id) => {
      const api = await readInvoking(httpApis, id);
      if (!api) {
        const found = await readRestApi(restApis, id);
        // An API that is gone leaves its permissions behind.
        if (found) rest.push(found);
        return;
      }
      const isCaller = [...api.integrations, ...api.authorizers].some(({ uri }) => adopted.some((one) => withAlias(one, uri)));
      if (isCaller) http.push({ ...api, ...(await readRoutes(httpApis, id)) });
    },
    { concurrency: APIS_AT_ONCE },
  );
  const inOrder = (one: { apiId: string }, other: { apiId: string }) => (one.apiId < other.apiId ? -1 : 1);
  return { http: http.sort(inOrder), rest: rest.sort(inOrder) };
}

async function findSources({ lambda, events }: Needs, adopted: Adopted, permissions: Permission[]): Promise<Caller[]> {
  const mappings = await listMappings(lambda, adopted.function);
  const callers = findInMappings(adopted, mappings);
  for (const bus of busesNamed(adopted, permissions)) {
    for (const arn of [adopted.functionArn, `${adopted.functionArn}:$LATEST`])
      callers.push(...findInRules(adopted, await findRules(events, bus, arn)));
  }
  return callers;
}

async function findUrls({ lambda }: Needs, adopted: Adopted, ofAlias: PolicyStatement[]): Promise<Caller[]> {
  const ofFunction = await readFunctionUrl(lambda, adopted.function);
  if (!ofFunction) return [];
  return [findUrl(adopted, { ofFunction, ofAlias: await readFunctionUrl(lambda, adopted.function, adopted.alias) }, ofAlias)];
}
