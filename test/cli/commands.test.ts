import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';
import { runInWorld } from './run-in-world.ts';

const PLAN = '10% 5m, 100% 5m';

describe('teal list', () => {
  it('is a table of the newest releases', async () => {
    const world = await createWorldWith('orders', 'payments');
    await world.runRelease({ targets: ['orders'], plan: PLAN });
    const id = await world.start({ targets: ['payments'], plan: PLAN });
    await world.untilBaking(id);
    const { exitCode, output } = await runInWorld(world, ['list']);
    expect(exitCode).toBe(0);
    const lines = output.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^RELEASE +STATUS +STEP +STARTED \(UTC\) +TARGETS$/);
    expect(lines[1]).toMatch(/^payments-\S+ +baking +1\/2 10 % +2026-01-15 \d\d:\d\d:\d\d +payments$/);
    expect(lines[2]).toMatch(/^orders-\S+ +promoted +2\/2 100 % +2026-01-15 12:00:00 +orders$/);
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('takes a function, a status and a number, and prints JSON', async () => {
    const world = await createWorldWith('orders', 'payments');
    await world.runRelease({ targets: ['orders'], plan: PLAN });
    await world.runRelease({ targets: ['payments'], plan: PLAN });
    const ids = async (...args: string[]) => {
      const { output } = await runInWorld(world, ['list', '--json', ...args]);
      return (JSON.parse(output) as { releases: { id: string }[] }).releases.map(({ id }) => id.split('-')[0]);
    };
    expect(await ids()).toEqual(['payments', 'orders']);
    expect(await ids('--function', 'orders')).toEqual(['orders']);
    expect(await ids('--status', 'reverted')).toEqual([]);
    expect(await ids('--limit', '1')).toEqual(['payments']);
  });
});

describe('teal show', () => {
  it('is the record with its timeline', async () => {
    const world = await createWorldWith('orders');
    const { id } = await world.runRelease({ targets: ['orders'], plan: PLAN, reason: 'checkout redesign' });
    const { exitCode, output } = await runInWorld(world, ['show', id]);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^Status +promoted: /m);
    expect(output).toMatch(/^Reason +checkout redesign$/m);
    expect(output).toMatch(/^Plan +10% 5m, ▸ 100% 5m$/m);
    expect(output).toMatch(/^Target +orders:live {2}blue 1, green 2, 100 % to green$/m);
    expect(output).toMatch(/^2026-01-15 12:0\d:\d\d {2}shifting 10 % to green$/m);
    const json = await runInWorld(world, ['show', id, '--json']);
    expect(JSON.parse(json.output)).toMatchObject({ id, status: 'promoted' });
  });

  it('says how to find a release that it does not know', async () => {
    const world = await createWorldWith();
    const { exitCode, said } = await runInWorld(world, ['show', 'orders-1']);
    expect([exitCode, said]).toEqual([64, 'There is no release orders-1. teal list lists them.\n']);
  });
});

