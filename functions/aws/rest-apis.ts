import {
  type APIGatewayClient,
  GetAuthorizersCommand,
  GetResourcesCommand,
  GetRestApisCommand,
  GetStagesCommand,
  NotFoundException,
} from '@aws-sdk/client-api-gateway';
import type { RestApi } from '../release/adoption/apis.ts';
import { allPages } from './pages.ts';

const limit = 500;

export async function listRestApiIds(client: APIGatewayClient): Promise<string[]> {
  const apis = await allPages(
    (position) => client.send(new GetRestApisCommand({ limit, position })),
    ({ items, position }) => [items, position],
  );
  return apis.map(({ id }) => id!);
}

/** Undefined when there is no such REST API. */
export async function readRestApi(client: APIGatewayClient, restApiId: string): Promise<RestApi | undefined> {
  try {
    const resources = await allPages(
      // Without `embed` a resource names its methods and says nothing of their integrations.
      (position) => client.send(new GetResourcesCommand({ restApiId, limit, position, embed: ['methods'] })),
      ({ items, position }) => [items, position],
    );
    const authorizers = await allPages(
      (position) => client.send(new GetAuthorizersCommand({ restApiId, limit, position })),
      ({ items, position }) => [items, position],
    );
    const { item: stages = [] } = await client.send(new GetStagesCommand({ restApiId }));
    return {
      apiId: restApiId,
      methods: resources.flatMap(({ id, path, resourceMethods = {} }) =>
        Object.entries(resourceMethods).map(([method, { methodIntegration }]) => ({
          id: id!,
          path: path!,
          method,
          uri: methodIntegration?.uri,
          roleArn: methodIntegration?.credentials,
        })),
      ),
      authorizers: authorizers.map(({ id, authorizerUri, authorizerCredentials }) => ({
        id: id!,
        uri: authorizerUri,
        roleArn: authorizerCredentials,
      })),
      stages: stages.map(({ stageName, variables = {} }) => ({ name: stageName!, variables })),
    };
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}
