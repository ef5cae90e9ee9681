import { describe, expect, it } from 'vitest';
import { createWorld, type World } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 50% 10m, 100% 10m' };

async function aBakingRelease() {
  const world = await createWorld();
  await world.aFunction('orders-api');
  const id = await world.start(request);
  await world.untilBaking(id);
  return { world, id, minutesSinceStart: () => (world.aws.ground.clock.nowMs() - Date.UTC(2026, 0, 15, 12)) / 60_000 };
}

describe('a person', () => {
  it('aborts during a bake: everything goes back to blue, and the code is not held against itself', async () => {
    const { world, id } = await aBakingRelease();
    expect((await world.command(id, 'abort', 'wrong feature flag')).status).toBe(202);
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({
      status: 'reverted',
      reason: { code: 'aborted', message: 'arn:aws:iam::123456789012:user/ada aborted it: wrong feature flag' },
    });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.runRelease(request)).toMatchObject({ status: 'promoted' });
  });

  it('aborts before any traffic: rejected, and no alias was written', async () => {
    const world = await createWorld();
    await world.aFunction('orders-api');
    let id = '';
    world.before('awaitActive', 'GetItem', () => world.command(id, 'abort'));
    id = await world.start(request);
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    expect(await world.path(id)).not.toContain('ShiftTraffic');
    expect(world.events(id).map((event) => event['detail-type'])).toEqual(['Release Started', 'Release Rejected']);
  });

  it('advances: the bake that is open is over at once, the next one is not skipped', async () => {
    const { world, id, minutesSinceStart } = await aBakingRelease();
    await world.command(id, 'advance', 'seen enough');
    await world.untilBaking(id, 2);
    expect(minutesSinceStart()).toBeLessThan(1);
    await world.minutes(9);
    expect(await world.show(id)).toMatchObject({ status: 'baking', step: { number: 2, weight: 50 } });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('advances while traffic shifts: the command is kept for the bake that follows', async () => {
    const { world, id, minutesSinceStart } = await aBakingRelease();
    world.before('shiftTraffic', 'UpdateAlias', () => world.command(id, 'advance'));
    await world.untilBaking(id, 3);
    expect(minutesSinceStart()).toBeLessThan(12);
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('promotes: all bakes are skipped', async () => {
    const { world, id, minutesSinceStart } = await aBakingRelease();
    await world.command(id, 'promote', 'hotfix');
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status: 'promoted' });
    expect(minutesSinceStart()).toBeLessThan(4);
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
    expect(shown.timeline.map(({ text }) => text)).toContain('arn:aws:iam::123456789012:user/ada asked to promote at once: hotfix');
  });

  it('promotes before any traffic: green is still proved first, and looked at once', async () => {
    const world = await createWorld();
    await world.aFunction('orders-api');
    await world.anAlarm('orders-errors');
    let id = '';
    world.before('smokeTest', 'Invoke', () => world.command(id, 'promote'));
    id = await world.start({
      ...request,
      alarms: ['orders-errors'],
      smokeTests: [{ target: 'orders-api', payload: {}, expect: { statusCode: 200 } }],
    });
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status: 'promoted', step: { number: 1 } });
    expect(shown.evidence).toMatchObject({ alarms: [{ name: 'orders-errors', state: 'OK' }] });
  });

  it('comes too late after the end, and is told so', async () => {
    const { world, id } = await aBakingRelease();
    await world.command(id, 'promote');
    await world.untilOver(id);
    for (const name of ['promote', 'advance', 'abort'] as const) {
      expect(await world.command(id, name)).toMatchObject({
        status: 409,
        body: { title: 'Too late', detail: `Release ${id} is over: promoted.` },
      });
    }
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });
});