describe('what people wrote', () => {
  it('writes over nobody’s screen and makes no line of its own', async () => {
    const world = await createWorldWith('orders');
    const reason = 'hot\u001b[2J\u001b]0;owned\u0007fix\nof checkout';
    const watched = await runInWorld(world, ['release', 'orders', '--plan', PLAN, '--reason', reason]);
    const [, id] = /Release (\S+) of/.exec(watched.output)!;
    const shown = await runInWorld(world, ['show', id!]);
    for (const { output } of [watched, shown]) {
      expect(output).toMatch(/started the release of orders: hot .*fix of checkout$/m);
      expect(output.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });
});

describe('teal status', () => {
  it('says who serves, since when and by which release', async () => {
    const world = await createWorldWith('orders');
    const { id } = await world.runRelease({ targets: ['orders'], plan: PLAN });
    const { exitCode, output } = await runInWorld(world, ['status', 'orders']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(new RegExp(`^orders:live is on version 2\nsince 2026-01-15 12:\\d\\d:\\d\\d UTC, by release ${id}\n`));
  });

  it('says who serves also when CloudWatch does not answer', async () => {
    const world = await createWorldWith('orders');
    const heal = world.failing('showAlias', 'GetMetricData', () => Object.assign(new Error('Rate exceeded'), { name: 'Throttling' }));
    const { exitCode, output } = await runInWorld(world, ['status', 'orders']);
    heal();
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringMatching(/^orders:live is on version 1\n/) });
    expect(output).not.toContain('requests in the last day');
  });

  it('names the release in flight and what green gets', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: PLAN });
    await world.untilBaking(id);
    const { output } = await runInWorld(world, ['status', 'orders']);
    expect(output).toContain('orders:live is on version 1, version 2 gets 10 %\n');
    expect(output).toContain(`release ${id} is in flight from version 1 to version 2: teal watch ${id}\n`);
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('warns when somebody has moved the alias', async () => {
    const world = await createWorldWith('orders');
    await world.runRelease({ targets: ['orders'], plan: PLAN });
    await world.moveAlias('orders', '1');
    const { output } = await runInWorld(world, ['status', 'orders']);
    expect(output).toMatch(/^! somebody has moved alias live of orders since: it is on version 1/m);
  });

  it('warns when $LATEST is code that was reverted, and names the flag that releases it anyway', async () => {
    const world = await createWorldWith('orders');
    await world.anAlarm('red');
    const id = await world.start({ targets: ['orders'], plan: PLAN, alarms: ['red'] });
    await world.untilBaking(id);
    await world.setAlarm('red', 'ALARM');
    await world.untilOver(id);
    const { exitCode, output } = await runInWorld(world, ['status', 'orders']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(
      new RegExp(
        `^! \\$LATEST of orders is code that release ${id} reverted at 2026-01-15T12:.* \\(alarm red .*\\).* release this with --again$`,
        'm',
      ),
    );
  });

  it('suggests the nearest names for a function that is not there', async () => {
    const world = await createWorldWith('orders', 'payments');
    const { exitCode, said } = await runInWorld(world, ['status', 'order']);
    expect(exitCode).toBe(64);
    expect(said).toContain('No function is called order: did you mean orders?');
  });

  it('suggests an adoption for a function without the alias', async () => {
    const world = await createWorldWith();
    await world.aBareFunction('orders');
    const { exitCode, said } = await runInWorld(world, ['status', 'orders']);
    expect(exitCode).toBe(64);
    expect(said).toContain('teal adopt orders --alias live');
  });

  it('says how to make an alias again by which Teal served', async () => {
    const world = await createWorldWith('orders');
    await world.runRelease({ targets: ['orders'], plan: PLAN });
    await world.deleteAlias('orders');
    const { exitCode, said } = await runInWorld(world, ['status', 'orders']);
    expect(exitCode).toBe(64);
    expect(said).toMatch(/somebody has deleted alias live of orders, by which release orders-\S+ put version 2 in service/);
    expect(said).toContain('aws lambda create-alias --function-name orders --name live --function-version 2');
    expect(said).not.toContain('If the function is there');
  });

  it('suggests nothing to whoever may not list functions', async () => {
    const world = await createWorldWith('orders');
    const listFunctions = () => Promise.reject(new Error('not authorized'));
    const { exitCode, said } = await runInWorld(world, ['status', 'order'], { aws: { listFunctions } });
    expect(exitCode).toBe(64);
    expect(said).toContain('Function order has no alias live');
    expect(said).not.toContain('No function is called');
  });
});

describe('teal promote, advance and abort', () => {
  it.each([
    ['promote', 'promoted', '2'],
    ['abort', 'reverted', '1'],
  ])('%s a release with a reason', async (command, status, version) => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: PLAN });
    await world.untilBaking(id);
    const { exitCode, output } = await runInWorld(world, [command, id, '--reason', 'because']);
    expect(exitCode).toBe(0);
    expect(output).toContain(`teal watch ${id}`);
    const ended = await world.untilOver(id);
    expect(ended.status).toBe(status);
    expect(ended.timeline.some(({ text }) => text.includes('because'))).toBe(true);
    expect(await world.alias('orders')).toEqual({ version, weights: {} });
  });

  it('advance a release to its next step', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 60m, 100% 5m' });
    await world.untilBaking(id);
    expect((await runInWorld(world, ['advance', id, '--json'])).exitCode).toBe(0);
    expect((await world.until(id, ({ step }) => step?.number === 2, 10)).step?.number).toBe(2);
    await world.untilOver(id);
  });

  it('advance one step when the answer is lost and the command is sent again', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 60m, 50% 60m, 100% 5m' });
    await world.untilBaking(id);
    let sent = 0;
    const { exitCode, said } = await runInWorld(world, ['advance', id, '--reason', 'seen enough'], {
      async connection(path, send) {
        if (!path.endsWith('/advance')) return send();
        const answer = await send();
        if (++sent > 1) return answer;
        await world.untilBaking(id, 2);
        throw new TypeError('fetch failed', { cause: new Error('other side closed') });
      },
    });
    expect(exitCode).toBe(0);
    expect(said).toMatch(/does not answer .*other side closed.*: trying again/);
    await world.minutes(30);
    expect(await world.show(id)).toMatchObject({ status: 'baking', step: { number: 2 } });
  });

  it('say that nobody knows whether they were taken when no answer comes at all', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: PLAN });
    await world.untilBaking(id);
    const { exitCode, said } = await runInWorld(world, ['advance', id], {
      connection: () => Promise.reject(new TypeError('fetch failed')),
    });
    expect(exitCode).toBe(69);
    expect(said).toContain(`Whether Teal has taken it is not known: before you ask again, look at teal show ${id}\n`);
  });

  it('abort when the answer is lost, without being told that they come too late', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: PLAN });
    await world.untilBaking(id);
    let sent = 0;
    const { exitCode, output } = await runInWorld(world, ['abort', id], {
      async connection(_, send) {
        const answer = await send();
        if (++sent > 1) return answer;
        throw new TypeError('fetch failed');
      },
    });
    expect([exitCode, output]).toEqual([0, expect.stringContaining('is aborted')]);
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'aborted' } });
  });

  it('are refused when the release is over', async () => {
    const world = await createWorldWith('orders');
    const { id } = await world.runRelease({ targets: ['orders'], plan: PLAN });
    const { exitCode, said } = await runInWorld(world, ['abort', id]);
    expect([exitCode, said]).toEqual([2, `Release ${id} is over: promoted.\n`]);
  });
});

