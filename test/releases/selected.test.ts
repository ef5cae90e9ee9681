import { DeleteAliasCommand, TagResourceCommand } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { deployStack, ORDERS_FUNCTION } from '../world/deploy-stack.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
afterEach(() => world.close());

const { Orders, OrdersRole } = ORDERS_FUNCTION as Record<string, { Properties: JsonObject }>;
const aFunction = (FunctionName: string) => ({ ...Orders, Properties: { ...Orders!.Properties, FunctionName } });
const anAlias = (logicalId: string) => ({
  Type: 'AWS::Lambda::Alias',
  Properties: { Name: 'live', FunctionName: { Ref: logicalId }, FunctionVersion: { 'Fn::GetAtt': [`${logicalId}Version`, 'Version'] } },
});
const aVersion = (logicalId: string) => ({ Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: logicalId } } });
const SHOP = {
  Resources: {
    OrdersRole,
    Orders,
    OrdersVersion: aVersion('Orders'),
    OrdersLive: anAlias('Orders'),
    Payments: aFunction('payments'),
    PaymentsVersion: aVersion('Payments'),
    PaymentsLive: anAlias('Payments'),
    Cleanup: aFunction('cleanup'),
  },
};
const tag = (name: string, Tags: Record<string, string>) =>
  world.lambda.send(new TagResourceCommand({ Resource: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`, Tags }));

const texts = (shown: { timeline: { text: string }[] }) => shown.timeline.map(({ text }) => text);
const STACK_NOTE = 'stack shop has 2 functions with an alias live; left out, since they have none: cleanup';

describe('a release of a stack', () => {
  it('is one of every function of it that has the alias, and those that are unchanged are skipped', async () => {
    world = await createWorld();
    await deployStack(world, 'shop', SHOP as JsonObject);
    await world.deployCode('payments', 'good');
    const over = await world.runRelease({ targets: [{ stack: 'shop' }], plan: '10% 1m' });
    expect(over.status).toBe('promoted');
    expect(over.targets).toMatchObject([
      { function: 'orders-api', alias: 'live', unchanged: true },
      { function: 'payments', alias: 'live', blue: '1', green: '2' },
    ]);
    expect(texts(over)).toContain(STACK_NOTE);
    expect(await world.call('GET', `/releases/${over.id}`)).toMatchObject({ status: 200 });
  });

  it('takes smoke tests of its functions, and refuses those of others', async () => {
    world = await createWorld();
    await deployStack(world, 'shop', SHOP as JsonObject);
    await world.deployCode('orders-api', 'good');
    const request = { targets: [{ stack: 'shop' }], plan: '10% 1m' };
    expect(await world.runRelease({ ...request, smokeTests: [{ target: 'orders-api' }] })).toMatchObject({ status: 'promoted' });
    expect(await world.call('POST', '/releases', { ...request, smokeTests: [{ target: 'cleanup' }] })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'smokeTests[0].target', message: '"cleanup" is not a target of this release' }] },
    });
  });

  it('is refused when Teal may release none of its functions', async () => {
    world = await createWorld();
    await deployStack(world, 'shop', SHOP as JsonObject);
    const heal = world.failing('startRelease', 'GetFunction', () =>
      Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }),
    );
    const { status, body } = await world.call<{ errors: unknown[] }>('POST', '/releases', { targets: [{ stack: 'shop' }] });
    heal();
    expect([status, body.errors]).toEqual([
      400,
      [{ field: 'targets', message: expect.stringMatching(/^Teal may not release .* of stack shop: its parameter releasableFunctions /) }],
    ]);
  });

  it('may be started by hand', async () => {
    world = await createWorld();
    await deployStack(world, 'shop', SHOP as JsonObject);
    await world.deployCode('payments', 'good');
    const over = await world.untilOver(await world.startByHand({ targets: [{ stack: 'shop' }], plan: '10% 1m' }));
    expect(over).toMatchObject({ status: 'promoted', targets: [{ function: 'orders-api' }, { function: 'payments' }] });
    expect(texts(over)).toContain(STACK_NOTE);
  });

  it('is the same release when it is asked for again under its key, whatever the stack has by then', async () => {
    world = await createWorld();
    await deployStack(world, 'shop', SHOP as JsonObject);
    await world.deployCode('payments', 'good');
    const ask = () => world.call('POST', '/releases', { targets: [{ stack: 'shop' }], plan: '10% 5m' }, { 'idempotency-key': 'k' });
    const first = await ask();
    await world.lambda.send(new DeleteAliasCommand({ FunctionName: 'orders-api', Name: 'live' }));
    expect(await ask()).toMatchObject({ status: 202, body: { id: first.body.id } });
    await world.lambda.send(new DeleteAliasCommand({ FunctionName: 'payments', Name: 'live' }));
    expect(await ask()).toMatchObject({ status: 202, body: { id: first.body.id } });
  });
});

describe('a release of a tag', () => {
  it('is one of every function that has it', async () => {
    world = await createWorld();
    for (const name of ['orders-api', 'payments', 'search']) await world.aFunction(name);
    await tag('orders-api', { service: 'orders', team: 'one' });
    await tag('payments', { service: 'orders' });
    await tag('search', { service: 'search' });
    const over = await world.runRelease({ targets: [{ tag: 'service=orders' }], plan: '10% 1m' });
    expect(over.status).toBe('promoted');
    expect(over.targets.map((target) => target.function).sort()).toEqual(['orders-api', 'payments']);
  });
});

describe('a selection is refused', () => {
  it.each<[string, unknown, { field: string; message: string }]>([
    ['of a stack that is not there', { stack: 'shop' }, { field: 'targets', message: 'there is no stack shop in this account and region' }],
    ['of a tag that no function has', { tag: 'a=b' }, { field: 'targets', message: 'tag a=b has no function' }],
    [
      'of a stack whose functions have no such alias',
      { stack: 'teal', alias: 'beta' },
      {
        field: 'targets',
        message: expect.stringMatching(/^no function of stack teal has an alias beta: .*, and \d+ more; create it/) as unknown as string,
      },
    ],
    [
      'that is a function too',
      { stack: 'shop', function: 'a' },
      { field: 'targets[0]', message: 'says one of "function", "stack" and "tag"' },
    ],
    ['that names nothing', { alias: 'live' }, { field: 'targets[0]', message: 'says one of "function", "stack" and "tag"' }],
    [
      'with a version',
      { stack: 'shop', version: '7' },
      { field: 'targets[0]', message: 'can say "version" and "codeSha256" of a "function" only' },
    ],
    ['of half a tag', { tag: 'service' }, { field: 'targets[0].tag', message: 'is a tag and its value, such as "service=orders"' }],
  ])('%s', async (_, target, wrong) => {
    world = await createWorld();
    expect(await world.call('POST', '/releases', { targets: [target] })).toMatchObject({ status: 400, body: { errors: [wrong] } });
  });
});
