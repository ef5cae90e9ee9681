import { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { deployStack, ORDERS_FUNCTION } from '../world/deploy-stack.ts';
import { createWorld, createWorldWith, type World } from '../world.ts';

const ask = async (world: World) => (await world.call('GET', '/functions/orders-api/aliases/live')).body;
const alias = (Type: string, Properties: Record<string, unknown>) => ({ OrdersLive: { Type, Properties } });
const CUSTOM = alias('Custom::TealAlias', {
  ServiceToken: { 'Fn::ImportValue': 'teal-prod-AliasResource' },
  FunctionName: { Ref: 'Orders' },
});
const OF_CLOUDFORMATION = {
  OrdersVersion: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Orders' } } },
  ...alias('AWS::Lambda::Alias', {
    Name: 'live',
    FunctionName: { Ref: 'Orders' },
    FunctionVersion: { 'Fn::GetAtt': ['OrdersVersion', 'Version'] },
  }),
};

describe('whose an alias is, and whether it is where Teal left it', () => {
  it.each<[string, Record<string, unknown>, string, string[]]>([
    ['that leaves it to Teal', CUSTOM, 'Custom::TealAlias', []],
    [
      'that moves it',
      OF_CLOUDFORMATION,
      'AWS::Lambda::Alias',
      [
        'stack shop owns where alias live of orders-api points (OrdersLive): a deploy that changes the resource moves it, also during a release',
      ],
    ],
  ])('is told of a stack %s, by the API and by the release', async (_, resource, type, warnings) => {
    const world = await createWorld();
    await deployStack(world, 'shop', { Resources: { ...ORDERS_FUNCTION, ...resource } } as never);
    expect(await ask(world)).toMatchObject({ stack: { stack: 'shop', logicalId: 'OrdersLive', type }, warnings });
    await world.deployCode('orders-api', 'good');
    const over = await world.runRelease({ targets: ['orders-api'], plan: '10% 1m' });
    expect(over.status).toBe('promoted');
    expect(over.timeline.map(({ text }) => text).filter((text) => text.startsWith('stack '))).toEqual(warnings);
  });

  it('is told of an alias that is in no stack', async () => {
    const world = await createWorldWith('orders-api');
    expect(await ask(world)).toMatchObject({ stack: null, warnings: [] });
  });

  it('is told when somebody has moved it since the last release', async () => {
    const world = await createWorldWith('orders-api');
    const { id } = await world.runRelease({ targets: ['orders-api'], plan: '10% 1m' });
    await world.moveAlias('orders-api', '1');
    const warning = expect.stringMatching(
      new RegExp(`^somebody has moved alias live of orders-api since: it is on version 1, and release ${id} put version 2 in service at `),
    );
    expect(await ask(world)).toMatchObject({ movedByOthers: true, warnings: [warning] });
    await world.deployCode('orders-api', 'bad');
    const next = await world.start({ targets: ['orders-api'], plan: '10% 5m' });
    expect((await world.untilBaking(next)).timeline.map(({ text }) => text)).toContainEqual(warning);
    // What a release does to it is no drift.
    expect(await ask(world)).toMatchObject({ inFlight: next, warnings: [] });
    await world.command(next, 'abort');
    await world.untilOver(next);
  });

  it('is told when users call the function and none the alias', async () => {
    const world = await createWorldWith('orders-api');
    for (const name of ['$LATEST', undefined, undefined])
      await world.lambda.send(new InvokeCommand({ FunctionName: 'orders-api', Qualifier: name }));
    await world.minutes(3);
    const warning = expect.stringMatching(
      /^orders-api had 3 requests without an alias in the last day, and its alias live none: .*POST \/adoptions/,
    );
    expect(await ask(world)).toMatchObject({ requestsOfLastDay: { ofFunction: 3, ofAlias: 0, ofLatest: 3 }, warnings: [warning] });
    const over = await world.runRelease({ targets: ['orders-api'], plan: '10% 1m' });
    expect(over.timeline.map(({ text }) => text)).toContainEqual(warning);

    await world.request('orders-api');
    await world.minutes(3);
    expect(await ask(world)).toMatchObject({ warnings: [] });
  });

  it('is told of no requests that were Teal’s own, nor of those by another alias', async () => {
    const world = await createWorldWith('orders-api');
    const smokeTests = [{ target: 'orders-api', payload: {}, expect: { statusCode: 200 } }];
    await world.runRelease({ targets: ['orders-api'], plan: '100% 0m', unwatched: true, smokeTests, warm: 2 });
    await world.createAlias('orders-api', '1', 'staging');
    await world.request('orders-api', 'staging');
    await world.minutes(3);
    expect(await ask(world)).toMatchObject({ requestsOfLastDay: { ofFunction: 4, ofAlias: 0, ofLatest: 0 }, warnings: [] });
  });

  it('waits for no CloudWatch: who serves is told without its answer, and a release that nothing judges goes on', async () => {
    const world = await createWorldWith('orders-api');
    const throttled = () => Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
    const heals = ['showAlias', 'plan'].map((key) => world.failing(key, 'GetMetricData', throttled));
    expect(await ask(world)).toMatchObject({ version: '1', requestsOfLastDay: null });
    const over = await world.runRelease({
      targets: ['orders-api'],
      plan: '100% 1m',
      judge: { errors: false, latency: false },
      unwatched: true,
    });
    for (const heal of heals) heal();
    expect(over.status).toBe('promoted');
    expect(over.timeline.map(({ text }) => text)).toContain('CloudWatch did not say whether anybody calls alias live of orders-api');
  });

  it('counts a day that CloudWatch cuts in two, and no request of the day before', async () => {
    const world = await createWorldWith('orders-api');
    await world.request('orders-api');
    await world.minutes(11 * 60);
    await world.request('orders-api');
    await world.minutes(2 * 60);
    expect(await ask(world)).toMatchObject({ requestsOfLastDay: { ofFunction: 2, ofAlias: 2 } });
    await world.minutes(12 * 60);
    expect(await ask(world)).toMatchObject({ requestsOfLastDay: { ofFunction: 1, ofAlias: 1 } });
  });

  it('waits for no CloudFormation: a release goes on without its answer', async () => {
    const world = await createWorldWith('orders-api');
    const throttled = () => Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
    const heal = world.failing('plan', 'DescribeStackResources', throttled);
    const over = await world.runRelease({ targets: ['orders-api'], plan: '10% 1m' });
    heal();
    expect(over.status).toBe('promoted');
    expect(over.timeline.map(({ text }) => text)).toContain('CloudFormation did not say whether a stack has alias live of orders-api');
  });
});