describe('teal approve, decline, pause and resume', () => {
  const ask = async (name: string, approval?: Record<string, unknown>) => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: PLAN, approval });
    const isThere = approval ? 'awaiting-approval' : 'baking';
    await world.until(id, ({ status }) => status === isThere);
    const { exitCode, output, said } = await runInWorld(world, [name, id, '--reason', 'copy is late']);
    return { world, id, exitCode, output, said };
  };

  it('approve what waits, and show who did', async () => {
    const { world, id, exitCode, output } = await ask('approve', { before: 'traffic', timeout: '4h' });
    expect([exitCode, output]).toEqual([0, `Release ${id} is approved (now preparing). To see it: teal watch ${id}\n`]);
    await world.untilOver(id);
    const shown = await runInWorld(world, ['show', id]);
    expect(shown.output).toMatch(/^Approval +before traffic: approved by arn:\S+ at 2026-01-15 12:00:\d\d: copy is late$/m);
  });

  it('decline what waits: watching it ends as rejected', async () => {
    const { world, id, exitCode } = await ask('decline', { before: 'traffic' });
    expect(exitCode).toBe(0);
    await world.untilOver(id);
    const { exitCode: watched, said } = await runInWorld(world, ['watch', id]);
    expect(watched).toBe(2);
    expect(said).toContain('declined it: copy is late');
  });

  it('say until when a release waits', async () => {
    const { world, id, output } = await ask('promote', { before: 'traffic', timeout: '4h' });
    expect(output).toContain(`It gets no traffic before somebody has approved it: teal approve ${id}.`);
    expect((await runInWorld(world, ['list'])).output).toContain('awaiting-approval until 2026-01-15 16:00:00');
    expect((await runInWorld(world, ['show', id])).output).toMatch(
      /^Approval +before traffic: waits until 2026-01-15 16:00:00, then declined$/m,
    );
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('are refused with what to do by a release that wants four eyes', async () => {
    const { world, id, exitCode, said } = await ask('approve', { before: 'promote', notBy: 'starter' });
    expect(exitCode).toBe(2);
    expect(said).toContain('must be approved by somebody else');
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('pause a bake and resume it', async () => {
    const { world, id, exitCode } = await ask('pause');
    expect(exitCode).toBe(0);
    const shown = await runInWorld(world, ['show', id]);
    expect(shown.output).toMatch(/^Status +paused$/m);
    expect(shown.output).toMatch(/^Paused +by arn:\S+ at 2026-01-15 12:00:\d\d: copy is late$/m);
    // Each has a key of its time.
    await world.minutes(1);
    const resumed = await runInWorld(world, ['resume', id]);
    expect(resumed.output).toBe(`Release ${id} goes on (now baking). To see it: teal watch ${id}\n`);
    await world.minutes(1);
    expect(await runInWorld(world, ['resume', id])).toMatchObject({ exitCode: 2, said: expect.stringContaining(`teal pause ${id}`) });
    await world.untilOver(id);
  });
});

describe('teal adopt', () => {
  it('is a checklist of what is done and what is left', async () => {
    const world = await createWorldWith();
    await world.aBareFunction('orders');
    await world.allowBare('orders', 'partner', { Principal: '210987654321' });
    const { exitCode, output } = await runInWorld(world, ['adopt', 'orders']);
    expect(exitCode).toBe(0);
    expect(output).toContain('orders\n  [x] alias live is made, on version 1\n  [x] permissions are copied to the alias: partner\n');
    expect(output).toMatch(/^ {2}\[ \] permission calls it without the alias \(statement partner; principal /m);
    expect(output).toMatch(/^Not looked at:\n {2}\[ \] callers that name the function in their own code/m);
    expect(await world.alias('orders')).toEqual({ version: '1', weights: {} });
    const again = await runInWorld(world, ['adopt', 'orders', '--json']);
    expect(JSON.parse(again.output)).toMatchObject({ functions: [{ function: 'orders', aliasCreated: false }] });
  });

  it('suggests the nearest names for a function that is not there', async () => {
    const world = await createWorldWith('orders');
    await world.aBareFunction('d');
    const { exitCode, said } = await runInWorld(world, ['adopt', 'ordres']);
    expect(exitCode).toBe(64);
    expect(said).toContain('No function is called ordres: did you mean orders?');
  });
});
