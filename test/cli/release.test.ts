import { describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';
import { runInWorld } from './run-in-world.ts';

const PLAN = ['--plan', '10% 5m, 100% 5m'];
const lost = () => new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
const newest = async (world: World) => {
  const { body } = await world.call<{ releases: { id: string }[] }>('GET', '/releases');
  return world.show(body.releases[0]!.id);
};

describe('teal release', () => {
  it('ends with 0 when green is promoted, and has told each change in a line', async () => {
    const world = await createWorldWith('orders', 'payments');
    const { exitCode, output, said } = await runInWorld(world, ['release', 'orders', 'payments', ...PLAN, '--reason', 'checkout']);
    expect([exitCode, said]).toEqual([0, '']);
    expect(output).toMatch(/^Release orders-\S+ of orders, payments\n/);
    expect(output).toMatch(/^\d\d:\d\d:\d\d {2}· .* started the release of orders, payments: checkout$/m);
    expect(output).toMatch(/^\d\d:\d\d:\d\d {2}· shifting 10 % to green$/m);
    expect(output).toMatch(/^ {10}◐ baking$/m);
    expect(output).toMatch(/\nRelease orders-\S+ is promoted.*\n$/);
    for (const name of ['orders', 'payments']) expect(await world.alias(name)).toEqual({ version: '2', weights: {} });
  });

  it('ends with 0 when there is nothing new', async () => {
    const world = await createWorldWith();
    await world.aFunction('orders', { next: 'blue' });
    const { exitCode, output } = await runInWorld(world, ['release', 'orders', ...PLAN]);
    expect(exitCode).toBe(0);
    expect(output).toContain('unchanged');
  });

  it('ends with 1 when an alarm reverts it', async () => {
    const world = await createWorldWith('orders');
    await world.anAlarm('red');
    const { exitCode, said } = await runInWorld(world, ['release', 'orders', ...PLAN, '--alarm', 'red'], {
      when: [/◐ baking/, () => world.setAlarm('red', 'ALARM')],
    });
    expect(exitCode).toBe(1);
    expect(said).toMatch(/was reverted: .*alarm red/);
    expect(await world.alias('orders')).toEqual({ version: '1', weights: {} });
  });

  it('ends with 2 when it is rejected, and suggests the nearest names', async () => {
    const world = await createWorldWith('orders');
    const { exitCode, said } = await runInWorld(world, ['release', 'order', ...PLAN]);
    expect(exitCode).toBe(2);
    expect(said).toMatch(/was rejected before any user met the new version: .*order/);
    expect(said).toContain('No function is called order: did you mean orders?');
  });

  it('ends with 2 when another release holds the alias, and says how to watch that', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 5m' });
    const { exitCode, said, output } = await runInWorld(world, ['release', 'orders', ...PLAN]);
    expect([exitCode, output]).toEqual([2, '']);
    expect(said).toBe(
      `Release ${id} is releasing orders:live. Wait for its end, or abort it: teal abort ${id}. To watch it: teal watch ${id}\n`,
    );
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('ends with 3 when a person moves the alias', async () => {
    const world = await createWorldWith('orders');
    const { exitCode, said } = await runInWorld(world, ['release', 'orders', ...PLAN], {
      when: [/◐ baking/, () => world.moveAlias('orders', '1')],
    });
    expect(exitCode).toBe(3);
    expect(said).toContain('a person moved an alias');
  });

  it('is started and left alone with --detach', async () => {
    const world = await createWorldWith('orders');
    const { exitCode, output } = await runInWorld(world, ['release', 'orders', ...PLAN, '--detach']);
    const { id } = await newest(world);
    expect([exitCode, output]).toEqual([0, `Release ${id} of orders goes on by itself. To watch it: teal watch ${id}\n`]);
    expect((await world.untilOver(id)).status).toBe('promoted');
  });

  it('says what teal.json says of its functions, and over it the file, and over that the command line', async () => {
    const world = await createWorldWith('orders', 'payments');
    const team = {
      defaults: { plan: '20% 5m, 100% 5m', reason: 'of the team' },
      tiers: [{ name: 'money', functions: ['pay*'], release: { plan: '1% 5m, 100% 5m', labels: { tier: 'money' } } }],
    };
    const files = {
      'teal.json': JSON.stringify(team),
      'release.json': JSON.stringify({ targets: ['orders'], reason: 'of the file', labels: { by: 'file' } }),
    };
    const planOf = async (...args: string[]) => {
      await runInWorld(world, ['release', ...args], { files });
      const { plan, labels, requestReason } = await newest(world);
      return { weight: (plan as { weight: number }[])[0]!.weight, labels, requestReason };
    };
    expect(await planOf('orders')).toEqual({ weight: 20, labels: {}, requestReason: 'of the team' });
    expect(await planOf('payments')).toEqual({ weight: 1, labels: { tier: 'money' }, requestReason: 'of the team' });
    for (const name of ['orders', 'payments']) await world.deployCode(name, 'good again');
    expect(await planOf('--file', 'release.json', '--plan', '30% 5m')).toEqual({
      weight: 30,
      labels: { by: 'file' },
      requestReason: 'of the file',
    });
  });

  it('names its own flag where what is missing is a field of the API', async () => {
    const world = await createWorldWith('orders');
    const { exitCode, said } = await runInWorld(world, ['release', 'orders', '--plan', '100% 1m']);
    expect(exitCode).toBe(64);
    expect(said).toMatch(/or say --unwatched$/m);
  });

  it('sends the content of the files that smoke tests name, each beside the file that names it', async () => {
    const world = await createWorldWith('orders');
    const received: unknown[] = [];
    world.behaviours.good = (event) => {
      received.push(event);
      return {};
    };
    const smokeTests = (file: string) => [{ target: 'orders', payload: { $file: file } }];
    const files = {
      'teal.json': JSON.stringify({ tiers: [{ name: 'all', functions: ['*'], release: { smokeTests: smokeTests('smoke/order.json') } }] }),
      'smoke/order.json': '{ "item": 7 }',
      'releases/night.json': JSON.stringify({ smokeTests: smokeTests('smoke/order.json') }),
      'releases/smoke/order.json': '{ "item": 8 }',
      'releases/typo.json': JSON.stringify({ smokeTests: smokeTests('smoke/ordr.json') }),
      'releases/broken.json': JSON.stringify({ smokeTests: smokeTests('night.txt') }),
      'releases/night.txt': 'item: 7',
    };
    const run = (...args: string[]) => runInWorld(world, ['release', 'orders', '--plan', '10% 1m', ...args], { files });
    expect((await run()).exitCode).toBe(0);
    await world.deployCode('orders', 'good again');
    expect((await run('--file', 'releases/night.json')).exitCode).toBe(0);
    expect(received).toEqual([{ item: 7 }, { item: 8 }]);
    expect(await run('--file', 'releases/typo.json')).toMatchObject({
      exitCode: 64,
      said: expect.stringContaining('smokeTests[0].payload: there is no file smoke/ordr.json'),
    });
    expect((await run('--file', 'releases/broken.json')).said).toContain('smokeTests[0].payload: night.txt is not JSON: ');
  });

  it('says what is wrong with teal.json', async () => {
    const world = await createWorldWith('orders');
    const files = { 'teal.json': '{ "defaults": { "plann": "10% 5m" } }' };
    const { exitCode, said } = await runInWorld(world, ['release', 'orders'], { files });
    expect(exitCode).toBe(64);
    expect(said).toContain('teal.json defaults.plann: is not a field');
  });

  it.each([[[]], [['orders', 'payments']]])('releases a published version of one function only, not of %j', async (functions) => {
    const { exitCode, said } = await runInWorld(await createWorldWith(), ['release', ...functions, '--stack', 'shop', '--published', '1']);
    expect([exitCode, said]).toEqual([64, expect.stringContaining('--published is a version of one function: name that one alone')]);
  });

  it('names functions of other aliases, and whole stacks and tags', async () => {
    const world = await createWorldWith();
    const bodies: unknown[] = [];
    const connection = async () => Response.json({ message: 'seen' }, { status: 400 });
    const args = [
      'release',
      'orders:next',
      'payments',
      '--alias',
      'beta',
      '--stack',
      'shop',
      '--tag',
      'team=web',
      '--tag',
      'a=b',
      '--unwatched',
      '--warm',
      '5',
      '--rollback-window',
      '2h',
      '--keep-versions',
      '3',
      '--before-traffic',
      'expand',
      '--before-traffic',
      'backfill:live',
      '--after-revert',
      'tidy',
    ];
    await runInWorld(world, args, { connection, onBody: (body) => bodies.push(body) });
    expect(bodies).toEqual([
      {
        targets: [
          { function: 'orders', alias: 'next' },
          { function: 'payments', alias: 'beta' },
          { stack: 'shop', alias: 'beta' },
          { tag: 'team=web', alias: 'beta' },
          { tag: 'a=b', alias: 'beta' },
        ],
        unwatched: true,
        warm: 5,
        rollbackWindow: '2h',
        keepVersions: 3,
        hooks: { beforeTraffic: ['expand', 'backfill:live'], afterRevert: ['tidy'] },
      },
    ]);
  });

  it('starts one release when the answer to its call is lost', async () => {
    const world = await createWorldWith('orders');
    let isLost = false;
    const { exitCode } = await runInWorld(world, ['release', 'orders', ...PLAN], {
      connection: async (_, send) => {
        const answer = await send();
        if (isLost) return answer;
        isLost = true;
        throw lost();
      },
    });
    const { body } = await world.call<{ releases: unknown[] }>('GET', '/releases');
    expect([isLost, exitCode, body.releases.length]).toEqual([true, 0, 1]);
  });

  it('writes a summary for GitHub Actions', async () => {
    const world = await createWorldWith('orders');
    const env = { TEAL_API: 'https://teal.example.com', GITHUB_STEP_SUMMARY: 'summary.md' };
    const { written } = await runInWorld(world, ['release', 'orders', ...PLAN, '--reason', 'a <b> | c'], { env });
    const summary = written['summary.md']!;
    expect(summary).toMatch(/^### ✔ Teal: release orders-\S+ is promoted\n/);
    expect(summary).toContain('| orders:live | 1 | 2 |  |');
    expect(summary).toMatch(/^- \d\d:\d\d:\d\d .*: a &lt;b> \\\| c$/m);
  });
});

describe('teal watch', () => {
  it('ends as the release did when the summary cannot be written', async () => {
    const world = await createWorldWith('orders');
    const env = { TEAL_API: 'https://teal.example.com', GITHUB_STEP_SUMMARY: '/nowhere/summary.md' };
    const appendFile = () => {
      throw new Error("ENOENT: no such file or directory, open '/nowhere/summary.md'");
    };
    const { exitCode, said } = await runInWorld(world, ['release', 'orders', ...PLAN], { env, appendFile });
    expect([exitCode, said]).toEqual([0, expect.stringMatching(/^The summary could not be written to \/nowhere\/summary\.md: ENOENT/)]);
  });

  it('watches the newest release in flight', async () => {
    const world = await createWorldWith('orders', 'payments');
    await world.runRelease({ targets: ['payments'], plan: '10% 5m' });
    const id = await world.start({ targets: ['orders'], plan: '10% 5m' });
    const { exitCode, output } = await runInWorld(world, ['watch']);
    expect(exitCode).toBe(0);
    expect(output).toContain(`Release ${id} is promoted`);
  });

  it('says that nothing is in flight', async () => {
    const world = await createWorldWith();
    const { exitCode, said } = await runInWorld(world, ['watch']);
    expect(exitCode).toBe(64);
    expect(said).toContain('No release is in flight. teal list shows');
  });

  it('ends as the release did, also when that is over', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 5m' });
    await world.untilBaking(id);
    await world.command(id, 'abort');
    await world.untilOver(id);
    expect((await runInWorld(world, ['watch', id])).exitCode).toBe(1);
  });

  it('ends with 3 when an alias cannot be put back', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 5m' });
    await world.untilBaking(id);
    const denied = () => Object.assign(new Error('denied'), { name: 'AccessDeniedException' });
    const mend = ['revert', 'tick', 'heal', 'brake'].map((name) => world.failing(name, 'UpdateAlias', denied));
    await world.command(id, 'abort');
    await world.until(id, ({ status }) => status === 'stuck', 600);
    const { exitCode, said } = await runInWorld(world, ['watch', id]);
    expect(exitCode).toBe(3);
    expect(said).toContain('cannot put an alias back');
    for (const one of mend) one();
    expect((await world.untilOver(id)).status).toBe('reverted');
  });

  it('outlives minutes without a connection and answers of 503', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 5m' });
    let calls = 0;
    const { exitCode, said } = await runInWorld(world, ['watch', id], {
      connection: async (_, send) => {
        calls++;
        if (calls % 3 === 1) throw lost();
        return calls % 3 === 2 ? Response.json({ message: 'Service Unavailable' }, { status: 503 }) : send();
      },
    });
    expect(exitCode).toBe(0);
    expect(said).toContain('does not answer (fetch failed: connect ECONNREFUSED): trying again for five minutes');
  });

  it('ends with 69 after five minutes without an answer, and says that the release goes on', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 5m' });
    const { exitCode, said } = await runInWorld(world, ['watch', id], { connection: () => Promise.reject(lost()) });
    expect(exitCode).toBe(69);
    expect(said).toContain(`Release ${id} goes on without anybody watching here. To watch it again: teal watch ${id}.`);
    expect((await world.untilOver(id)).status).toBe('promoted');
  });

  it('ends with 69 when the credentials expire meanwhile, and says how to log in and to watch again', async () => {
    const world = await createWorldWith('orders');
    let calls = 0;
    const message = 'The security token included in the request is expired';
    const { exitCode, said } = await runInWorld(world, ['release', 'orders', ...PLAN], {
      connection: async (_, send) => (calls++ < 5 ? send() : Response.json({ message }, { status: 403 })),
    });
    const { id } = await newest(world);
    expect(exitCode).toBe(69);
    expect(said).toMatch(/credentials have expired.*aws sso login/);
    expect(said).toContain(`Release ${id} goes on without anybody watching here. To watch it again: teal watch ${id}.`);
    expect((await world.untilOver(id)).status).toBe('promoted');
  });

  it('prints JSON lines, one per change, with --json', async () => {
    const world = await createWorldWith('orders');
    await world.anAlarm('red');
    const id = await world.start({ targets: ['orders'], plan: '10% 5m, 100% 5m', alarms: ['red'] });
    const { exitCode, output } = await runInWorld(world, ['watch', id, '--json']);
    expect(exitCode).toBe(0);
    const models = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(models.at(-1)).toMatchObject({ id, status: 'promoted', targets: [{ target: 'orders:live', askedPercent: 100 }] });
    expect(models.some(({ status, bake }) => status === 'baking' && bake.weightPercent === 10)).toBe(true);
    expect(models.some(({ alarms }) => alarms[0].state === 'OK')).toBe(true);
    // Some forty answers, of which most say nothing new.
    expect(models.length).toBeLessThan(20);
  });
});
