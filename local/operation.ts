import * as restApis from '@aws-sdk/client-api-gateway';
import * as httpApis from '@aws-sdk/client-apigatewayv2';
import * as lambda from '@aws-sdk/client-lambda';
import * as scheduler from '@aws-sdk/client-scheduler';
import { cborOperationOf, isCbor } from './cbor-protocol.ts';
import { formOf } from './query-protocol.ts';
import { s3OperationOf } from './s3/operation-name.ts';
import { type OperationModel, readModel } from './service-model.ts';

interface AnyRequest {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  query?: URLSearchParams;
  body?: unknown;
}

interface RestOperation {
  name: string;
  method: string;
  path: RegExp;
  /** `find=LayerVersion`, where two operations differ in nothing else. */
  query?: [name: string, value: string];
}

/** Every operation that these have on AWS, by the name that signatures are scoped to; one with a query before the one without. */
const REST_SERVICES: Record<string, RestOperation[]> = {
  lambda: readOperations(lambda),
  scheduler: readOperations(scheduler),
  apigateway: [...readOperations(httpApis), ...readOperations(restApis)],
};
const REST_OPERATIONS = Object.values(REST_SERVICES).flat();

/**
 * The operation that a request asks for: "GetItem" by its header, "DescribeAlarms" by its form or its path, "UpdateAlias"
 * by method and path; those two themselves when it is none of these. A REST service goes by those two alone, S3 by the query beside them: with `service`, the
 * name is what that service will do, whatever else the request says.
 */
export function operationOf(request: AnyRequest, service?: string): string {
  const { method, path, headers } = request;
  if (service === 's3') return s3OperationOf(request);
  const known = service && REST_SERVICES[service];
  if (known) return known.find((operation) => matches(operation, request))?.name ?? `${method} ${path}`;
  const target = headers['x-amz-target'];
  if (target) return target.slice(target.lastIndexOf('.') + 1);
  const rest = service ? undefined : REST_OPERATIONS.find((operation) => matches(operation, request));
  const inPath = rest ?? (isCbor(request) ? cborOperationOf(path) : undefined);
  const named = inPath?.name ?? formOf(request).get('Action');
  return named ?? `${method} ${path}`;
}

function readOperations(sdkClient: object): RestOperation[] {
  return [...readModel(sdkClient).values()].flatMap(toRestOperation).sort((a, b) => Number(Boolean(b.query)) - Number(Boolean(a.query)));
}

function toRestOperation({ name, http }: OperationModel): RestOperation[] {
  if (!http) return [];
  const [path = '', query] = http.path.split('?');
  const pattern = path.replace(/\{\w+\+\}/g, '.+').replace(/\{\w+\}/g, '[^/]+');
  return [{ name, method: http.method, path: new RegExp(`^${pattern}/?$`), query: query?.split('=') as RestOperation['query'] }];
}

const matches = (operation: RestOperation, { method, path, query }: AnyRequest) =>
  operation.method === method && operation.path.test(path) && (!operation.query || query?.get(operation.query[0]) === operation.query[1]);
