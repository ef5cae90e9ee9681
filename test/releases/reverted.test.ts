import { describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';

const request = { targets: ['orders-api'], alarms: ['orders-errors'], plan: '10% 10m, 50% 10m, 100% 10m' };

async function aWorld() {
  const world = await createWorldWith('orders-api');
  await world.anAlarm('orders-errors');
  return world;
}

describe('an alarm', () => {
  it('reverts in the first step, in the second that it fires', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.1 } });
    const firedMs = world.aws.ground.clock.nowMs();
    await world.setAlarm('orders-errors', 'ALARM', '12 errors in a minute');
    await world.settled();
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(world.aws.ground.clock.nowMs()).toBe(firedMs);

    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({
      status: 'reverted',
      reason: { code: 'alarm', message: 'alarm orders-errors went to ALARM: 12 errors in a minute' },
    });
    expect(await world.path(id)).toEqual([
      'Must it wait?',
      'Plan',
      'PublishVersion',
      'Anything changed?',
      'AwaitActive',
      'Preview?',
      'Hook before traffic?',
      'SmokeTest',
      'Approval before what?',
      'Blue provisioned?',
      'Warm green?',
      'ShiftTraffic',
      'Bake',
      'Which verdict?',
      'Revert',
      'How did it end?',
      'Reverted',
    ]);
    expect(world.events(id).at(-1)).toMatchObject({
      'detail-type': 'Release Reverted',
      detail: { status: 'reverted', reason: { code: 'alarm' } },
    });
  });

  it('reverts in the last step, at 100 percent', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id, 3);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 1 } });
    await world.setAlarm('orders-errors', 'ALARM');
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status: 'reverted', reason: { code: 'alarm' }, weights: { 'orders-api:live': 0 } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('reverts when it fires between two bakes, also when the shift was about to write', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    world.before('shiftTraffic', 'UpdateAlias', async () => {
      // The whole brake runs between the shift's reading of the record and its write.
      await world.invoke('brake', alarmEvent(world.aws.ground.clock.nowMs()));
    });
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('reverts although it is OK again before the next look', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.setAlarm('orders-errors', 'ALARM');
    await world.setAlarm('orders-errors', 'OK');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('reverts at the next look when its event is lost', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    const found = world.failing('brake', 'Query', () => new Error('the event might as well be lost'));
    await world.setAlarm('orders-errors', 'ALARM');
    const shown = await world.untilOver(id);
    found();
    expect(shown).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
  });

  it('of before the first shift, arriving late, changes nothing', async () => {
    const world = await aWorld();
    const beforeMs = world.aws.ground.clock.nowMs() - 1;
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.invoke('brake', alarmEvent(beforeMs));
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('that is deleted counts as gone after two looks, and blind means revert', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.minutes(0.5);
    await deleteAlarm(world, 'orders-errors');
    await world.minutes(1);
    expect(await world.show(id)).toMatchObject({ status: 'baking', evidence: { alarms: [{ name: 'orders-errors', state: 'missing' }] } });
    expect(await world.untilOver(id)).toMatchObject({
      status: 'reverted',
      reason: { code: 'blind', message: expect.stringContaining('orders-errors is gone') },
    });
  });

  it('that is deleted and there again at the next look changes nothing', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.minutes(0.5);
    await deleteAlarm(world, 'orders-errors');
    await world.minutes(1);
    await world.anAlarm('orders-errors');
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('that was red before and is to be ignored counts once it has been OK', async () => {
    const world = await aWorld();
    await world.setAlarm('orders-errors', 'ALARM');
    const id = await world.start({ ...request, alarmsAlreadyRed: 'ignore' });
    await world.untilBaking(id);
    await world.minutes(2);
    expect(await world.show(id)).toMatchObject({ status: 'baking' });
    await world.setAlarm('orders-errors', 'OK');
    await world.minutes(1);
    await world.setAlarm('orders-errors', 'ALARM');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
  });

  it('without data counts as the request says', async () => {
    const world = await aWorld();
    const id = await world.start({ ...request, missingData: 'breaching' });
    await world.untilBaking(id);
    await world.setAlarm('orders-errors', 'INSUFFICIENT_DATA');
    expect(await world.untilOver(id)).toMatchObject({
      status: 'reverted',
      reason: { code: 'alarm', message: expect.stringContaining('no data') },
    });

    const again = await world.start({ ...request, again: true });
    expect(await world.untilOver(again)).toMatchObject({ status: 'promoted' });
  });
});

describe('code that an alarm reverted', () => {
  it('is refused until "again" says so', async () => {
    const world = await aWorld();
    const first = await world.start(request);
    await world.untilBaking(first);
    await world.setAlarm('orders-errors', 'ALARM');
    await world.untilOver(first);
    await world.setAlarm('orders-errors', 'OK');
    expect(await world.runRelease(request)).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: expect.stringContaining(`reverted by release ${first}`) },
    });
    expect(await world.runRelease({ ...request, again: true })).toMatchObject({ status: 'promoted' });
  });
});

describe('looks that stop', () => {
  it('end in a revert by Step Functions itself, by the heartbeat', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    const bakedMs = world.aws.ground.clock.nowMs();
    world.failing('bake', 'GetAlias', () => new Error('nobody can look'));
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status: 'reverted', reason: { code: 'blind' } });
    expect((Date.parse(shown.endedAt as string) - bakedMs) / 1000).toBeLessThanOrEqual(300 + 60);
    expect(await world.path(id)).toContain('Blind');
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });
});

const alarmEvent = (atMs: number) => ({
  detail: {
    alarmName: 'orders-errors',
    state: { value: 'ALARM', timestamp: new Date(atMs).toISOString().replace('Z', '+0000'), reason: 'late' },
    previousState: { value: 'OK' },
  },
});

async function deleteAlarm(world: World, name: string) {
  const { DeleteAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  await world.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
}
