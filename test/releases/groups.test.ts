import { describe, expect, it } from 'vitest';
import { createWorld, createWorldWith } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 50% 10m, 100% 10m' };

describe('two targets', () => {
  it('of which the second fails to shift: both go back to blue', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    let writes = 0;
    const count = () => {
      writes++;
      if (writes % 2 === 0) throw new Error('no such luck');
      world.before('shiftTraffic', 'UpdateAlias', count);
    };
    world.before('shiftTraffic', 'UpdateAlias', count);
    const release = await world.runRelease({ ...request, targets: ['orders-api', 'payments'] });
    expect(release).toMatchObject({ status: 'reverted', reason: { code: 'error', message: 'Error: no such luck' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.alias('payments')).toEqual({ version: '1', weights: {} });
  });

  it('are promoted together, and one that is unchanged is skipped', async () => {
    const world = await createWorldWith('orders-api');
    await world.aFunction('payments', { next: 'blue' });
    const before = await world.alias('payments');
    const release = await world.runRelease({ ...request, targets: ['orders-api', 'payments'] });
    expect(release).toMatchObject({
      status: 'promoted',
      targets: [
        { green: '2', unchanged: false },
        { green: '1', unchanged: true },
      ],
    });
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
    expect(await world.alias('payments')).toEqual(before);
  });

  it('that are both unchanged end unchanged, which is a success', async () => {
    const world = await createWorld();
    await world.aFunction('orders-api', { next: 'blue' });
    const release = await world.runRelease({ targets: ['orders-api'] });
    expect(release).toMatchObject({ status: 'unchanged', eventTypes: ['Release Started', 'Release Unchanged'] });
    expect(release.path.at(-1)).toBe('Unchanged');
  });
});
