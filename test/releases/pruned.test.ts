import { AddPermissionCommand, CreateAliasCommand, PutProvisionedConcurrencyConfigCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { createWorld, type World } from '../world.ts';

const request = { targets: ['orders-api'], plan: '100% 1m', unwatched: true };

/** A function of so many versions, the first of which serves, with newer code waiting. */
async function withVersions(count: number): Promise<World> {
  const world = await createWorld();
  await world.aFunction('orders-api', { next: 'blue' });
  for (let version = 2; version <= count; version++) {
    await world.deployCode('orders-api', `good ${version}`);
    await world.publish('orders-api');
  }
  await world.deployCode('orders-api', 'good again');
  return world;
}

const busy = () => Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });
const texts = async (world: World, id: string) => (await world.show(id)).timeline.map(({ text }) => text);
const todo = async (world: World) => (await world.items()).filter(({ pk }) => pk!.S === 'afterwards');

describe('old versions', () => {
  it('are deleted an hour after a promotion, but for the newest and the one to roll back to', async () => {
    const world = await withVersions(5);
    const { id, status } = await world.runRelease({ ...request, keepVersions: 2 });
    expect(status).toBe('promoted');
    await world.minutes(55);
    expect(await world.versions('orders-api')).toEqual(['1', '2', '3', '4', '5', '6']);
    await world.minutes(10);
    // 1 was blue: a rollback needs it.
    expect(await world.versions('orders-api')).toEqual(['1', '5', '6']);
    expect(await texts(world, id)).toContain('deleting old versions of orders-api: 2, 3, 4 (the newest 2 stay, and all that are used)');
    expect(await todo(world)).toEqual([]);
  });

  it('stay without keepVersions, and when a release does not stay', async () => {
    const world = await withVersions(3);
    await world.runRelease(request);
    expect(await todo(world)).toEqual([]);
    await world.deployCode('orders-api', 'bad');
    const id = await world.start({ ...request, plan: '50% 5m', keepVersions: 1 });
    await world.untilBaking(id);
    await world.command(id, 'abort');
    await world.untilOver(id);
    expect(await todo(world)).toEqual([]);
    expect(await world.versions('orders-api')).toEqual(['1', '2', '3', '4', '5']);
  });

  it('stay while a preview is to go back to them, which no alias names meanwhile', async () => {
    const world = await createWorld();
    await world.aFunction('orders-api', { next: 'bad' });
    const first = { targets: [{ function: 'orders-api', alias: 'beta' }], preview: 'next' };
    const smokeTests = [{ target: 'orders-api', payload: {}, expect: { statusCode: 200 } }];
    expect(await world.runRelease({ ...first, smokeTests })).toMatchObject({ status: 'rejected' });
    expect(await world.alias('orders-api', 'next')).toEqual({ version: '2', weights: {} });
    await world.deployCode('orders-api', 'good');
    await world.runRelease({ ...request, keepVersions: 1 });

    await world.deployCode('orders-api', 'good again');
    const id = await world.start({ ...first, approval: { before: 'traffic', timeout: '4h' } });
    await world.until(id, ({ status }) => status === 'awaiting-approval');
    expect(await world.alias('orders-api', 'next')).toEqual({ version: '4', weights: {} });
    await world.minutes(130);
    expect(await world.versions('orders-api')).toEqual(['1', '2', '3', '4']);
    await world.command(id, 'decline');
    await world.untilOver(id);
    expect(await world.alias('orders-api', 'next')).toEqual({ version: '2', weights: {} });
  });

  it('stay while anybody uses them: an alias, its weight, provisioned concurrency, a policy, a release in flight', async () => {
    const world = await withVersions(8);
    const ofVersion = (Qualifier: string) => ({ FunctionName: 'orders-api', Qualifier });
    await world.lambda.send(
      new CreateAliasCommand({
        FunctionName: 'orders-api',
        Name: 'beta',
        FunctionVersion: '2',
        RoutingConfig: { AdditionalVersionWeights: { 3: 0.5 } },
      }),
    );
    await world.lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...ofVersion('4'), ProvisionedConcurrentExecutions: 1 }));
    await world.lambda.send(
      new AddPermissionCommand({
        ...ofVersion('5'),
        StatementId: 'api',
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
      }),
    );
    await world.createAlias('orders-api', '7', 'canary');
    await world.runRelease({ ...request, keepVersions: 1 });
    await world.minutes(55);
    // In flight, and before its first write of an alias.
    world.failing('plan', 'GetAlias', busy);
    await world.start({ targets: [{ function: 'orders-api', alias: 'canary', version: '6' }], plan: '50% 5m' });
    await world.minutes(10);
    expect(await world.versions('orders-api')).toEqual(['1', '2', '3', '4', '5', '6', '7', '9']);
  });

  it('stay until nobody has moved an alias for an hour', async () => {
    const world = await withVersions(3);
    await world.runRelease({ ...request, keepVersions: 1 });
    await world.minutes(50);
    // There and back again: no alias names 2 any more, and who does this may do it again.
    await world.moveAlias('orders-api', '2');
    await world.moveAlias('orders-api', '4');
    await world.minutes(50);
    expect(await world.versions('orders-api')).toContain('2');
    await world.minutes(75);
    expect(await world.versions('orders-api')).toEqual(['1', '4']);
  });

  it('that are many are deleted over some minutes', async () => {
    const world = await withVersions(45);
    await world.runRelease({ ...request, keepVersions: 1 });
    await world.minutes(55);
    const counts: number[] = [];
    for (let minute = 0; minute < 10; minute++) {
      counts.push((await world.versions('orders-api')).length);
      await world.minutes(1);
    }
    expect([...new Set(counts)]).toEqual([46, 26, 6, 2]);
    expect(await world.versions('orders-api')).toEqual(['1', '46']);
  });

  it('are as many as the last promoted release says', async () => {
    const world = await withVersions(4);
    await world.runRelease({ ...request, keepVersions: 1 });
    await world.deployCode('orders-api', 'good at last');
    await world.runRelease(request);
    await world.minutes(130);
    expect(await world.versions('orders-api')).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(await todo(world)).toEqual([]);
  });

  it('go also when Lambda fails for a while, or the function is gone', async () => {
    const world = await withVersions(3);
    const { id } = await world.runRelease({ ...request, keepVersions: 1 });
    const recover = world.failing('tidy', 'DeleteFunction', busy);
    await world.minutes(65);
    expect(await world.versions('orders-api')).toContain('2');
    recover();
    world.before('tidy', 'DeleteFunction', () => world.createAlias('orders-api', '2', 'kept'));
    await world.minutes(2);
    expect(await world.versions('orders-api')).toEqual(['1', '2', '4']);
    expect((await texts(world, id)).at(-1)).toBe(
      'version 2 of orders-api stays: Unable to delete version because the following aliases reference it: [kept]',
    );
    await world.deployCode('orders-api', 'good again and again');
    await world.runRelease({ ...request, keepVersions: 1 });
    await world.deleteFunction('orders-api');
    await world.minutes(65);
    expect(await todo(world)).toEqual([]);
  });
});
