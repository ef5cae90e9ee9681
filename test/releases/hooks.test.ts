import { SendTaskFailureCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { createWorldWith, type Shown, type World } from '../world.ts';

/** What a hook is called with. */
interface HookCall {
  hook: string;
  idempotencyKey: string;
  token: string;
  release: { id: string; status: string; reason?: { code: string; message: string }; targets: Record<string, string>[] };
}

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api';
const request = { targets: ['orders-api'], plan: '10% 2m, 100% 2m' };

/** A hook that answers what it is told, and the calls that it got with the alias as it was then. */
async function aHook(world: World, name: string, answer: (call: HookCall) => unknown = () => undefined) {
  const calls: (HookCall & { alias: unknown })[] = [];
  world.behaviours[name] = async (event) => {
    calls.push({ ...(event as HookCall), alias: await world.alias('orders-api') });
    return answer(event as HookCall);
  };
  await world.aFunction(name, { next: name });
  return calls;
}

const pending = () => ({ status: 'pending' });
const callBack = (world: World, token: string, output: unknown) =>
  world.sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) }));

describe('hooks', () => {
  it('before and after traffic are called in order, with blue, green and their ARNs, the last when no revert is possible any more', async () => {
    const world = await createWorldWith('orders-api');
    const expand = await aHook(world, 'expand');
    const backfill = await aHook(world, 'backfill', () => ({ status: 'passed' }));
    const contract = await aHook(world, 'contract');
    const shown = await world.runRelease({ ...request, hooks: { beforeTraffic: ['expand', 'backfill'], afterTraffic: 'contract' } });
    expect(shown).toMatchObject({
      status: 'promoted',
      hooks: [
        { hook: 'beforeTraffic', function: 'expand', status: 'passed' },
        { hook: 'beforeTraffic', function: 'backfill', status: 'passed' },
        { hook: 'afterTraffic', function: 'contract', status: 'passed' },
      ],
    });
    expect(expand).toMatchObject([
      {
        hook: 'beforeTraffic',
        idempotencyKey: `${shown.id}/beforeTraffic/0`,
        alias: { version: '1', weights: {} },
        release: {
          id: shown.id,
          targets: [{ function: 'orders-api', aliasArn: `${ARN}:live`, blue: '1', blueArn: `${ARN}:1`, green: '2', greenArn: `${ARN}:2` }],
        },
      },
    ]);
    expect(backfill).toMatchObject([{ idempotencyKey: `${shown.id}/beforeTraffic/1` }]);
    expect(contract).toMatchObject([{ hook: 'afterTraffic', alias: { version: '2', weights: {} } }]);
    expect(shown.path.filter((state) => /Traffic$|Revert$/.test(state))).toEqual([
      'BeforeTraffic',
      'BeforeTraffic',
      'BeforeTraffic',
      'ShiftTraffic',
      'ShiftTraffic',
      'AfterTraffic',
      'AfterTraffic',
    ]);
    expect(shown.eventTypes.at(-1)).toBe('Release Promoted');
  });

  it.each<[string, () => unknown, string]>([
    ['says so', () => ({ status: 'failed', reason: 'table orders is locked' }), 'table orders is locked'],
    ['throws', () => Promise.reject(new Error('no connection')), 'no connection'],
    ['says what nobody knows', () => ({ status: 'done' }), 'it answered the status "done", which is none of passed, failed and pending'],
  ])('before traffic that %s rejects, and the rest are not called', async (_, answer, why) => {
    const world = await createWorldWith('orders-api');
    await aHook(world, 'expand', answer);
    const backfill = await aHook(world, 'backfill');
    const contract = await aHook(world, 'contract');
    const shown = await world.runRelease({ ...request, hooks: { beforeTraffic: ['expand', 'backfill'], afterTraffic: 'contract' } });
    expect(shown).toMatchObject({ status: 'rejected', reason: { code: 'hook', message: `before-traffic hook expand failed: ${why}` } });
    expect([...backfill, ...contract]).toEqual([]);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('that answer later hold up the release until they call back, and those after them are called then', async () => {
    const world = await createWorldWith('orders-api');
    const backfill = await aHook(world, 'backfill', pending);
    const verify = await aHook(world, 'verify');
    const id = await world.start({ ...request, hooks: { beforeTraffic: [{ function: 'backfill', timeout: '2h' }, 'verify'] } });
    await world.minutes(90);
    expect(await world.show(id)).toMatchObject({ status: 'preparing', hooks: [{ function: 'backfill', status: 'called' }] });
    expect(verify).toEqual([]);
    await callBack(world, backfill[0]!.token, { status: 'passed' });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect([backfill.length, verify.length]).toEqual([1, 1]);
  });

  it('that have answered are waited for no longer, while green is tested', async () => {
    const world = await createWorldWith('orders-api');
    await aHook(world, 'expand');
    const smokeTests = [{ target: 'orders-api', payload: {} }];
    const id = await world.start({ ...request, hooks: { beforeTraffic: 'expand' }, smokeTests });
    const shown: Shown[] = [];
    world.before('smokeTest', 'Invoke', async () => void shown.push(await world.show(id)));
    await world.untilOver(id);
    expect(shown.map(({ waiting, hooks }) => ({ waiting, hooks }))).toMatchObject([{ hooks: [{ status: 'passed' }] }]);
    expect(shown[0]!.waiting).toBeUndefined();
  });

  it('that call back to say that they failed, or fail their task, reject', async () => {
    const world = await createWorldWith('orders-api');
    const calls = await aHook(world, 'backfill', pending);
    const hooks = { beforeTraffic: 'backfill' };
    const first = await world.start({ ...request, hooks });
    await world.minutes(1);
    await callBack(world, calls[0]!.token, { status: 'failed', reason: 'row 7 is odd' });
    expect(await world.untilOver(first)).toMatchObject({
      status: 'rejected',
      reason: { code: 'hook', message: 'before-traffic hook backfill failed: row 7 is odd' },
    });
    const second = await world.start({ ...request, hooks });
    await world.minutes(1);
    await world.sfn.send(new SendTaskFailureCommand({ taskToken: calls[1]!.token, error: 'BackfillFailed', cause: 'row 8 is odd' }));
    expect(await world.untilOver(second)).toMatchObject({
      status: 'rejected',
      reason: { code: 'hook', message: 'before-traffic hook backfill failed: BackfillFailed: row 8 is odd' },
    });
  });

  it('that never call back have failed when their time is over', async () => {
    const world = await createWorldWith('orders-api');
    await aHook(world, 'backfill', pending);
    const id = await world.start({ ...request, hooks: { beforeTraffic: { function: 'backfill', timeout: '15m' } } });
    await world.minutes(14);
    expect(await world.show(id)).toMatchObject({ status: 'preparing' });
    await world.minutes(2);
    expect(await world.untilOver(id)).toMatchObject({
      status: 'rejected',
      reason: { code: 'hook', message: 'before-traffic hook backfill failed: it did not answer within 15m' },
    });
  });

  it('before traffic are waited for no longer when somebody aborts', async () => {
    const world = await createWorldWith('orders-api');
    await aHook(world, 'backfill', pending);
    const id = await world.start({ ...request, hooks: { beforeTraffic: 'backfill' } });
    await world.minutes(1);
    await world.command(id, 'abort', 'wrong day');
    expect(await world.untilOver(id, 3)).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
  });

  it('after traffic that fail leave the release promoted, and its end says loudly what did not run', async () => {
    const world = await createWorldWith('orders-api');
    await aHook(world, 'contract', () => ({ status: 'failed', reason: 'column is in use' }));
    const announce = await aHook(world, 'announce');
    const shown = await world.runRelease({ ...request, hooks: { afterTraffic: ['contract', 'announce'] } });
    expect(shown.status).toBe('promoted');
    expect(shown.reason.message).toMatch(
      /; after-traffic hook contract FAILED: column is in use; after-traffic hook announce DID NOT RUN$/,
    );
    expect(announce).toEqual([]);
    expect(await world.executionStatus(shown.id)).toBe('SUCCEEDED');
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });

  it('after traffic keep the target until they have answered, and nobody can abort any more', async () => {
    const world = await createWorldWith('orders-api');
    const calls = await aHook(world, 'contract', pending);
    const id = await world.start({ ...request, hooks: { afterTraffic: 'contract' } });
    await world.until(id, () => calls.length > 0);
    expect(await world.show(id)).toMatchObject({ status: 'promoting' });
    expect(await world.command(id, 'abort')).toMatchObject({ status: 409 });
    expect(await world.call('POST', '/releases', request)).toMatchObject({ status: 409, body: { releaseId: id } });
    await callBack(world, calls[0]!.token, {});
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted', reason: { code: 'passed' } });
  });

  it('after traffic that an execution stopped in the console leaves behind are told at the end', async () => {
    const world = await createWorldWith('orders-api');
    const calls = await aHook(world, 'contract', pending);
    const id = await world.start({ ...request, hooks: { afterTraffic: ['contract', 'contract'] } });
    await world.until(id, () => calls.length > 0);
    await world.stop(id);
    const shown = await world.untilOver(id);
    expect(shown.status).toBe('promoted');
    expect(shown.reason.message).toContain(
      'after-traffic hook contract WAS CALLED AND HAS NOT ANSWERED; after-traffic hook contract DID NOT RUN',
    );
  });

  it('after a revert are called once blue serves again, with the reason, and not after a rejection', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors');
    const tidy = await aHook(world, 'tidy');
    const watched = { ...request, alarms: ['orders-errors'], hooks: { afterRevert: 'tidy' } };
    const id = await world.start(watched);
    await world.untilBaking(id);
    await world.setAlarm('orders-errors', 'ALARM');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', hooks: [{ function: 'tidy', status: 'passed' }] });
    expect(tidy).toMatchObject([{ hook: 'afterRevert', alias: { version: '1', weights: {} }, release: { reason: { code: 'alarm' } } }]);
    expect(await world.runRelease(watched)).toMatchObject({ status: 'rejected' });
    expect(tidy).toHaveLength(1);
  });

  it('after a revert that fail are told at the end', async () => {
    const world = await createWorldWith('orders-api');
    await aHook(world, 'tidy', () => Promise.reject(new Error('half tidied')));
    const id = await world.start({ ...request, hooks: { afterRevert: 'tidy' } });
    await world.untilBaking(id);
    await world.command(id, 'abort');
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status: 'reverted', reason: { code: 'aborted' } });
    expect(shown.reason.message).toMatch(/; after-revert hook tidy FAILED: half tidied$/);
  });

  it('that do not exist are found before anything begins', async () => {
    const world = await createWorldWith('orders-api');
    expect(await world.runRelease({ ...request, hooks: { afterTraffic: 'contract:live' } })).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: 'hook contract:live does not exist in this account and region' },
    });
  });

  it('are not called when nothing has changed', async () => {
    const world = await createWorldWith('orders-api');
    await world.deployCode('orders-api', 'blue');
    const calls = await aHook(world, 'expand');
    expect(await world.runRelease({ ...request, hooks: { beforeTraffic: 'expand', afterTraffic: 'expand' } })).toMatchObject({
      status: 'unchanged',
    });
    expect(calls).toEqual([]);
  });

  it('are called again under the same key when Teal dies after the call', async () => {
    const world = await createWorldWith('orders-api');
    const calls = await aHook(world, 'expand');
    world.after('beforeTraffic', 'Invoke', () => Promise.reject(Object.assign(new Error('killed'), { name: 'TimeoutError' })));
    const id = await world.startByHand({ ...request, hooks: { beforeTraffic: 'expand' } });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(calls.map(({ idempotencyKey }) => idempotencyKey)).toEqual([`${id}/beforeTraffic/0`, `${id}/beforeTraffic/0`]);
    expect(calls[0]!.token).not.toBe(calls[1]!.token);
  });
});
