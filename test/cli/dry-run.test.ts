import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';
import { runInWorld } from './run-in-world.ts';

const PLAN = ['--plan', '10% 5m, 100% 5m'];

describe('teal release --dry-run', () => {
  it('tells plan, time, cost, differences, checks and what each bake can see, and starts nothing', async () => {
    const world = await createWorldWith('orders');
    await world.anAlarm('red');
    const { exitCode, output, said } = await runInWorld(world, ['release', 'orders', ...PLAN, '--alarm', 'red', '--dry-run']);
    expect([exitCode, said]).toEqual([0, '']);
    expect(output).toMatch(/^This release would begin\.\n\nPlan {7}10% 5m, 100% 5m\nAlarms {5}red\nTakes {6}at least 10m\n/);
    expect(output).toMatch(
      /^Costs {6}21 state transitions of Step Functions, 20 invocations of Teal's functions, 0 smoke tests, \d+ metrics/m,
    );
    expect(output).toMatch(/^Target {5}orders:live {2}blue 1, green from \$LATEST\n {13}other code$/m);
    expect(output).toMatch(/^✔ orders has an alias live$/m);
    expect(output).not.toContain('✖');
    expect(output).toMatch(/^step 1 \(10 % for 5m\) of orders would catch no error rate with 95 %/m);
    expect(await world.call('GET', '/releases')).toMatchObject({ body: { releases: [] } });
    expect(await world.alias('orders')).toEqual({ version: '1', weights: {} });
  });

  it('ends with 2 when it would not begin, with each problem and what to do', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 5m' });
    const { exitCode, output, said } = await runInWorld(world, ['release', 'orders', 'order', ...PLAN, '--dry-run']);
    expect(exitCode).toBe(2);
    expect(output).toMatch(/^This release would not begin: 2 of \d+ checks failed\./);
    expect(output).toMatch(new RegExp(`^✖ no release in flight holds orders:live\n {4}release ${id} is releasing orders:live`, 'm'));
    expect(output).toMatch(/^✖ .*order exists\n {4}\S/m);
    expect(said).toBe('No function is called order: did you mean orders?\n');
    await world.untilOver(id);
  });

  it('tells what is unchanged', async () => {
    const world = await createWorldWith();
    await world.aFunction('orders', { next: 'blue' });
    const { exitCode, output } = await runInWorld(world, ['release', 'orders', ...PLAN, '--dry-run']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^Target {5}orders:live {2}unchanged \(version 1\)$/m);
  });

  it('prints the answer with --json', async () => {
    const world = await createWorldWith('orders');
    const { output } = await runInWorld(world, ['release', 'orders', ...PLAN, '--dry-run', '--json']);
    expect(JSON.parse(output)).toMatchObject({ wouldBegin: true, cost: { bakeMinutes: 10 }, checks: expect.any(Array) });
  });

  it('does not go with --detach', async () => {
    const world = await createWorldWith('orders');
    expect((await runInWorld(world, ['release', 'orders', '--dry-run', '--detach'])).exitCode).toBe(64);
  });
});
