import { answerPreflight, type Cors, withCors } from './http-api-cors.ts';
import { decodePath, toLambdaEvent, toWireResponse } from './http-api-format.ts';
import type { UnsignedWireRequest } from './request-handler.ts';
import type { Caller, Ground, Invocation, Invoker, WireResponse } from './service.ts';

export interface HttpApi {
  /** Serves an API under `/execute-api/{apiId}`, stage `$default`. Throws when a route key is not one. */
  create(api: ApiDefinition): { apiId: string };
  /** Adds a route to an API that exists. */
  addRoute(apiId: string, route: RouteDefinition): void;
  /** Answers a request under `/execute-api/`; `caller` is undefined when it is not signed, or not well. */
  handle(request: ApiRequest): Promise<WireResponse>;
}

export type ApiRequest = UnsignedWireRequest & { caller?: Caller };

export interface ApiDefinition {
  name: string;
  routes: RouteDefinition[];
  cors?: Cors;
}

export interface RouteDefinition {
  /** `POST /releases/{id}/abort`, `ANY /{proxy+}` or `$default`. */
  routeKey: string;
  functionArn: string;
  authorization: 'AWS_IAM' | 'NONE';
  /** The integration's timeout, on the machine's clock: 30 s unless told. */
  timeoutMs?: number;
}

interface Route extends RouteDefinition {
  method: string;
  segments: string[];
  /** The most specific route sorts first. */
  order: string;
}

const LARGEST_REQUEST_BYTES = 10 * 1024 * 1024;
const LARGEST_EVENT_BYTES = 6 * 1024 * 1024;
const LONGEST_TIMEOUT_MS = 30_000;

/** API Gateway's HTTP API with Lambda proxy integrations, payload format 2.0. Authorizers other than IAM and mappings it has not. */
export function createHttpApi(ground: Ground, invoker: Invoker): HttpApi {
  const apis = new Map<string, { routes: Route[]; cors?: Cors }>();

  const invoke = async (apiId: string, route: Route, event: unknown): Promise<WireResponse> => {
    const payload = Buffer.from(JSON.stringify(event));
    if (payload.length > LARGEST_EVENT_BYTES) return message(413, 'Request Entity Too Large');
    const timeoutMs = route.timeoutMs ?? LONGEST_TIMEOUT_MS;
    const by = { service: 'apigateway.amazonaws.com', sourceArn: sourceArnOf(apiId, route) };
    const invocation = await within(timeoutMs, invoker.invoke({ functionName: route.functionArn, payload, by })).catch(
      () => 'failed' as const,
    );
    if (invocation === 'timed out') return message(503, 'Service Unavailable');
    const response = invocation === 'failed' || invocation.functionError ? undefined : toWireResponse(invocation.payload);
    return response ?? message(500, 'Internal Server Error');
  };

  /** What a function's policy may name: the API, its stage, and the route. */
  const sourceArnOf = (apiId: string, { routeKey }: Route) =>
    `arn:aws:execute-api:${ground.region}:${ground.accountId}:${apiId}/$default/${routeKey.replace(' ', '')}`;

  const answer = async (request: ApiRequest): Promise<WireResponse> => {
    const [, apiId = '', rawPath = '/'] = /^\/execute-api\/([^/]*)(\/.*)?$/.exec(request.path) ?? [];
    const { routes = [], cors } = apis.get(apiId) ?? {};
    const path = decodePath(rawPath);
    if (path === undefined) return message(400, 'Bad Request');
    const segments = rawPath.split('/').slice(1).map(decodeURIComponent);
    const route = routes.find((candidate) => matches(candidate, request.method, segments));
    const { origin } = request.headers;
    if (!route && cors && request.method === 'OPTIONS') return answerPreflight(cors, origin);
    if (!route) return message(404, 'Not Found');
    if (route.authorization === 'AWS_IAM' && !request.caller) return message(403, 'Forbidden');
    if (request.body.length > LARGEST_REQUEST_BYTES) return message(413, 'Request Entity Too Large');
    const pathParameters = parametersOf(route, segments);
    const response = await invoke(apiId, route, toLambdaEvent(request, { ground, apiId, path, pathParameters, route }));
    return cors ? withCors(response, cors, origin) : response;
  };

  return {
    create({ routes, cors }) {
      const apiId = ground.newId().replaceAll('-', '').slice(-10);
      apis.set(apiId, { routes: inOrder(routes.map(parseRoute)), cors });
      return { apiId };
    },
    addRoute(apiId, route) {
      const api = apis.get(apiId);
      if (!api) throw new Error(`there is no HTTP API ${apiId}`);
      api.routes = inOrder([...api.routes, parseRoute(route)]);
    },
    async handle(request) {
      const response = await ground.work.track(answer(request));
      return { ...response, headers: { ...response.headers, 'apigw-requestid': ground.newId() } };
    },
  };
}

function parseRoute(definition: RouteDefinition): Route {
  if (definition.routeKey === '$default') return { ...definition, method: 'ANY', segments: ['{proxy+}'], order: '9' };
  const [, method, path] = /^([A-Z]+) \/(\S*)$/.exec(definition.routeKey) ?? [];
  if (method === undefined || path === undefined) throw new Error(`${definition.routeKey} is not a route key such as "GET /pets/{id}"`);
  const segments = path.split('/');
  // A full match goes before a variable, a variable before a greedy one, a method before ANY.
  const order = segments.map((segment) => (isGreedy(segment) ? 2 : isVariable(segment) ? 1 : 0)).join('') + (method === 'ANY' ? 'b' : 'a');
  return { ...definition, method, segments, order };
}

const inOrder = (routes: Route[]) => routes.sort((a, b) => (a.order < b.order ? -1 : 1));

function matches({ method, segments }: Route, requestMethod: string, given: string[]): boolean {
  if (method !== 'ANY' && method !== requestMethod) return false;
  const isOpen = isGreedy(segments.at(-1)!);
  if (isOpen ? given.length < segments.length : given.length !== segments.length) return false;
  return segments.every((segment, index) => (isVariable(segment) ? given[index] !== '' || isOpen : segment === given[index]));
}

function parametersOf({ routeKey, segments }: Route, given: string[]): Record<string, string> | undefined {
  if (routeKey === '$default') return undefined;
  const pairs = segments.flatMap((segment, index): [string, string][] => {
    if (isGreedy(segment)) return [[segment.slice(1, -2), given.slice(index).join('/')]];
    return isVariable(segment) ? [[segment.slice(1, -1), given[index]!]] : [];
  });
  return pairs.length ? Object.fromEntries(pairs) : undefined;
}

const isVariable = (segment: string) => segment.startsWith('{') && segment.endsWith('}');
const isGreedy = (segment: string) => isVariable(segment) && segment.endsWith('+}');

async function within(timeoutMs: number, invocation: Promise<Invocation>): Promise<Invocation | 'timed out'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timed out'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'timed out');
  });
  try {
    return await Promise.race([invocation, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

const message = (status: number, text: string): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message: text }),
});
