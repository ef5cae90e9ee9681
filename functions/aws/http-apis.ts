import {
  type ApiGatewayV2Client,
  GetApisCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
  NotFoundException,
} from '@aws-sdk/client-apigatewayv2';
import type { Api } from '../release/adoption/apis.ts';
import { allPages } from './pages.ts';

/** HTTP and WebSocket APIs. */

const MaxResults = '100';

export async function listApiIds(client: ApiGatewayV2Client): Promise<string[]> {
  const apis = await allPages(
    (NextToken) => client.send(new GetApisCommand({ MaxResults, NextToken })),
    ({ Items, NextToken }) => [Items, NextToken],
  );
  return apis.map(({ ApiId }) => ApiId!);
}

/** What of an API invokes something; undefined when there is no such HTTP or WebSocket API. */
export async function readInvoking(
  client: ApiGatewayV2Client,
  ApiId: string,
): Promise<Pick<Api, 'apiId' | 'integrations' | 'authorizers'> | undefined> {
  try {
    const integrations = await allPages(
      (NextToken) => client.send(new GetIntegrationsCommand({ ApiId, MaxResults, NextToken })),
      ({ Items, NextToken }) => [Items, NextToken],
    );
    const authorizers = await allPages(
      (NextToken) => client.send(new GetAuthorizersCommand({ ApiId, MaxResults, NextToken })),
      ({ Items, NextToken }) => [Items, NextToken],
    );
    return {
      apiId: ApiId,
      integrations: integrations.map(({ IntegrationId, IntegrationUri, CredentialsArn }) => ({
        id: IntegrationId!,
        uri: IntegrationUri,
        roleArn: CredentialsArn,
      })),
      authorizers: authorizers.map(({ AuthorizerId, AuthorizerUri, AuthorizerCredentialsArn }) => ({
        id: AuthorizerId!,
        uri: AuthorizerUri,
        roleArn: AuthorizerCredentialsArn,
      })),
    };
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}

/** The routes and stages of an API that is there. */
export async function readRoutes(client: ApiGatewayV2Client, ApiId: string): Promise<Pick<Api, 'routes' | 'stages'>> {
  const routes = await allPages(
    (NextToken) => client.send(new GetRoutesCommand({ ApiId, MaxResults, NextToken })),
    ({ Items, NextToken }) => [Items, NextToken],
  );
  const stages = await allPages(
    (NextToken) => client.send(new GetStagesCommand({ ApiId, MaxResults, NextToken })),
    ({ Items, NextToken }) => [Items, NextToken],
  );
  return {
    routes: routes.map(({ RouteKey, Target }) => ({ key: RouteKey!, integrationId: Target?.replace(/^integrations\//, '') })),
    stages: stages.map(({ StageName, AutoDeploy }) => ({ name: StageName!, isAutoDeployed: AutoDeploy === true })),
  };
}
