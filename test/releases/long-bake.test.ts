import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';

describe('a bake of 30 days', () => {
  it('costs under 100 history events', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors');
    const id = await world.start({ targets: ['orders-api'], alarms: ['orders-errors'], plan: '10% 30d, 100% 1h' });
    await world.untilBaking(id);
    await world.minutes(60);
    // A look is the same in each of 43,200 minutes; in between only its heartbeat is played.
    const lookAgain = await world.onlyHeartbeats(id);
    await world.minutes(30 * 24 * 60 - 120);
    await lookAgain();
    await world.minutes(55);
    expect(await world.show(id)).toMatchObject({ status: 'baking', step: { number: 1 } });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    const history = await world.history(id);
    expect(history.length).toBeLessThan(100);
  }, 120_000);
});
