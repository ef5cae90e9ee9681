import type { ResourceType } from './resources.ts';

/** The parts of an HTTP API. A route names its integration, so one deployment's integrations are kept here. */
export function apiResources(): Record<string, ResourceType> {
  const integrations = new Map<string, { functionArn: string; timeoutMs?: number }>();

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
    create({ IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis }, { generatedName }) {
      if (IntegrationType !== 'AWS_PROXY') throw new Error(`the local AWS does not support the integration type ${IntegrationType}`);
      if (PayloadFormatVersion !== '2.0') throw new Error(`the local AWS does not support the payload format ${PayloadFormatVersion}`);
      integrations.set(generatedName, { functionArn: IntegrationUri, timeoutMs: TimeoutInMillis });
      return { physicalId: generatedName, attributes: { IntegrationId: generatedName } };
    },
  };

  const route: ResourceType = {
    properties: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType'],
    attributes: ['RouteId'],
    create({ ApiId, RouteKey, Target, AuthorizationType = 'NONE' }, { httpApi, generatedName }) {
      if (AuthorizationType !== 'NONE' && AuthorizationType !== 'AWS_IAM') {
        throw new Error(`the local AWS does not support the authorization type ${AuthorizationType}`);
      }
      const target = integrations.get(String(Target).replace(/^integrations\//, ''));
      if (!target) throw new Error(`${RouteKey} targets ${Target}, which is not an integration`);
      httpApi.addRoute(ApiId, { routeKey: RouteKey, authorization: AuthorizationType, ...target });
      return { physicalId: generatedName, attributes: { RouteId: generatedName } };
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

  return {
    'AWS::ApiGatewayV2::Api': api,
    'AWS::ApiGatewayV2::Integration': integration,
    'AWS::ApiGatewayV2::Route': route,
    'AWS::ApiGatewayV2::Stage': stage,
  };
}
