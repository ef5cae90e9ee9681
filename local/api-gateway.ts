import type { ApiDescription, HttpApi, IntegrationSettings } from './http-api.ts';
import { createRestService, type RestCall, type RestOperation, type RestReply, readJson } from './rest-protocol.ts';
import { type Ground, ServiceError, type WireService } from './service.ts';

const UPDATABLE = ['integrationUri', 'timeoutInMillis', 'integrationType', 'payloadFormatVersion'];

/**
 * API Gateway's management over the wire: reads of HTTP APIs, as they are now, and UpdateIntegration. REST APIs there are none here,
 * and whoever asks is told so.
 */
export function createApiGateway(ground: Ground, httpApi: HttpApi): WireService {
  const notFound = (what: string, id: string) => new ServiceError('NotFoundException', `Invalid ${what} identifier specified ${id}`, 404);
  const unknownApi = (id: string) => notFound('API', `${ground.accountId}:${id}`);

  const apiOf = ({ path }: RestCall): ApiDescription => {
    const api = httpApi.list().find(({ apiId }) => apiId === path.ApiId);
    if (!api) throw unknownApi(path.ApiId!);
    return api;
  };
  const integrationOf = (call: RestCall) => {
    const integration = apiOf(call).integrations.find(({ integrationId }) => integrationId === call.path.IntegrationId);
    if (!integration) throw notFound('Integration', call.path.IntegrationId!);
    return integration;
  };
  const toApi = ({ apiId, name, createdMs }: ApiDescription) => ({
    apiEndpoint: `https://${apiId}.execute-api.${ground.region}.amazonaws.com`,
    apiId,
    createdDate: new Date(createdMs).toISOString(),
    disableExecuteApiEndpoint: false,
    name,
    protocolType: 'HTTP',
    routeSelectionExpression: '$request.method $request.path',
  });

  const updateIntegration: RestOperation = (call) => {
    const { integrationId } = integrationOf(call);
    const { integrationUri, timeoutInMillis, integrationType, payloadFormatVersion } = readJson(call, UPDATABLE);
    if (integrationType !== undefined && integrationType !== 'AWS_PROXY') throw unsupported(`the integration type ${integrationType}`);
    if (payloadFormatVersion !== undefined && payloadFormatVersion !== '2.0')
      throw unsupported(`the payload format ${payloadFormatVersion}`);
    if (integrationUri !== undefined && !/:function:/.test(String(integrationUri)))
      throw unsupported(`the integration URI ${integrationUri}`);
    const changed: Partial<IntegrationSettings> = {
      ...(integrationUri !== undefined && { uri: String(integrationUri) }),
      ...(timeoutInMillis !== undefined && { timeoutMs: Number(timeoutInMillis) }),
    };
    httpApi.updateIntegration(call.path.ApiId!, integrationId, changed);
    return { status: 200, body: toIntegration(integrationOf(call)) };
  };

  const noRestApi: RestOperation = ({ path }) => {
    throw unknownApi(path.restApiId!);
  };

  return createRestService({
    scope: 'apigateway',
    name: 'API Gateway',
    errorBody: ({ message }) => ({ message }),
    routes: [
      ['GET', '/v2/apis', (call) => pageOf(httpApi.list().map(toApi), call, ({ apiId }) => apiId)],
      ['GET', '/v2/apis/{ApiId}', (call) => ({ status: 200, body: toApi(apiOf(call)) })],
      [
        'GET',
        '/v2/apis/{ApiId}/integrations',
        (call) => pageOf(apiOf(call).integrations.map(toIntegration), call, ({ integrationId }) => integrationId),
      ],
      ['GET', '/v2/apis/{ApiId}/integrations/{IntegrationId}', (call) => ({ status: 200, body: toIntegration(integrationOf(call)) })],
      ['PATCH', '/v2/apis/{ApiId}/integrations/{IntegrationId}', updateIntegration],
      ['GET', '/v2/apis/{ApiId}/routes', (call) => pageOf(apiOf(call).routes.map(toRoute), call, ({ routeId }) => routeId)],
      // No API here has an authorizer, and each has the one stage that deploys by itself.
      ['GET', '/v2/apis/{ApiId}/authorizers', (call) => pageOf(apiOf(call) && [], call, () => '')],
      ['GET', '/v2/apis/{ApiId}/stages', (call) => pageOf([toStage(apiOf(call))], call, ({ stageName }) => stageName)],
      ['GET', '/restapis', () => ({ status: 200, body: { item: [] } })],
      ['GET', '/restapis/{restApiId}', noRestApi],
      ['GET', '/restapis/{restApiId}/resources', noRestApi],
      ['GET', '/restapis/{restApiId}/authorizers', noRestApi],
      ['GET', '/restapis/{restApiId}/stages', noRestApi],
    ],
  });
}

const toIntegration = ({ integrationId, uri, timeoutMs }: ApiDescription['integrations'][number]) => ({
  connectionType: 'INTERNET',
  integrationId,
  integrationMethod: 'POST',
  integrationType: 'AWS_PROXY',
  integrationUri: uri,
  payloadFormatVersion: '2.0',
  timeoutInMillis: timeoutMs ?? 30_000,
});

const toRoute = ({ routeId, routeKey, authorization, integration }: ApiDescription['routes'][number]) => ({
  apiKeyRequired: false,
  authorizationType: authorization,
  routeId,
  routeKey,
  target: `integrations/${integration.integrationId}`,
});

const toStage = ({ createdMs }: ApiDescription) => ({
  autoDeploy: true,
  createdDate: new Date(createdMs).toISOString(),
  defaultRouteSettings: { detailedMetricsEnabled: false },
  stageName: '$default',
  stageVariables: {},
});

const DEFAULT_PAGE = 100;

/** The page after the item that `nextToken` names. */
function pageOf<T>(all: T[], { query }: RestCall, keyOf: (item: T) => string): RestReply {
  const size = Number(query.get('maxResults') ?? DEFAULT_PAGE);
  if (!Number.isInteger(size) || size < 1) throw badRequest('maxResults is not a number from 1');
  const after = query.get('nextToken');
  const from = after === null ? 0 : all.findIndex((item) => keyOf(item) === after) + 1;
  if (after !== null && from === 0) throw badRequest('Invalid NextToken');
  const items = all.slice(from, from + size);
  return { status: 200, body: { items, ...(from + size < all.length && { nextToken: keyOf(items.at(-1)!) }) } };
}

const badRequest = (message: string) => new ServiceError('BadRequestException', message);
const unsupported = (what: string) => badRequest(`the local AWS does not support ${what}`);
