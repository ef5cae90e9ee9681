import { answerPreflight, type Cors, withCors } from './http-api-cors.ts';
import { decodePath, toLambdaEvent, toWireResponse } from './http-api-format.ts';
import type { UnsignedWireRequest } from './request-handler.ts';
import type { Caller, Ground, Invocation, Invoker, WireResponse } from './service.ts';

export interface HttpApi {
  /** Serves an API under `/execute-api/{apiId}`, stage `$default`. Throws when a route key is not one. */
  create(api: ApiDefinition): { apiId: string };
  /** Adds an integration, for routes to name. */
  createIntegration(apiId: string, settings: IntegrationSettings): { integrationId: string };
  /** Takes effect for the next request. */
  updateIntegration(apiId: string, integrationId: string, changed: Partial<IntegrationSettings>): void;
  /** Adds a route to an API that exists. */
  addRoute(apiId: string, route: RouteDefinition): { routeId: string };
  /** Both take effect for the next request. */
  updateRoute(apiId: string, routeId: string, route: RouteDefinition): void;
  removeRoute(apiId: string, routeId: string): void;
  removeIntegration(apiId: string, integrationId: string): void;
  update(apiId: string, changed: Pick<ApiDefinition, 'name' | 'cors'>): void;
  remove(apiId: string): void;
  /** Every API as it is now, in order of their creation. */
  list(): ApiDescription[];
  /** Answers a request under `/execute-api/`; `caller` is undefined when it is not signed, or not well. */
  handle(request: ApiRequest): Promise<WireResponse>;
}

export type ApiRequest = UnsignedWireRequest & { caller?: Caller };

export interface ApiDefinition {
  name: string;
  routes: RouteDefinition[];
  cors?: Cors;
}

export interface IntegrationSettings {
  /** The ARN of a function, a version or an alias; or API Gateway's own that has it: `arn:aws:apigateway:…:lambda:path/…/invocations`. */
  uri: string;
  /** On the machine's clock: 30 s unless told. */
  timeoutMs?: number;
}

interface RouteKey {
  /** `POST /releases/{id}/abort`, `ANY /{proxy+}` or `$default`. */
  routeKey: string;
  authorization: 'AWS_IAM' | 'NONE';
}

/** A route names an integration of its API, or a function for an integration of its own. */
export type RouteDefinition = RouteKey & ({ integrationId: string } | { functionArn: string; timeoutMs?: number });

interface Integration extends IntegrationSettings {
  integrationId: string;
}

export interface Route extends RouteKey {
  routeId: string;
  integration: Integration;
  method: string;
  segments: string[];
  /** The most specific route sorts first. */
  order: string;
}

interface Api {
  name: string;
  createdMs: number;
  routes: Route[];
  integrations: Map<string, Integration>;
  cors?: Cors;
}

export interface ApiDescription extends Omit<Api, 'integrations' | 'routes'> {
  apiId: string;
  routes: Pick<Route, 'routeId' | 'routeKey' | 'authorization' | 'integration'>[];
  integrations: Integration[];
}

const LARGEST_REQUEST_BYTES = 10 * 1024 * 1024;
const LARGEST_EVENT_BYTES = 6 * 1024 * 1024;
const LONGEST_TIMEOUT_MS = 30_000;

