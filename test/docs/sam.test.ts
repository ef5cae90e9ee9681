import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { deployStack, uploadOf } from '../world/deploy-stack.ts';
import { createWorld } from '../world.ts';
import { codeBlocks } from './code-block.ts';
import { changedResources, type Template, typesThatName } from './references.ts';

/** What test/docs/sam/transform.py wrote: SAM's own transform, before and after a deploy with other code and configuration. */
const { templates } = JSON.parse(readFileSync(new URL('sam/transformed.json', import.meta.url), 'utf8')) as {
  templates: { source: string; first: Template; second: Template }[];
};
const [held, resource] = templates as [(typeof templates)[0], (typeof templates)[0]];

const LIVE = 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api:live';
const RELEASE = { targets: ['orders-api'], plan: '10% 1m, 100% 1m' };
const uploads = { ...uploadOf('blue', 'code.zip'), ...uploadOf('good', 'other.zip') };

it('the templates of docs/sam.md are those that SAM transformed', () => {
  expect(templates.map(({ source }) => source)).toEqual(codeBlocks('sam.md', 'yaml'));
});

it.each([
  ['a version held still', held],
  ['the alias resource', resource],
])('with %s, a deploy of other code changes the function and nothing else', (_, { first, second }) => {
  expect(changedResources(first, second)).toEqual(['OrdersFunction']);
});

it('with a version held still, everything calls the alias', () => {
  expect(typesThatName(held.first, 'OrdersFunction')).toEqual(['AWS::Lambda::Alias', 'AWS::Lambda::Version']);
  expect(typesThatName(held.first, 'OrdersFunctionAliaslive')).toEqual([
    'AWS::ApiGatewayV2::Api',
    'AWS::Events::Rule',
    'AWS::Lambda::Permission',
    'AWS::Lambda::Permission',
  ]);
});

it('with the alias resource, everything calls the alias, and no version is in the stack', () => {
  expect(typesThatName(resource.first, 'OrdersFunction')).toEqual(['Custom::TealAlias']);
  expect(typesThatName(resource.first, 'OrdersLive')).toEqual(['AWS::ApiGatewayV2::Integration', 'AWS::Lambda::Permission']);
  expect([resource.first.Resources.OrdersIntegration!.DependsOn].flat()).toEqual(['ApiMayCallOrders']);
});

/** Without the HTTP API, which SAM describes in OpenAPI: the local AWS does not read that. */
function withoutApi({ Resources, ...template }: Template): Template {
  const isOfApi = ([logicalId, { Type }]: [string, { Type: string }]) =>
    Type.startsWith('AWS::ApiGatewayV2::') || logicalId === 'OrdersFunctionGetPermission';
  return { ...template, Resources: Object.fromEntries(Object.entries(Resources).filter((entry) => !isOfApi(entry))) };
}

it.each([
  ['a version held still', withoutApi(held.first), withoutApi(held.second)],
  ['the alias resource', resource.first, resource.second],
])('with %s, the stack makes the alias, and only a release moves it', async (_, first, second) => {
  const world = await createWorld();
  const { resources } = await deployStack(world, 'orders-prod', first, uploads);
  expect([...resources.values()].map(({ physicalId }) => physicalId)).toContain(LIVE);
  expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });

  await deployStack(world, 'orders-prod', second, uploads);
  expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  expect(await world.runRelease(RELEASE)).toMatchObject({ status: 'promoted' });
  expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });

  await deployStack(world, 'orders-prod', first, uploads);
  expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
});

it('with a version held still, a change of the alias itself moves it back, as the page warns', async () => {
  const world = await createWorld();
  await deployStack(world, 'orders-prod', withoutApi(held.first), uploads);
  await deployStack(world, 'orders-prod', withoutApi(held.second), uploads);
  await world.runRelease(RELEASE);
  const { Resources } = withoutApi(held.second);
  const OrdersFunctionAliaslive = {
    ...Resources.OrdersFunctionAliaslive!,
    Properties: { ...Resources.OrdersFunctionAliaslive!.Properties, Description: 'ours' },
  };
  await deployStack(world, 'orders-prod', { Resources: { ...Resources, OrdersFunctionAliaslive } }, uploads);
  expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
});

/** The documented stack as it was before it had an alias. */
function bare({ Resources, ...template }: Template): Template {
  const { OrdersLive: _, OrdersIntegration, ApiMayCallOrders, ...rest } = Resources;
  const withProperties = (resource: typeof OrdersIntegration, changed: JsonObject) => ({
    ...resource!,
    Properties: { ...resource!.Properties, ...changed },
  });
  const changed = {
    OrdersIntegration: withProperties(OrdersIntegration, { IntegrationUri: { 'Fn::GetAtt': ['OrdersFunction', 'Arn'] } }),
    ApiMayCallOrders: withProperties(ApiMayCallOrders, { FunctionName: { Ref: 'OrdersFunction' } }),
  };
  return { ...template, Resources: { ...rest, ...changed } };
}

it.each([
  ['adopted first', true],
  ['in one deploy', false],
])('with the alias resource, a stack that serves already comes over %s, and no request fails', async (_, isAdopted) => {
  let apiId: string | undefined;
  const answers: unknown[] = [];
  /** A client that sends a request after every call that anybody makes to AWS. */
  const onAnswer = async () => {
    if (!apiId) return;
    const path = `/execute-api/${apiId}/orders`;
    const { status, body } = await world.aws.httpApi.handle({
      method: 'GET',
      path,
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.alloc(0),
    });
    answers.push(status === 200 ? JSON.parse(String(body)).version : status);
  };
  const world = await createWorld({ faults: { onAnswer } });
  world.behaviours.blue = (_event, { version }) => ({ version });
  const { resources } = await deployStack(world, 'orders-prod', bare(resource.first), uploads);
  apiId = resources.get('OrdersApi')!.physicalId;
  if (isAdopted) await world.meanwhile(world.call('POST', '/adoptions', { functions: ['orders-api'] }));
  await deployStack(world, 'orders-prod', resource.first, uploads);
  expect([...new Set(answers)].sort()).toEqual(['$LATEST', '1']);
  expect(answers.at(-1)).toBe('1');
});
