import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';
import { runInWorld } from './run-in-world.ts';

const PLAN = '10% 1m, 100% 1m';

describe('a release that waits', () => {
  it('is started by flags, and list, show, status and watch say why it waits', async () => {
    const world = await createWorldWith('orders', 'payments');
    const first = await world.start({ targets: ['orders'], plan: '10% 10m' });
    await world.untilBaking(first);
    const release = async (...args: string[]) => {
      const { exitCode, output } = await runInWorld(world, ['release', ...args, '--plan', PLAN, '--detach', '--json']);
      expect(exitCode).toBe(0);
      return (JSON.parse(output) as { id: string }).id;
    };
    const queued = await release('orders', '--if-busy', 'wait');
    await world.minutes(1);
    const scheduled = await release('payments', '--start-at', '2026-01-15T13:00+00:00', '--override-freeze', 'the shop is down');
    await world.minutes(1);
    const why = `waits until release ${first} lets go of orders:live`;
    const { output: listed } = await runInWorld(world, ['list']);
    expect(listed).toMatch(new RegExp(`^${queued} +queued +- .*orders: ${why}$`, 'm'));
    expect(listed).toMatch(new RegExp(`^${scheduled} +scheduled +- .*payments: begins at 2026-01-15 13:00 UTC$`, 'm'));
    const { output: shown } = await runInWorld(world, ['show', scheduled]);
    expect(shown).toMatch(/^Status +scheduled: begins at 2026-01-15 13:00 UTC$/m);
    expect(shown).toMatch(/^Freeze +overridden: the shop is down$/m);
    expect((await runInWorld(world, ['status', 'orders'])).output).toContain(`release ${queued} is queued: ${why}\n`);
    expect((await runInWorld(world, ['status', 'payments'])).output).toContain(`release ${scheduled} is scheduled: begins at`);

    expect((await runInWorld(world, ['promote', queued])).said).toContain(`Release ${queued} has not begun: it ${why}.`);
    expect((await runInWorld(world, ['abort', scheduled])).exitCode).toBe(0);
    await world.command(first, 'abort');
    const { exitCode, output } = await runInWorld(world, ['watch', queued]);
    expect(exitCode).toBe(0);
    expect(output).toContain('◷ queued');
    expect(output).toContain(why);
  });

  it('is refused by what the flags cannot mean', async () => {
    const world = await createWorldWith('orders');
    const refused = async (...args: string[]) => {
      const { exitCode, said } = await runInWorld(world, ['release', 'orders', ...args]);
      expect(exitCode).toBe(64);
      return said;
    };
    expect(await refused('--if-busy', 'hope')).toContain('Allowed choices are fail, wait, replace');
    expect(await refused('--start-at', 'tomorrow')).toContain('startAt: is a time with its offset from UTC');
    expect(await refused('--start-at', '2026-01-15T11:00:00Z')).toContain('startAt: is over: it is 2026-01-15 12:00 UTC now');
  });
});
