import { UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';
import { runInWorld } from './run-in-world.ts';

const PLAN = '100% 0m';
const promote = (world: World, ...targets: string[]) => world.runRelease({ targets, plan: PLAN, unwatched: true });
const BACK = { version: '1', weights: {} };
const unreachable = { connection: () => Promise.reject(new Error('connect ECONNREFUSED')) };

describe('teal rollback', () => {
  it('puts the version before back, and says who serves what', async () => {
    const world = await createWorldWith('orders', 'payments');
    await promote(world, 'orders', 'payments');
    const { exitCode, output } = await runInWorld(world, ['rollback', 'orders', 'payments', '--reason', 'checkout is broken']);
    expect([exitCode, output]).toEqual([
      0,
      expect.stringMatching(
        /^orders:live is on version 1 again \(it was on 2\)\npayments:live is on version 1 again \(it was on 2\)\nIn the history: teal show orders-\S+\n$/,
      ),
    ]);
    const list = await runInWorld(world, ['list']);
    expect(list.output).toMatch(/^orders-\S+ +promoted +rollback +/m);
    const [, id] = /teal show (\S+)/.exec(output)!;
    expect((await runInWorld(world, ['show', id!])).output).toMatch(
      /^Rollback +orders-.*\nStatus +promoted: .*ada rolled back orders, payments: checkout is broken/,
    );
  });

  it('ends with 2 and the reason when there is no way back, and names the command that aborts', async () => {
    const world = await createWorldWith('orders');
    const run = () => runInWorld(world, ['rollback', 'orders', '--reason', 'broken']);
    expect(await run()).toMatchObject({
      exitCode: 2,
      said: expect.stringContaining('no release has promoted a version of orders:live yet'),
    });
    const id = await world.start({ targets: ['orders'], plan: '10% 10m' });
    await world.untilBaking(id);
    expect(await run()).toMatchObject({ exitCode: 2, said: expect.stringContaining(`teal abort ${id}`) });
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('names the command that goes further back, which does', async () => {
    const world = await createWorldWith('orders');
    await promote(world, 'orders');
    await world.deployCode('orders', 'good again');
    await promote(world, 'orders');
    expect((await world.call('POST', '/rollbacks', { targets: ['orders'], reason: 'broken' })).status).toBe(200);
    expect(await runInWorld(world, ['rollback', 'orders', '--reason', 'still broken'])).toMatchObject({
      exitCode: 2,
      said: expect.stringContaining('release the version that you want: teal release orders --alias live --published <version>.'),
    });
    const args = ['release', 'orders', '--alias', 'live', '--published', '1', '--plan', PLAN, '--unwatched'];
    expect(await runInWorld(world, args)).toMatchObject({ exitCode: 0 });
    expect(await world.alias('orders')).toEqual(BACK);
  });

  it('says that Teal goes on by itself when Lambda does not take it, and so it does', async () => {
    const world = await createWorldWith('orders');
    await promote(world, 'orders');
    const throttled = () => Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });
    const heal = world.failing('rollback', 'UpdateAlias', throttled);
    const { exitCode, said } = await runInWorld(world, ['rollback', 'orders', '--reason', 'broken']);
    heal();
    expect([exitCode, said]).toEqual([
      69,
      expect.stringMatching(/rollback orders-\S+ of orders is decided and not done yet .*: Teal goes on trying every minute by itself$/m),
    ]);
    await world.minutes(2);
    expect(await world.alias('orders')).toEqual(BACK);
  });

  it.each<[string[], RegExp]>([
    [[], /--reason <text>/],
    [['--reason', 'broken', '--to', '1'], /--to goes only with --direct: .* teal release orders --alias live --published 1$/m],
    [['payments', '--reason', 'broken', '--direct', '--to', '1'], /--to is a version of one function/],
  ])('%j is wrong usage', async (args, message) => {
    const { exitCode, said } = await runInWorld(await createWorldWith(), ['rollback', 'orders', ...args]);
    expect([exitCode, said]).toEqual([64, expect.stringMatching(message)]);
  });

  it('says how to go back without Teal when that cannot be reached', async () => {
    const { exitCode, said } = await runInWorld(await createWorldWith('orders'), ['rollback', 'orders', '--reason', 'broken'], unreachable);
    expect([exitCode, said]).toEqual([69, expect.stringContaining('teal rollback orders --direct --reason …')]);
  });
});

describe('teal rollback --direct', () => {
  const direct = (world: World, ...args: string[]) =>
    runInWorld(world, ['rollback', ...args, '--direct', '--reason', 'the API is down'], unreachable);

  it('goes back by Lambda alone, and is in the history as soon as Teal lives', async () => {
    const world = await createWorldWith('orders', 'payments');
    await promote(world, 'orders', 'payments');
    const { exitCode, output } = await direct(world, 'orders', 'payments');
    expect([exitCode, output.split('\n')[0]]).toEqual([
      0,
      'orders:live is on version 1 again (it was on 2). Teal records it at one of its next looks',
    ]);
    for (const name of ['orders', 'payments']) expect(await world.alias(name)).toEqual(BACK);
    await world.settled();
    const { body } = await world.call<{ releases: { kind?: string; reason: { message: string } }[] }>('GET', '/releases');
    expect(body.releases.filter(({ kind }) => kind === 'rollback').map(({ reason }) => reason.message)).toEqual([
      expect.stringMatching(/ rolled back \w+ without Teal: the API is down$/),
      expect.stringMatching(/ rolled back \w+ without Teal: the API is down$/),
    ]);
  });

  it('takes all traffic from a release in flight, which ends', async () => {
    const world = await createWorldWith('orders');
    const id = await world.start({ targets: ['orders'], plan: '10% 10m' });
    await world.untilBaking(id);
    const { exitCode, output } = await direct(world, 'orders');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('orders:live gives version 1 all traffic (version 2 had 10 %)')]);
    expect(await world.alias('orders')).toEqual(BACK);
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
  });

  it('asks for the version where the alias does not say it, and moves nothing', async () => {
    const world = await createWorldWith('orders', 'payments');
    await promote(world, 'orders');
    const refused = await direct(world, 'orders', 'payments');
    expect([refused.exitCode, refused.said]).toEqual([
      2,
      expect.stringMatching(/^payments:live is on version 1, and its description does not say .* --to <version>.*\nNothing was moved\.\n$/),
    ]);
    expect(await world.alias('orders')).toMatchObject({ version: '2' });
    await world.deployCode('payments', 'bad');
    const version = await world.publish('payments');
    await world.moveAlias('payments', version);
    expect((await direct(world, 'payments', '--to', '1')).output).toContain('payments:live is on version 1 again');
    expect((await direct(world, 'payments', '--to', '1')).output).toContain('payments:live is on version 1 already');
    expect((await direct(world, 'payments')).said).toContain(`that is where a rollback from version ${version} has put it`);
    expect((await direct(world, 'payments', '--to', '77')).said).toContain('version 77 is gone');
  });

  it('leaves an alias that somebody moves at the same time, and ends with 3', async () => {
    const world = await createWorldWith('orders');
    await promote(world, 'orders');
    const real = (await import('../../cli/aws.ts')).connectAws({}, world.aws.clientConfig);
    const lambda = async () => {
      const access = await real.lambda();
      return {
        ...access,
        async writeAlias(...args: Parameters<typeof access.writeAlias>) {
          await world.lambda.send(new UpdateAliasCommand({ FunctionName: 'orders', Name: 'live', Description: 'mine' }));
          return access.writeAlias(...args);
        },
      };
    };
    const run = await runInWorld(world, ['rollback', 'orders', '--direct', '--reason', 'broken'], { ...unreachable, aws: { lambda } });
    expect(run).toMatchObject({ exitCode: 3, said: expect.stringContaining('was moved by somebody else just now') });
  });
});
