import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 50% 10m, 100% 10m' };

describe('an execution that is stopped', () => {
  it('mid-bake: every alias goes back to blue', async () => {
    const world = await createWorldWith('orders-api');
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
    const world = await createWorldWith('orders-api', 'payments');
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
    const world = await createWorldWith('orders-api');
    let id = '';
    world.before('awaitActive', 'GetFunction', () => world.stop(id));
    id = await world.start(request);
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'stopped' } });
  });

  it('while promoting: rolls forward, since the decision was written', async () => {
    const world = await createWorldWith('orders-api', 'payments');
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
    const world = await createWorldWith('orders-api');
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
    const world = await createWorldWith('orders-api');
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
    const world = await createWorldWith('orders-api');
    const id = await world.start(request);
    await world.untilBaking(id);
    world.before('heal', 'GetItem', () => world.sfn.send(new RedriveExecutionCommand({ executionArn: world.executionArn(id) })));
    await world.stop(id);
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it.each([
    { waitsFor: 'its turn', by: 'awaitTurn', also: { startAt: '2026-03-15T12:00:00Z' }, end: 'rejected' },
    { waitsFor: 'an approval', by: 'awaitApproval', also: { approval: { before: 'traffic', timeout: '6d' } }, end: 'rejected' },
    ...[
      { moment: 'beforeTraffic', end: 'rejected' },
      { moment: 'afterTraffic', end: 'promoted' },
      { moment: 'afterRevert', end: 'reverted' },
    ].map(({ moment, end }) => ({
      waitsFor: moment,
      by: moment,
      also: { hooks: { [moment]: { function: 'tidy', timeout: '23h' } } },
      end,
    })),
  ])('and redriven before anyone healed it does not wait on for $waitsFor', async ({ by, also, end }) => {
    const world = await createWorldWith('orders-api', 'tidy');
    // Whoever is redriven counts its attempts from 0 again.
    world.before(by, 'GetItem', () => Promise.reject(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })));
    world.behaviours.pending = () => ({ status: 'pending' });
    await world.deployCode('tidy', 'pending');
    const id = await world.start({ targets: ['orders-api'], plan: '10% 1m, 100% 1m', ...also });
    const tokenOf = async () => (await world.record(id))?.waiting?.token;
    if (end === 'reverted') {
      await world.untilBaking(id);
      await world.command(id, 'abort', 'a drill');
    }
    await world.until(id, ({ waiting }) => waiting !== undefined);
    await world.settled();
    const before = await tokenOf();
    // The wait that the redrive opens is there when whoever heals begins to write.
    let isOpen = false;
    world.before('heal', 'PutItem', async () => {
      await world.redrive(id);
      while ((await tokenOf()) === before) await new Promise(setImmediate);
      isOpen = true;
    });
    await world.stop(id);
    expect(await world.untilOver(id)).toMatchObject({ status: end });
    expect(await world.executionStatus(id)).toBe(end === 'promoted' ? 'SUCCEEDED' : 'FAILED');
    expect(isOpen).toBe(true);
    expect((await world.path(id)).at(-1)).toBe(`${end[0]!.toUpperCase()}${end.slice(1)}`);
  });
});
