import type { UnsignedWireRequest } from './request-handler.ts';

/** Lambda's and Scheduler's operations by method and path. */
const OPERATIONS: [string, RegExp, string][] = [
  ['POST', /\/invocations$/, 'Invoke'],
  ['POST', /\/versions$/, 'PublishVersion'],
  ['GET', /\/versions$/, 'ListVersionsByFunction'],
  ['POST', /\/aliases$/, 'CreateAlias'],
  ['GET', /\/aliases$/, 'ListAliases'],
  ['GET', /\/aliases\/[^/]+$/, 'GetAlias'],
  ['PUT', /\/aliases\/[^/]+$/, 'UpdateAlias'],
  ['DELETE', /\/aliases\/[^/]+$/, 'DeleteAlias'],
  ['GET', /\/provisioned-concurrency$/, 'GetProvisionedConcurrencyConfig'],
  ['PUT', /\/provisioned-concurrency$/, 'PutProvisionedConcurrencyConfig'],
  ['DELETE', /\/provisioned-concurrency$/, 'DeleteProvisionedConcurrencyConfig'],
  ['GET', /\/functions\/[^/]+\/concurrency$/, 'GetFunctionConcurrency'],
  ['PUT', /\/functions\/[^/]+\/concurrency$/, 'PutFunctionConcurrency'],
  ['DELETE', /\/functions\/[^/]+\/concurrency$/, 'DeleteFunctionConcurrency'],
  ['GET', /\/event-invoke-config$/, 'GetFunctionEventInvokeConfig'],
  ['PUT', /\/event-invoke-config$/, 'PutFunctionEventInvokeConfig'],
  ['DELETE', /\/event-invoke-config$/, 'DeleteFunctionEventInvokeConfig'],
  ['POST', /\/policy$/, 'AddPermission'],
  ['GET', /\/policy$/, 'GetPolicy'],
  ['DELETE', /\/policy\/[^/]+$/, 'RemovePermission'],
  ['GET', /\/configuration$/, 'GetFunctionConfiguration'],
  ['PUT', /\/configuration$/, 'UpdateFunctionConfiguration'],
  ['PUT', /\/code$/, 'UpdateFunctionCode'],
  ['POST', /\/functions\/?$/, 'CreateFunction'],
  ['GET', /\/functions\/?$/, 'ListFunctions'],
  ['GET', /\/functions\/[^/]+$/, 'GetFunction'],
  ['DELETE', /\/functions\/[^/]+$/, 'DeleteFunction'],
  ['POST', /\/schedules\/[^/]+$/, 'CreateSchedule'],
  ['GET', /\/schedules\/[^/]+$/, 'GetSchedule'],
  ['PUT', /\/schedules\/[^/]+$/, 'UpdateSchedule'],
  ['DELETE', /\/schedules\/[^/]+$/, 'DeleteSchedule'],
];

/** The operation that a request asks for: "GetItem" by its header, "UpdateAlias" by method and path; those two themselves when it is none of these. */
export function operationOf({ headers, method, path }: Pick<UnsignedWireRequest, 'headers' | 'method' | 'path'>): string {
  const target = headers['x-amz-target'];
  if (target) return target.slice(target.lastIndexOf('.') + 1);
  return OPERATIONS.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2] ?? `${method} ${path}`;
}
