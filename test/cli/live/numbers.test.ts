import { describe, expect, it } from 'vitest';
import { connectAws } from '../../../cli/aws.ts';
import { readNumbers } from '../../../cli/live/numbers.ts';
import type { ReleaseAnswer } from '../../../cli/release-answer.ts';
import { createWorldWith, type World } from '../../world.ts';
import { anAnswer } from './an-answer.ts';

const read = async (world: World, id: string) => {
  const { readMetrics } = connectAws({}, world.aws.clientConfig);
  return readNumbers(readMetrics, (await world.show(id)) as unknown as ReleaseAnswer);
};

describe('the numbers of blue and green', () => {
  it('are what CloudWatch has of each since the bake opened', async () => {
    const world = await createWorldWith('orders');
    await world.deployCode('orders', 'bad');
    // In the middle of a minute.
    await world.minutes(0.5);
    const id = await world.start({
      targets: ['orders'],
      plan: '50% 20m, 100% 5m',
      judge: { errors: false, latency: false },
      unwatched: true,
    });
    await world.untilBaking(id);
    // Requests of the minute of the shift are of two weights.
    for (let request = 0; request < 10; request++) await world.request('orders');
    await world.minutes(1);
    const counts: Record<string, number> = { 1: 0, 2: 0 };
    for (let request = 0; request < 40; request++) counts[(await world.request('orders')).version]!++;
    await world.minutes(2);
    const numbers = await read(world, id);
    const found = numbers && 'byTarget' in numbers ? numbers.byTarget.get('orders:live')! : undefined;
    expect(found).toMatchObject({ blue: { requests: counts[1], errors: 0 }, green: { requests: counts[2], errors: counts[2] } });
    expect(found!.blue.meanMs).toBeGreaterThanOrEqual(0);
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('are not there before a whole minute of the bake, nor outside of one', async () => {
    const fail = () => Promise.reject(new Error('nobody asks'));
    expect(await readNumbers(fail, anAnswer({ bake: undefined }))).toBeUndefined();
    expect(await readNumbers(fail, anAnswer({ asOf: '2026-01-15T12:06:59.000Z' }))).toBeUndefined();
  });

  it.each([
    ['AccessDenied', 'these credentials may not cloudwatch:GetMetricData'],
    ['AccessDeniedException', 'these credentials may not cloudwatch:GetMetricData'],
    ['Throttling', 'CloudWatch did not answer (Throttling: no)'],
  ])('are missing with a reason after %s', async (name, missing) => {
    const refuse = () => Promise.reject(Object.assign(new Error('no'), { name }));
    expect(await readNumbers(refuse, anAnswer())).toEqual({ missing });
  });
});
