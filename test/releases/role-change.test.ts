import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';

const request = { targets: ['orders-api'], alarms: ['orders-errors'], plan: '10% 10m, 100% 10m', onRoleChange: 'switch' };
const alone = (version: string) => ({ version, weights: {} });

/** A world in which the deploy of orders-api gave it another role. */
async function aWorld(...others: string[]) {
  const world = await createWorldWith('orders-api', ...others);
  await world.anAlarm('orders-errors');
  await world.changeRole('orders-api');
  return world;
}

describe('a function with another role', () => {
  it('is switched at once and watched at 100 %, since no alias splits traffic between two roles', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    expect(await world.untilBaking(id)).toMatchObject({
      plan: [{ weight: 100, bake: '10m' }],
      targets: [{ blue: '1', green: '2', isSwitch: true }],
      weights: { 'orders-api:live': 100 },
    });
    expect(await world.alias('orders-api')).toEqual(alone('2'));
    // The alias names green alone: who serves next if it reverts would else be said nowhere.
    const ask = async () => (await world.call('GET', '/functions/orders-api/aliases/live')).body;
    expect(await ask()).toMatchObject({ version: '2', weights: {}, inFlight: id, blue: '1', green: '2' });
    const release = await world.untilOver(id);
    expect(Object.keys(await ask())).not.toContain('blue');
    expect(release).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual(alone('2'));
    const texts = release.timeline.map(({ text }) => text);
    expect(texts).toContain('every target is switched at 100 %: the steps below are left out');
    expect(texts).toContainEqual(
      expect.stringMatching(/^orders-api has changed its role from .*sample to .*other: .* cannot be judged against blue$/),
    );
  });

  it('goes back to blue when an alarm fires at 100 %', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.setAlarm('orders-errors', 'ALARM');
    await world.settled();
    expect(await world.alias('orders-api')).toEqual(alone('1'));
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
  });

  it('stays on blue while the others of its group go through the steps below 100 %', async () => {
    const world = await aWorld('payments');
    const id = await world.start({ ...request, targets: ['orders-api', 'payments'] });
    expect(await world.untilBaking(id)).toMatchObject({ weights: { 'orders-api:live': 0, 'payments:live': 10 } });
    expect(await world.alias('orders-api')).toEqual(alone('1'));
    expect(await world.alias('payments')).toEqual({ version: '1', weights: { 2: 0.1 } });
    await world.untilBaking(id, 2);
    expect(await world.alias('orders-api')).toEqual(alone('2'));
    expect(await world.alias('payments')).toEqual({ version: '1', weights: { 2: 1 } });
    await world.command(id, 'abort');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted' });
    expect(await world.alias('orders-api')).toEqual(alone('1'));
    expect(await world.alias('payments')).toEqual(alone('1'));
  });

  it('keeps its blue, whatever a call of Plan finds that comes late', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    const at = new Date(world.aws.ground.clock.nowMs()).toISOString();
    await world.invoke('plan', { formatVersion: 2, releaseId: id, executionArn: '', at, input: request });
    await world.command(id, 'abort');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', targets: [{ blue: '1', green: '2', isSwitch: true }] });
    expect(await world.alias('orders-api')).toEqual(alone('1'));
  });

  it('is the person’s who moves its alias meanwhile', async () => {
    const world = await aWorld();
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.moveAlias('orders-api', '1');
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
  });

  it.each<[string, object, RegExp]>([
    ['unless the release says to switch it', { onRoleChange: undefined }, /give it the old role back .* or say "onRoleChange": "switch"/],
    ['when nobody would watch it at 100 %', { plan: '10% 10m' }, /the plan does not bake at 100 %: end it with a bake/],
    ['when no alarm is there to stop it', { alarms: [] }, /cannot be judged against blue, and no alarm is watched/],
  ])('is rejected %s', async (_, rest, message) => {
    const world = await aWorld();
    const release = await world.runRelease({ ...request, ...rest });
    expect(release).toMatchObject({ status: 'rejected', reason: { code: 'preflight', message: expect.stringMatching(message) } });
    expect(await world.alias('orders-api')).toEqual(alone('1'));
  });

  it('that kept its role is released as ever, whatever the release says of a change', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start({ ...request, alarms: [] });
    await world.untilBaking(id);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.1 } });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('is told by a dry run, with the steps that are left', async () => {
    const world = await aWorld();
    const { body } = await world.call('POST', '/dry-runs', request);
    expect(body).toMatchObject({ wouldBegin: true, plan: [{ weight: 100, bake: '10m' }], targets: [{ isSwitch: true }], foresight: [] });
  });
});
