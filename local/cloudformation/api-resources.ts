import type { IntegrationSettings, RouteDefinition } from '../http-api.ts';
import type { ResourceType } from './resources.ts';

const api: ResourceType = {
  properties: [
    'Name',
    'Description',
    'ProtocolType',
    ...['AllowOrigins', 'AllowMethods', 'AllowHeaders', 'ExposeHeaders', 'AllowCredentials', 'MaxAge'].map(
      (name) => `CorsConfiguration.${name}`,
    ),
    'Tags',
  ],
  numbers: ['CorsConfiguration.MaxAge'],
  attributes: ['ApiEndpoint', 'ApiId'],
  replacedBy: ['ProtocolType'],
  create({ Name, ProtocolType, CorsConfiguration }, { httpApi, region }) {
    if (ProtocolType !== 'HTTP') throw new Error(`the local AWS does not support APIs of the protocol ${ProtocolType}`);
    const { apiId } = httpApi.create({ name: Name, routes: [], cors: CorsConfiguration });
    return { physicalId: apiId, attributes: { ApiId: apiId, ApiEndpoint: `https://${apiId}.execute-api.${region}.amazonaws.com` } };
  },
  update({ Name, CorsConfiguration }, before, { httpApi }) {
    httpApi.update(before.physicalId, { name: Name, cors: CorsConfiguration });
    return before;
  },
  remove: ({ physicalId }, { httpApi }) => httpApi.remove(physicalId),
};

const integration: ResourceType = {
  properties: ['ApiId', 'IntegrationType', 'IntegrationUri', 'IntegrationMethod', 'PayloadFormatVersion', 'TimeoutInMillis'],
  numbers: ['TimeoutInMillis'],
  attributes: ['IntegrationId'],
  replacedBy: ['ApiId'],
  create(properties, { httpApi }) {
    const { integrationId } = httpApi.createIntegration(properties.ApiId, readIntegration(properties));
    return { physicalId: integrationId, attributes: { IntegrationId: integrationId } };
  },
  update(properties, before, { httpApi }) {
    httpApi.updateIntegration(properties.ApiId, before.physicalId, readIntegration(properties));
    return before;
  },
  remove: ({ physicalId, properties: { ApiId } }, { httpApi }) => httpApi.removeIntegration(ApiId, physicalId),
};

// biome-ignore lint/suspicious/noExplicitAny: the shape is in `properties`
function readIntegration({ IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis }: any): IntegrationSettings {
  if (IntegrationType !== 'AWS_PROXY') throw new Error(`the local AWS does not support the integration type ${IntegrationType}`);
  if (PayloadFormatVersion !== '2.0') throw new Error(`the local AWS does not support the payload format ${PayloadFormatVersion}`);
  return { uri: IntegrationUri, timeoutMs: TimeoutInMillis };
}

const route: ResourceType = {
  properties: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType'],
  attributes: ['RouteId'],
  replacedBy: ['ApiId'],
  create(properties, { httpApi }) {
    const { routeId } = httpApi.addRoute(properties.ApiId, readRoute(properties));
    return { physicalId: routeId, attributes: { RouteId: routeId } };
  },
  update(properties, before, { httpApi }) {
    httpApi.updateRoute(properties.ApiId, before.physicalId, readRoute(properties));
    return before;
  },
  remove: ({ physicalId, properties: { ApiId } }, { httpApi }) => httpApi.removeRoute(ApiId, physicalId),
};

// biome-ignore lint/suspicious/noExplicitAny: the shape is in `properties`
function readRoute({ RouteKey, Target, AuthorizationType = 'NONE' }: any): RouteDefinition {
  if (AuthorizationType !== 'NONE' && AuthorizationType !== 'AWS_IAM') {
    throw new Error(`the local AWS does not support the authorization type ${AuthorizationType}`);
  }
  const integrationId = String(Target).replace(/^integrations\//, '');
  return { routeKey: RouteKey, authorization: AuthorizationType, integrationId };
}

const stage: ResourceType = {
  properties: [
    'ApiId',
    'StageName',
    'Description',
    'AutoDeploy',
    // Where metrics and log lines of the API would go is noted: there is nothing here that writes them.
    'DefaultRouteSettings.DetailedMetricsEnabled',
    'AccessLogSettings',
    'Tags',
  ],
  attributes: [],
  create({ StageName, AutoDeploy }) {
    if (StageName !== '$default') throw new Error(`the local AWS supports the stage $default only, not ${StageName}`);
    if (AutoDeploy !== true && AutoDeploy !== 'true') throw new Error('the local AWS supports stages with AutoDeploy only');
    return { physicalId: StageName, attributes: {} };
  },
  replacedBy: ['ApiId', 'StageName'],
  updates: ['Description', 'DefaultRouteSettings', 'AccessLogSettings', 'Tags'],
  update: (_, before) => before,
  // It goes with its API: nothing is served without one.
  remove() {},
};

/** The parts of an HTTP API. */
export const apiResources: Record<string, ResourceType> = {
  'AWS::ApiGatewayV2::Api': api,
  'AWS::ApiGatewayV2::Integration': integration,
  'AWS::ApiGatewayV2::Route': route,
  'AWS::ApiGatewayV2::Stage': stage,
};
