import { describe, expect, it } from 'vitest';
import { createWorld, createWorldWith } from '../world.ts';

const smokeTests = [{ target: 'payments', payload: {}, expect: { statusCode: 200 } }];
const request = { targets: ['payments'], plan: '10% 10m, 100% 10m', smokeTests };
const alone = (version: string) => ({ version, weights: {} });

/** A world with a function that was never released: no version, no alias. */
async function aBareWorld() {
  const world = await createWorld();
  await world.aBareFunction('payments');
  return world;
}

const isThere = async (world: Awaited<ReturnType<typeof createWorld>>, name: string) =>
  world.alias(name).then(
    () => true,
    () => false,
  );

describe('the first release of a function', () => {
  it('makes its alias at green once the smoke tests passed, and bakes nothing', async () => {
    const world = await aBareWorld();
    const release = await world.runRelease(request);
    expect(release).toMatchObject({
      status: 'promoted',
      reason: { code: 'passed', message: 'there was nothing to bake, since no target had an alias; no alarm was watched' },
      targets: [{ function: 'payments', green: '1', isFirst: true }],
      weights: { 'payments:live': 100 },
      plan: [{ weight: 100, bake: '0m' }],
      eventTypes: ['Release Started', 'Bake Passed', 'Release Promoted'],
    });
    expect(await world.alias('payments')).toEqual(alone('1'));
    const texts = release.timeline.map(({ text }) => text);
    expect(texts).toContain('no target has an alias yet: there is nothing to shift and nothing to bake');
    expect(texts).toContainEqual(
      expect.stringMatching(/^payments has no alias live yet: .* permission on it .* which Teal does not give$/),
    );
    expect((await world.call('GET', '/functions/payments/aliases/live')).body).toMatchObject({ version: '1', release: release.id });
  });

  it('that fails its smoke test is rejected, and no alias is made', async () => {
    const world = await aBareWorld();
    await world.deployCode('payments', 'bad');
    expect(await world.runRelease(request)).toMatchObject({ status: 'rejected', reason: { code: 'smoke-test' } });
    expect(await isThere(world, 'payments')).toBe(false);
  });

  it('is rejected, not reverted, when an alarm is red before the alias is made: no user ever met green', async () => {
    const world = await aBareWorld();
    await world.anAlarm('orders-errors');
    world.before('shiftTraffic', 'PutItem', () => world.setAlarm('orders-errors', 'ALARM'));
    expect(await world.runRelease({ ...request, alarms: ['orders-errors'] })).toMatchObject({ status: 'rejected' });
    expect(await isThere(world, 'payments')).toBe(false);
  });

  it('leaves an alias alone that somebody makes meanwhile', async () => {
    const world = await aBareWorld();
    world.before('bake', 'PutItem', () => world.createAlias('payments', '$LATEST'));
    expect(await world.runRelease(request)).toMatchObject({
      status: 'alias-moved',
      reason: {
        message: 'alias live of payments, which this release was to make, is there already, on version $LATEST',
      },
    });
    expect(await world.alias('payments')).toEqual(alone('$LATEST'));
  });
});

describe('a function that is deleted before it gets its alias', () => {
  it('does not keep its release from ending, which says so', async () => {
    const world = await aBareWorld();
    world.before('promote', 'CreateAlias', () => world.deleteFunction('payments'));
    expect(await world.runRelease(request)).toMatchObject({
      status: 'promoted',
      reason: { message: expect.stringContaining('alias live of payments was not made: version 1 or the function itself is gone') },
    });
  });
});

