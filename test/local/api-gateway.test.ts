import { APIGatewayClient, GetResourcesCommand, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  GetApiCommand,
  GetApisCommand,
  GetAuthorizersCommand,
  GetIntegrationCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
  UpdateIntegrationCommand,
} from '@aws-sdk/client-apigatewayv2';
import { describe, expect, it } from 'vitest';
import { createApiGateway } from '../../local/api-gateway.ts';
import { createHttpApi } from '../../local/http-api.ts';
import type { InvocationCall } from '../../local/service.ts';
import { aGround, clientConfigFor, startMs } from './a-ground.ts';

const ORDERS = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
const uriOf = (arn: string) => `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${arn}/invocations`;

/** An HTTP API with the routes GET and POST /orders on one integration, and who was invoked. */
function anApi() {
  const ground = aGround();
  const invoked: string[] = [];
  const httpApi = createHttpApi(ground, {
    async invoke({ functionName }: InvocationCall) {
      invoked.push(functionName);
      return { executedVersion: '1', payload: Buffer.from('{"statusCode":200}'), logTail: '' };
    },
    async invokeAsync() {},
  });
  const { apiId } = httpApi.create({ name: 'shop', routes: [] });
  const { integrationId } = httpApi.createIntegration(apiId, { uri: ORDERS, timeoutMs: 6_000 });
  for (const routeKey of ['GET /orders', 'POST /orders']) httpApi.addRoute(apiId, { routeKey, authorization: 'NONE', integrationId });
  const config = clientConfigFor(createApiGateway(ground, httpApi));
  return {
    apiId,
    integrationId,
    httpApi,
    invoked,
    client: new ApiGatewayV2Client(config),
    rest: new APIGatewayClient(config),
    get: () =>
      httpApi.handle({
        method: 'GET',
        path: `/execute-api/${apiId}/orders`,
        query: new URLSearchParams(),
        headers: {},
        body: Buffer.alloc(0),
      }),
  };
}

describe('HTTP APIs over the wire', () => {
  it('are there with their integrations, routes and stage', async () => {
    const { client, apiId, integrationId } = anApi();
    const apis = await client.send(new GetApisCommand({}));
    expect(apis.Items).toMatchObject([{ ApiId: apiId, Name: 'shop', ProtocolType: 'HTTP', CreatedDate: new Date(startMs) }]);
    expect(await client.send(new GetApiCommand({ ApiId: apiId }))).toMatchObject({ ApiId: apiId, Name: 'shop' });
    const integration = {
      IntegrationId: integrationId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: ORDERS,
      PayloadFormatVersion: '2.0',
      TimeoutInMillis: 6_000,
    };
    expect((await client.send(new GetIntegrationsCommand({ ApiId: apiId }))).Items).toMatchObject([integration]);
    expect(await client.send(new GetIntegrationCommand({ ApiId: apiId, IntegrationId: integrationId }))).toMatchObject(integration);
    const { Items: routes } = await client.send(new GetRoutesCommand({ ApiId: apiId }));
    expect(routes!.map(({ RouteKey, Target }) => [RouteKey, Target]).sort()).toEqual([
      ['GET /orders', `integrations/${integrationId}`],
      ['POST /orders', `integrations/${integrationId}`],
    ]);
    expect((await client.send(new GetStagesCommand({ ApiId: apiId }))).Items).toMatchObject([{ StageName: '$default', AutoDeploy: true }]);
    expect((await client.send(new GetAuthorizersCommand({ ApiId: apiId }))).Items).toEqual([]);
  });

  it('are listed in pages', async () => {
    const { client, httpApi, apiId } = anApi();
    const others = ['b', 'c'].map((name) => httpApi.create({ name, routes: [] }).apiId);
    const first = await client.send(new GetApisCommand({ MaxResults: '2' }));
    expect(first.Items!.map(({ ApiId }) => ApiId)).toEqual([apiId, others[0]]);
    const last = await client.send(new GetApisCommand({ MaxResults: '2', NextToken: first.NextToken }));
    expect([last.Items!.map(({ ApiId }) => ApiId), last.NextToken]).toEqual([[others[1]], undefined]);
  });

  it.each([
    ['the ARN of an alias', `${ORDERS}:live`],
    ['an address of API Gateway’s own', uriOf(`${ORDERS}:live`)],
  ])('invoke what an integration was updated to, at once and for all its routes: %s', async (_, IntegrationUri) => {
    const { client, apiId, integrationId, get, invoked } = anApi();
    await get();
    const updated = await client.send(new UpdateIntegrationCommand({ ApiId: apiId, IntegrationId: integrationId, IntegrationUri }));
    expect(updated).toMatchObject({ IntegrationUri, TimeoutInMillis: 6_000 });
    expect((await get()).status).toBe(200);
    expect(invoked).toEqual([ORDERS, `${ORDERS}:live`]);
  });

  it('refuse what they cannot do, by name, and say what is not there', async () => {
    const { client, apiId, integrationId } = anApi();
    const update = (settings: object) =>
      client.send(new UpdateIntegrationCommand({ ApiId: apiId, IntegrationId: integrationId, ...settings }));
    await expect(update({ CredentialsArn: 'arn:aws:iam::123456789012:role/x' })).rejects.toThrow('credentialsArn');
    await expect(update({ PayloadFormatVersion: '1.0' })).rejects.toThrow('the local AWS does not support the payload format 1.0');
    await expect(update({ IntegrationUri: 'https://example.com' })).rejects.toThrow('https://example.com');
    await expect(client.send(new GetIntegrationsCommand({ ApiId: 'nothing' }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Invalid API identifier specified 123456789012:nothing',
    });
    await expect(client.send(new GetIntegrationCommand({ ApiId: apiId, IntegrationId: 'none' }))).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });
});

describe('REST APIs', () => {
  it('are none, and that is said', async () => {
    const { rest, apiId } = anApi();
    expect((await rest.send(new GetRestApisCommand({}))).items).toEqual([]);
    await expect(rest.send(new GetResourcesCommand({ restApiId: apiId, embed: ['methods'] }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: `Invalid API identifier specified 123456789012:${apiId}`,
    });
  });
});
