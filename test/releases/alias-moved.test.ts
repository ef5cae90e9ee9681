import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 50% 10m, 100% 10m' };

describe('a person moves an alias', () => {
  it('mid-bake: it is left as it is, and the release ends alias-moved', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.moveAlias('orders-api', '1', { 2: 0.33 });
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({
      status: 'alias-moved',
      reason: {
        code: 'alias-moved',
        message: 'alias live of orders-api is on version 1 with 33 % on version 2, which this release did not write',
      },
      targets: [{ moved: expect.stringContaining('33 %') }],
    });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.33 } });
    expect(world.events(id).at(-1)).toMatchObject({ 'detail-type': 'Release Alias Moved' });
    expect((await world.path(id)).at(-1)).toBe('AliasMoved');
  });

  it('mid-bake in a group: theirs is left, every other target goes back to blue', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    const id = await world.start({ ...request, targets: ['orders-api', 'payments'] });
    await world.untilBaking(id, 2);
    await world.moveAlias('payments', '2');
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({
      status: 'alias-moved',
      reason: { message: expect.stringContaining('alias live of payments is on version 2') },
    });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.alias('payments')).toEqual({ version: '2', weights: {} });
  });

  it('is not seen by a look whose turn it is not, which is a whole look all the same; the next one sees it', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.moveAlias('orders-api', '1', { 2: 0.33 });
    let heartbeats = 0;
    world.afterEvery('SendTaskHeartbeat', () => heartbeats++);
    const at = new Date(world.aws.ground.clock.nowMs()).toISOString();
    await world.invoke('bake', { releaseId: id, step: 0, at, alarms: [], readsAliases: false });
    expect(await world.show(id)).toMatchObject({ status: 'baking' });
    expect(heartbeats).toBe(1);
    await world.minutes(1);
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
  });

  it('back to blue in a hurry: it stays on blue', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.moveAlias('orders-api', '1');
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('between the shift’s reading and its write: the write is refused by RevisionId, and theirs stays', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start(request);
    await world.untilBaking(id);
    world.before('shiftTraffic', 'UpdateAlias', () => world.moveAlias('orders-api', '1', { 2: 0.77 }));
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.77 } });
  });

  it('just before promote decides: nothing is promoted', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    const id = await world.start({ ...request, targets: ['orders-api', 'payments'] });
    world.before('promote', 'GetAlias', () => world.moveAlias('orders-api', '1', { 2: 0.35 }));
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
    expect(await world.alias('payments')).toEqual({ version: '1', weights: {} });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.35 } });
  });

  it('after promote decided: the others are promoted, theirs is left, and the reason says so', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    const id = await world.start({ ...request, targets: ['orders-api', 'payments'] });
    world.before('promote', 'UpdateAlias', async () => {
      await world.moveAlias('orders-api', '1', { 2: 0.35 });
    });
    expect(await world.untilOver(id)).toMatchObject({
      status: 'promoted',
      reason: { message: expect.stringContaining('alias live of orders-api is on version 1 with 35 % on version 2') },
    });
    expect(await world.alias('payments')).toEqual({ version: '2', weights: {} });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.35 } });
  });
});