describe('an alias that Teal served by and somebody has deleted', () => {
  const canary = { targets: ['payments'], plan: '10% 1m, 100% 1m' };

  async function aDeletedAlias() {
    const world = await createWorldWith('payments');
    const { id } = await world.runRelease(canary);
    await world.deleteAlias('payments');
    await world.deployCode('payments', 'good again');
    return { world, id };
  }

  it('makes no first release, which would bake nothing: it is rejected, and says how to make the alias again', async () => {
    const { world, id } = await aDeletedAlias();
    const refused = await world.runRelease(canary);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'preflight' } });
    expect(refused.reason.message).toMatch(
      new RegExp(`^somebody has deleted alias live of payments, by which release ${id} put version 2 in service at 2026-`),
    );
    expect(refused.reason.message).toContain('aws lambda create-alias --function-name payments --name live --function-version 2 &&');
    expect(await isThere(world, 'payments')).toBe(false);

    await world.createAlias('payments', '2');
    const next = await world.start(canary);
    expect(await world.untilBaking(next)).toMatchObject({ weights: { 'payments:live': 10 }, targets: [{ blue: '2', green: '3' }] });
    expect(await world.untilOver(next)).toMatchObject({ status: 'promoted' });
  });

  it('is found by a dry run too', async () => {
    const { world } = await aDeletedAlias();
    const { body } = await world.call<{ checks: object[] }>('POST', '/dry-runs', canary);
    expect(body).toMatchObject({ wouldBegin: false });
    expect(body.checks).toContainEqual(
      expect.objectContaining({
        check: 'payments has its alias live',
        problem: expect.stringContaining('somebody has deleted alias live of payments'),
      }),
    );
  });

  it('is made afresh by an adoption, as whoever is told to may choose', async () => {
    const { world } = await aDeletedAlias();
    expect((await world.call('POST', '/adoptions', { functions: ['payments'] })).status).toBe(200);
    expect(await world.alias('payments')).toEqual(alone('3'));
    await world.deployCode('payments', 'good once more');
    expect(await world.runRelease(canary)).toMatchObject({ status: 'promoted', targets: [{ blue: '3', green: '4' }] });
  });

  it.each<[string, string[]]>([
    ['has no such version', []],
    ['has other code under its number', ['good again', 'good once more']],
  ])('is a first release all the same where the function was deleted and made anew, and %s', async (_, versions) => {
    const { world, id } = await aDeletedAlias();
    await world.deleteFunction('payments');
    await world.aBareFunction('payments');
    for (const behaviour of versions) {
      await world.deployCode('payments', behaviour);
      await world.publish('payments');
    }
    const release = await world.runRelease(canary);
    expect(release).toMatchObject({ status: 'promoted', targets: [{ isFirst: true }] });
    expect(release.timeline.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^alias live of payments was there before: version 2, which release ${id} .* is gone or is other code`),
      ),
    );
  });

  it('is a first release where it was only the preview of another alias', async () => {
    const world = await createWorldWith('payments');
    await world.runRelease({ ...canary, preview: 'next' });
    await world.deleteAlias('payments', 'next');
    await world.deployCode('payments', 'good again');
    const release = await world.runRelease({ ...canary, targets: [{ function: 'payments', alias: 'next' }] });
    expect(release).toMatchObject({ status: 'promoted', targets: [{ alias: 'next', isFirst: true }] });
  });
});

describe('a function without an alias in a group', () => {
  const group = { ...request, targets: ['orders-api', 'payments'] };

  it('gets no alias while the others shift and bake, and gets it with their promotion', async () => {
    const world = await createWorldWith('orders-api');
    await world.aBareFunction('payments');
    const id = await world.start(group);
    expect(await world.untilBaking(id)).toMatchObject({ weights: { 'orders-api:live': 10, 'payments:live': 0 } });
    expect(await isThere(world, 'payments')).toBe(false);
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual(alone('2'));
    expect(await world.alias('payments')).toEqual(alone('1'));
  });

  it('gets none when the others go back', async () => {
    const world = await createWorldWith('orders-api');
    await world.aBareFunction('payments');
    const id = await world.start(group);
    await world.untilBaking(id);
    await world.command(id, 'abort');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted' });
    expect(await world.alias('orders-api')).toEqual(alone('1'));
    expect(await isThere(world, 'payments')).toBe(false);
  });
});

describe('a dry run of a first release', () => {
  it('says that the promotion makes the alias, and counts what the release then takes', async () => {
    const world = await aBareWorld();
    const { body } = await world.call<{ cost: object; checks: { check: string }[] }>('POST', '/dry-runs', request);
    expect(body).toMatchObject({
      wouldBegin: true,
      plan: [{ weight: 100, bake: '0m' }],
      targets: [{ function: 'payments', isFirst: true }],
    });
    expect(body.checks.map(({ check }) => check)).toContain('payments has no alias live yet: the promotion makes it');
    const { path } = await world.runRelease(request);
    expect(body.cost).toMatchObject({ bakeMinutes: 0, stateTransitions: path.length });
  });
});
