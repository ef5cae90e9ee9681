import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 50% 10m, 100% 10m' };
const busy = () => Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });

async function aWorld(...names: string[]) {
  const world = await createWorld();
  for (const name of names.length > 0 ? names : ['orders-api']) await world.aFunction(name);
  return world;
}

describe('a person moves an alias', () => {
  it('mid-bake: it is left as it is, and the release ends alias-moved', async () => {
    const world = await aWorld();
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
    const world = await aWorld('orders-api', 'payments');
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

  it('back to blue in a hurry: it stays on blue', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.moveAlias('orders-api', '1');
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('between the shift’s reading and its write: the write is refused by RevisionId, and theirs stays', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    world.before('shiftTraffic', 'UpdateAlias', () => world.moveAlias('orders-api', '1', { 2: 0.77 }));
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.77 } });
  });

  it('just before promote decides: nothing is promoted', async () => {
    const world = await aWorld('orders-api', 'payments');
    const id = await world.start({ ...request, targets: ['orders-api', 'payments'] });
    world.before('promote', 'GetAlias', () => world.moveAlias('orders-api', '1', { 2: 0.35 }));
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
    expect(await world.alias('payments')).toEqual({ version: '1', weights: {} });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.35 } });
  });

  it('after promote decided: the others are promoted, theirs is left, and the reason says so', async () => {
    const world = await aWorld('orders-api', 'payments');
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

describe('an execution that is stopped', () => {
  it('mid-bake: every alias goes back to blue', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.stop(id);
    await world.settled();
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.untilOver(id)).toMatchObject({
      status: 'reverted',
      reason: { code: 'stopped', message: 'its execution was stopped' },
    });
  });

  it('mid-shift, while the shift still writes: back to blue all the same', async () => {
    const world = await aWorld('orders-api', 'payments');
    const id = await world.start({ ...request, targets: ['orders-api', 'payments'] });
    await world.untilBaking(id);
    world.before('shiftTraffic', 'UpdateAlias', async () => {
      await world.stop(id);
      await world.invoke('heal', { time: '2026-01-15T12:20:00Z', detail: { name: id, status: 'ABORTED' } });
    });
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'stopped' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.alias('payments')).toEqual({ version: '1', weights: {} });
  });

  it('before any traffic: rejected', async () => {
    const world = await aWorld();
    let id = '';
    world.before('awaitActive', 'GetFunction', () => world.stop(id));
    id = await world.start(request);
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'stopped' } });
  });

  it('while promoting: rolls forward, since the decision was written', async () => {
    const world = await aWorld('orders-api', 'payments');
    const id = await world.start({ ...request, targets: ['orders-api', 'payments'] });
    world.before('promote', 'UpdateAlias', async () => {
      await world.stop(id);
      throw new Error('killed midway');
    });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
    expect(await world.alias('payments')).toEqual({ version: '2', weights: {} });
  });

  it('whose status event is lost is found by the sweep', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    let isFirst = true;
    const found = world.failing('heal', 'GetItem', () => new Error(isFirst ? 'lost' : 'lost again'));
    await world.stop(id);
    await world.settled();
    isFirst = false;
    found();
    await world.minutes(1);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'stopped' } });
  });

  it('and redriven does nothing more', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.stop(id);
    await world.untilOver(id);
    const updates = await world.alias('orders-api');
    await world.sfn.send(new RedriveExecutionCommand({ executionArn: world.executionArn(id) }));
    await world.minutes(20);
    expect(await world.show(id)).toMatchObject({ status: 'reverted', reason: { code: 'stopped' } });
    expect(await world.alias('orders-api')).toEqual(updates);
    expect(world.events(id).filter((event) => event['detail-type'] === 'Release Reverted')).toHaveLength(1);
  });

  it('and redriven at once, before anyone healed it, ends in one piece', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    world.before('heal', 'GetItem', () => world.sfn.send(new RedriveExecutionCommand({ executionArn: world.executionArn(id) })));
    await world.stop(id);
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });
});

describe('two targets', () => {
  it('of which the second fails to shift: both go back to blue', async () => {
    const world = await aWorld('orders-api', 'payments');
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
    const world = await aWorld('orders-api');
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

describe('throttling', () => {
  it('of a shift is tried again and reverts nothing', async () => {
    const world = await aWorld();
    for (let times = 0; times < 5; times++) world.before('shiftTraffic', 'UpdateAlias', () => Promise.reject(busy()));
    expect(await world.runRelease(request)).toMatchObject({ status: 'promoted' });
  });

  it('of a revert for hours leaves it reverting, and it comes back as soon as it can', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    const recover = world.failing('revert', 'UpdateAlias', busy);
    await world.command(id, 'abort');
    await world.minutes(90);
    expect(await world.show(id)).toMatchObject({ status: 'reverting' });
    recover();
    await world.minutes(2);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'aborted' } });
  });

  it('of a revert beyond that is stuck: it says so, keeps its targets, and the sweep ends it', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    const recovers = [world.failing('revert', 'UpdateAlias', busy), world.failing('heal', 'UpdateAlias', busy)];
    await world.command(id, 'abort');
    await world.until(id, (shown) => shown.status === 'stuck', 24 * 60);
    expect((await world.path(id)).at(-1)).toBe('RevertStuck');
    expect(world.events(id).at(-1)).toMatchObject({ 'detail-type': 'Release Stuck' });
    expect((await world.call('POST', '/releases', request)).status).toBe(409);
    for (const recover of recovers) recover();
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'aborted' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  }, 60_000);

  it('of events leaves them in the outbox, and the sweep sends them, each with the same id', async () => {
    const world = await aWorld();
    const recovers = ['plan', 'shiftTraffic', 'promote', 'heal'].map((name) => world.failing(name, 'PutEvents', busy));
    const id = await world.start(request);
    await world.minutes(10);
    for (const recover of recovers) recover();
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    const ids = world.events(id).map((event) => (event.detail as { eventId: string }).eventId);
    expect(new Set(ids).size).toBeGreaterThanOrEqual(8);
  });
});

describe('a reply that is lost', () => {
  it.each([
    ['shiftTraffic', 'UpdateAlias'],
    ['shiftTraffic', 'PutItem'],
    ['promote', 'UpdateAlias'],
    ['promote', 'PutItem'],
    ['promote', 'UpdateItem'],
    ['publishVersion', 'PublishVersion'],
    ['bake', 'SendTaskSuccess'],
    ['bake', 'PutItem'],
  ])('by %s of %s is found out and changes nothing', async (from, operation) => {
    const world = await aWorld();
    world.after(from, operation, () => Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })));
    expect(await world.runRelease(request)).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });
});

describe('a bake of 30 days', () => {
  it('costs under 100 history events', async () => {
    const world = await aWorld();
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