/** API Gateway's HTTP API with Lambda proxy integrations, payload format 2.0. Authorizers other than IAM and mappings it has not. */
export function createHttpApi(ground: Ground, invoker: Invoker): HttpApi {
  const apis = new Map<string, Api>();
  const newShortId = (length: number) => ground.newId().replaceAll('-', '').slice(-length);

  const find = (apiId: string): Api => {
    const api = apis.get(apiId);
    if (!api) throw new Error(`there is no HTTP API ${apiId}`);
    return api;
  };
  const findIntegration = (apiId: string, integrationId: string): Integration => {
    const integration = find(apiId).integrations.get(integrationId);
    if (!integration) throw new Error(`the HTTP API ${apiId} has no integration ${integrationId}`);
    return integration;
  };
  const createIntegration = (apiId: string, settings: IntegrationSettings): Integration => {
    const integration = { integrationId: newShortId(7), ...settings };
    find(apiId).integrations.set(integration.integrationId, integration);
    return integration;
  };
  const addRoute = (apiId: string, route: RouteDefinition, routeId = newShortId(7)): { routeId: string } => {
    const parsed = parseRouteKey(route.routeKey);
    const integration =
      'integrationId' in route
        ? findIntegration(apiId, route.integrationId)
        : createIntegration(apiId, { uri: route.functionArn, timeoutMs: route.timeoutMs });
    const { routeKey, authorization } = route;
    const added = { routeKey, authorization, integration, ...parsed, routeId };
    const api = find(apiId);
    api.routes = [...api.routes, added].sort((a, b) => (a.order < b.order ? -1 : 1));
    return { routeId: added.routeId };
  };

  const invoke = async (apiId: string, route: Route, event: unknown): Promise<WireResponse> => {
    const payload = Buffer.from(JSON.stringify(event));
    if (payload.length > LARGEST_EVENT_BYTES) return message(413, 'Request Entity Too Large');
    const { uri, timeoutMs = LONGEST_TIMEOUT_MS } = route.integration;
    const by = { service: 'apigateway.amazonaws.com', sourceArn: sourceArnOf(apiId, route) };
    const invocation = await within(timeoutMs, invoker.invoke({ functionName: functionOf(uri), payload, by })).catch(
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
    create({ name, routes, cors }) {
      for (const { routeKey } of routes) parseRouteKey(routeKey);
      const apiId = newShortId(10);
      apis.set(apiId, { name, createdMs: ground.clock.nowMs(), routes: [], integrations: new Map(), cors });
      for (const route of routes) addRoute(apiId, route);
      return { apiId };
    },
    createIntegration,
    updateIntegration(apiId, integrationId, changed) {
      Object.assign(findIntegration(apiId, integrationId), changed);
    },
    addRoute: (apiId, route) => addRoute(apiId, route),
    updateRoute(apiId, routeId, route) {
      this.removeRoute(apiId, routeId);
      addRoute(apiId, route, routeId);
    },
    removeRoute(apiId, routeId) {
      const api = find(apiId);
      api.routes = api.routes.filter((route) => route.routeId !== routeId);
    },
    removeIntegration(apiId, integrationId) {
      find(apiId).integrations.delete(integrationId);
    },
    update(apiId, { name, cors }) {
      Object.assign(find(apiId), { name, cors });
    },
    remove: (apiId) => void apis.delete(apiId),
    list: () => [...apis].map(([apiId, { integrations, ...api }]) => ({ apiId, ...api, integrations: [...integrations.values()] })),
    async handle(request) {
      const response = await ground.work.track(answer(request));
      return { ...response, headers: { ...response.headers, 'apigw-requestid': ground.newId() } };
    },
  };
}

/** Of the two forms of an integration's address that AWS takes. */
const functionOf = (uri: string) => /:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri)?.[1] ?? uri;

function parseRouteKey(routeKey: string): Pick<Route, 'method' | 'segments' | 'order'> {
  if (routeKey === '$default') return { method: 'ANY', segments: ['{proxy+}'], order: '9' };
  const [, method, path] = /^([A-Z]+) \/(\S*)$/.exec(routeKey) ?? [];
  if (method === undefined || path === undefined) throw new Error(`${routeKey} is not a route key such as "GET /pets/{id}"`);
  const segments = path.split('/');
  // A full match goes before a variable, a variable before a greedy one, a method before ANY.
  const order = segments.map((segment) => (isGreedy(segment) ? 2 : isVariable(segment) ? 1 : 0)).join('') + (method === 'ANY' ? 'b' : 'a');
  return { method, segments, order };
}

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
