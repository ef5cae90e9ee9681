import { describe, expect, it } from 'vitest';
import { NoReply } from '../../local/faults.ts';
import { createWorldWith, START_MS, type World } from '../world.ts';

const request = { targets: ['orders-api'], plan: '50% 2m, 100% 1m', unwatched: true };

async function withProvisionedBlue(): Promise<World> {
  const world = await createWorldWith('orders-api');
  await world.provision('orders-api', '1', 5);
  return world;
}
const texts = async (world: World, id: string) => (await world.show(id)).timeline.map(({ text }) => text);

describe('a blue with provisioned concurrency', () => {
  it('gives green as much before the first shift, and keeps its own for an hour', async () => {
    const world = await withProvisionedBlue();
    let beforeTraffic: unknown;
    world.before('shiftTraffic', 'UpdateAlias', async () => {
      beforeTraffic = await world.provisioned('orders-api');
    });
    const id = await world.start(request);
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status: 'promoted' });
    expect(beforeTraffic).toEqual({ 1: 5, 2: 5 });
    expect(await world.path(id)).toEqual(expect.arrayContaining(['Blue provisioned?', 'ProvisionConcurrency', 'Warm green?']));
    await world.minutes(55);
    expect(await world.provisioned('orders-api')).toEqual({ 1: 5, 2: 5 });
    await world.minutes(8);
    expect(await world.provisioned('orders-api')).toEqual({ 2: 5 });
    expect(await texts(world, id)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^version 1 of orders-api has a provisioned concurrency of 5: green is given as much/),
        'version 2 of orders-api is given a provisioned concurrency of 5, as version 1 has',
        'the provisioned concurrency of version 1 of orders-api is taken: nobody has gone back to it',
      ]),
    );
  });

  it('loses it once: what somebody gives it afterwards stays, whatever else is tidied up of the release', async () => {
    const world = await withProvisionedBlue();
    const { id } = await world.runRelease({ ...request, rollbackWindow: '5m', keepVersions: 5 });
    await world.minutes(10);
    await world.provision('orders-api', '1', 3);
    await world.minutes(70);
    expect((await world.items()).filter(({ pk }) => pk!.S === 'afterwards')).toEqual([]);
    expect(await world.provisioned('orders-api')).toEqual({ 1: 3, 2: 5 });
    expect((await texts(world, id)).filter((text) => text.includes('version 1 of orders-api is taken'))).toHaveLength(1);
  });

  it('keeps it, and green loses it, when somebody has gone back to blue', async () => {
    const world = await withProvisionedBlue();
    await world.runRelease({ ...request, rollbackWindow: '10m' });
    await world.moveAlias('orders-api', '1');
    await world.minutes(12);
    expect(await world.provisioned('orders-api')).toEqual({ 1: 5 });
  });

  it('keeps it at a revert, and green loses it at once', async () => {
    const world = await withProvisionedBlue();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.command(id, 'abort');
    await world.until(id, ({ endedAt }) => endedAt !== undefined);
    expect(await world.provisioned('orders-api')).toEqual({ 1: 5 });
    expect(await texts(world, id)).toContain('the provisioned concurrency of version 2 of orders-api is taken again');
  });

  it('is tidied up after a function that died between asking Lambda and noting anything', async () => {
    const world = await withProvisionedBlue();
    let id = '';
    // The execution is over before what was asked of Lambda takes effect.
    world.before('provisionConcurrency', 'PutProvisionedConcurrencyConfig', async () => {
      await world.stop(id);
      world.aws.ground.clock.at(world.aws.ground.clock.nowMs() + 50_000, () => {
        void world.aws.ground.work.track(world.provision('orders-api', '2', 5));
      });
      throw new NoReply('killed');
    });
    id = await world.start(request);
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'stopped' } });
    await world.minutes(4);
    expect(await world.provisioned('orders-api')).toEqual({ 1: 5 });
    expect((await world.items()).filter(({ pk }) => pk!.S === 'afterwards')).toEqual([]);
  });

  it('keeps what the next release gives the same green', async () => {
    const world = await withProvisionedBlue();
    const first = await world.start(request);
    await world.untilBaking(first);
    await world.command(first, 'abort');
    await world.until(first, ({ endedAt }) => endedAt !== undefined);
    const { targets } = await world.runRelease({ ...request, plan: '100% 5m', rollbackWindow: '1m' });
    expect(targets).toMatchObject([{ green: '2' }]);
    await world.minutes(20);
    expect(await world.provisioned('orders-api')).toEqual({ 2: 5 });
  });

  it('rejects what Lambda cannot allocate, with its reason, and leaves nothing', async () => {
    const world = await withProvisionedBlue();
    world.allocate({ afterMs: 30_000, failure: 'FUNCTION_ERROR_INIT_FAILURE' });
    expect(await world.runRelease(request)).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'preflight',
        message: 'Lambda has failed to allocate the provisioned concurrency of version 2 of orders-api: FUNCTION_ERROR_INIT_FAILURE',
      },
    });
    expect(await world.provisioned('orders-api')).toEqual({ 1: 5 });
  });

  it('waits for minutes until it is there', async () => {
    const world = await withProvisionedBlue();
    world.allocate({ afterMs: 12 * 60_000 });
    const release = await world.runRelease({ ...request, plan: '100% 0m' });
    expect(release).toMatchObject({ status: 'promoted' });
    expect(world.aws.ground.clock.nowMs() - START_MS).toBeGreaterThan(12 * 60_000);
  });

  it('leaves alone what somebody has provisioned for green', async () => {
    const world = await withProvisionedBlue();
    const green = await world.publish('orders-api');
    await world.provision('orders-api', green, 9);
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.command(id, 'abort');
    await world.untilOver(id);
    expect(await world.provisioned('orders-api')).toEqual({ 1: 5, 2: 9 });
  });
});