describe('a command that is sent again under its Idempotency-Key', () => {
  const KEY = { 'idempotency-key': 'k-1' };
  const send = (world: World, id: string, name: string, body?: unknown, headers: Record<string, string> = KEY) =>
    world.call('POST', `/releases/${id}/${name}`, body, headers);

  it('advances one step, also when the release has gone on to the next meanwhile', async () => {
    const { world, id } = await aBakingRelease();
    expect((await send(world, id, 'advance')).status).toBe(202);
    await world.untilBaking(id, 2);
    expect(await send(world, id, 'advance')).toMatchObject({ status: 202, body: { id, status: 'baking', step: { number: 2 } } });
    await world.minutes(9);
    const shown = await world.show(id);
    expect(shown).toMatchObject({ status: 'baking', step: { number: 2 } });
    expect(shown.timeline.filter(({ text }) => text.includes('asked to advance'))).toHaveLength(1);
  });

  it('advances one step when both arrive at once', async () => {
    const { world, id } = await aBakingRelease();
    world.before('command', 'PutItem', () => send(world, id, 'advance'));
    expect((await send(world, id, 'advance')).status).toBe(202);
    await world.untilBaking(id, 2);
    await world.minutes(9);
    expect(await world.show(id)).toMatchObject({ status: 'baking', step: { number: 2 } });
  });

  it('is finished by the second when the first died after it was written', async () => {
    const { world, id, minutesSinceStart } = await aBakingRelease();
    world.before('command', 'SendTaskSuccess', () => Promise.reject(new Error('killed')));
    expect((await send(world, id, 'advance')).status).toBe(500);
    expect((await send(world, id, 'advance')).status).toBe(202);
    await world.untilBaking(id, 2);
    expect(minutesSinceStart()).toBeLessThan(1);
  });

  it.each([
    ['promote', 'promoted'],
    ['abort', 'reverted'],
  ])('is not told that it comes too late: %s', async (name, status) => {
    const { world, id } = await aBakingRelease();
    await send(world, id, name);
    await world.untilOver(id);
    expect(await send(world, id, name)).toMatchObject({ status: 202, body: { status } });
    expect((await send(world, id, name, undefined, { 'idempotency-key': 'k-2' })).status).toBe(409);
  });

  it('is refused when the key was of another command, or the key is none', async () => {
    const { world, id } = await aBakingRelease();
    await send(world, id, 'advance');
    for (const [name, body] of [['abort'], ['advance', { reason: 'seen enough' }]] as const)
      expect(await send(world, id, name, body)).toMatchObject({ status: 422, body: { title: 'Idempotency key used before' } });
    expect(await send(world, id, 'advance', undefined, { 'idempotency-key': 'two words' })).toMatchObject({ status: 400 });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('under a key of its own it is another command', async () => {
    const { world, id, minutesSinceStart } = await aBakingRelease();
    await send(world, id, 'advance');
    await world.untilBaking(id, 2);
    await send(world, id, 'advance', undefined, { 'idempotency-key': 'k-2' });
    await world.untilBaking(id, 3);
    expect(minutesSinceStart()).toBeLessThan(2);
  });
});

describe('a command that loses a race', () => {
  it('abort against promote is told that it comes too late', async () => {
    const { world, id } = await aBakingRelease();
    const answers: unknown[] = [];
    world.after('promote', 'PutItem', async () => void answers.push(await world.command(id, 'abort')));
    await world.command(id, 'promote');
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(answers).toMatchObject([
      { status: 409, body: { title: 'Too late', detail: expect.stringContaining('has decided to promote') } },
    ]);
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });

  it('advance against abort is told so too', async () => {
    const { world, id } = await aBakingRelease();
    world.before('command', 'PutItem', () => world.command(id, 'abort'));
    expect(await world.command(id, 'advance')).toMatchObject({
      status: 409,
      body: { title: 'Too late', detail: expect.stringContaining('has decided to revert') },
    });
    await world.untilOver(id);
  });
});

describe('promote racing', () => {
  const alarm = {
    detail: {
      alarmName: 'orders-errors',
      state: { value: 'ALARM', timestamp: '2026-01-15T13:00:00.000+0000' },
      previousState: { value: 'OK' },
    },
  };

  async function aReleaseAboutToPromote() {
    const world = await createWorld();
    await world.aFunction('orders-api');
    await world.anAlarm('orders-errors');
    return { world, id: await world.start({ ...request, alarms: ['orders-errors'] }) };
  }

  it('a late alarm that decides first loses: everything goes back', async () => {
    const { world, id } = await aReleaseAboutToPromote();
    world.before('promote', 'PutItem', () => world.invoke('brake', alarm));
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.path(id)).toContain('Promote');
  });

  it('a late alarm after its decision wins: green stays', async () => {
    const { world, id } = await aReleaseAboutToPromote();
    world.after('promote', 'PutItem', () => world.invoke('brake', alarm));
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });

  it('a late alarm between its reading of the alias and its write wins too', async () => {
    const { world, id } = await aReleaseAboutToPromote();
    world.before('promote', 'UpdateAlias', () => world.invoke('brake', alarm));
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });
});
