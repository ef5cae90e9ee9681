import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { deployStack } from '../world/deploy-stack.ts';
import { codeOf } from '../world/people.ts';
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
const zips = { 'code.zip': codeOf('blue'), 'other.zip': codeOf('good') };

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
  ['a version held still', withoutApi(held.first)],
  ['the alias resource', resource.first],
])('with %s, the stack makes the alias, and only a release moves it', async (_, first) => {
  const world = await createWorld();
  const { resources } = await deployStack(world, 'orders-prod', first, zips);
  expect(Object.values(resources).map(({ physicalId }) => physicalId)).toContain(LIVE);
  expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });

  await world.deployCode('orders-api', 'good');
  expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  expect(await world.runRelease(RELEASE)).toMatchObject({ status: 'promoted' });
  expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
});
