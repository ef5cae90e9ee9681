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
  create({ Name, ProtocolType, CorsConfiguration }, { httpApi, region }) {
    if (ProtocolType !== 'HTTP') throw new Error(`the local AWS does not support APIs of the protocol ${ProtocolType}`);
    const { apiId } = httpApi.create({ name: Name, routes: [], cors: CorsConfiguration });
    return { physicalId: apiId, attributes: { ApiId: apiId, ApiEndpoint: `https://${apiId}.execute-api.${region}.amazonaws.com` } };
  },
};

const integration: ResourceType = {
  properties: ['ApiId', 'IntegrationType', 'IntegrationUri', 'IntegrationMethod', 'PayloadFormatVersion', 'TimeoutInMillis'],
  numbers: ['TimeoutInMillis'],
  attributes: ['IntegrationId'],
  create({ ApiId, IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis }, { httpApi }) {
    if (IntegrationType !== 'AWS_PROXY') throw new Error(`the local AWS does not support the integration type ${IntegrationType}`);
    if (PayloadFormatVersion !== '2.0') throw new Error(`the local AWS does not support the payload format ${PayloadFormatVersion}`);
    const { integrationId } = httpApi.createIntegration(ApiId, { uri: IntegrationUri, timeoutMs: TimeoutInMillis });
    return { physicalId: integrationId, attributes: { IntegrationId: integrationId } };
  },
};

const route: ResourceType = {
  properties: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType'],
  attributes: ['RouteId'],
  create({ ApiId, RouteKey, Target, AuthorizationType = 'NONE' }, { httpApi }) {
    if (AuthorizationType !== 'NONE' && AuthorizationType !== 'AWS_IAM') {
      throw new Error(`the local AWS does not support the authorization type ${AuthorizationType}`);
    }
    const integrationId = String(Target).replace(/^integrations\//, '');
    const { routeId } = httpApi.addRoute(ApiId, { routeKey: RouteKey, authorization: AuthorizationType, integrationId });
    return { physicalId: routeId, attributes: { RouteId: routeId } };
  },
};

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
};

/** The parts of an HTTP API. */
export const apiResources: Record<string, ResourceType> = {
  'AWS::ApiGatewayV2::Api': api,
  'AWS::ApiGatewayV2::Integration': integration,
  'AWS::ApiGatewayV2::Route': route,
  'AWS::ApiGatewayV2::Stage': stage,
};
