import { randomUUID } from 'node:crypto';
import { operationOf } from './operation.ts';
import { ServiceError, type WireRequest, type WireResponse, type WireService } from './service.ts';

/** One request of a REST JSON service, taken apart. */
export interface RestCall {
  /** The values of the route's `{Names}`, decoded. */
  path: Record<string, string>;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
}

export interface RestReply {
  status: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON, bytes as they are. */
  body?: unknown;
}

export type RestOperation = (call: RestCall) => RestReply | Promise<RestReply>;

/** `[method, path, operation]`; a path's `{Name}` stands for one segment. */
export type Route = [method: string, path: string, operation: RestOperation];

export interface RestProtocol {
  routes: Route[];
  /** As signatures name the service. */
  scope: string;
  /** As people do. */
  name: string;
  errorBody(error: ServiceError): Record<string, unknown>;
}

/** A service over REST JSON. Whatever no route names is refused with UnknownOperationException. */
export function createRestService({ routes, scope, name, errorBody }: RestProtocol): WireService {
  const table = routes.map(([method, path, operation]) => ({ method, segments: segmentsOf(path), operation }));
  const run = async (request: WireRequest): Promise<WireResponse> => {
    const segments = segmentsOf(request.path);
    for (const route of table) {
      const path = route.method === request.method ? matchPath(route.segments, segments) : undefined;
      if (path) return toResponse(await route.operation({ path, query: request.query, headers: request.headers, body: request.body }));
    }
    throw new ServiceError('UnknownOperationException', `the local AWS does not support ${operationOf(request, scope)} of ${name}`, 404);
  };
  return { handle: (request) => run(request).catch((error) => toErrorResponse(error, errorBody)) };
}

/** The body as a JSON object with no members but `members`. Throws SerializationException and ValidationException. */
export function readJson(call: RestCall, members: readonly string[]): Record<string, unknown> {
  let parsed: unknown = {};
  try {
    if (call.body.length) parsed = JSON.parse(call.body.toString('utf8'));
  } catch {
    throw new ServiceError('InvalidRequestContentException', 'Could not parse request body into json');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ServiceError('SerializationException', 'The request body must be a JSON object');
  }
  const unknown = Object.keys(parsed).filter((key) => !members.includes(key));
  if (unknown.length) {
    throw new ServiceError('ValidationException', `1 validation error detected: the request has no member named ${unknown.join(', ')}`);
  }
  return parsed as Record<string, unknown>;
}

const segmentsOf = (path: string) => path.split('/').filter(Boolean);

function matchPath(route: string[], segments: string[]): Record<string, string> | undefined {
  if (route.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of route.entries()) {
    const segment = segments[index]!;
    if (part.startsWith('{')) values[part.slice(1, -1)] = decodeSegment(segment);
    else if (part !== segment) return undefined;
  }
  return values;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ServiceError('ValidationException', `the path segment ${segment} is not percent-encoded UTF-8`);
  }
}

function toResponse({ status, headers, body }: RestReply): WireResponse {
  const isBytes = body instanceof Uint8Array;
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: isBytes ? body : body === undefined ? '' : JSON.stringify(body),
  };
}

function toErrorResponse(thrown: unknown, errorBody: RestProtocol['errorBody']): WireResponse {
  const error =
    thrown instanceof ServiceError
      ? thrown
      : new ServiceError('ServiceException', `the local AWS failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`, 500);
  return toResponse({ status: error.status, headers: { 'x-amzn-errortype': error.code }, body: errorBody(error) });
}
