import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 100% 10m', preview: 'next' };
const alone = (version: string) => ({ version, weights: {} });
const wrongOf = ({ status, body }: { status: number; body: Record<string, unknown> }) => ({ status, errors: body.errors });

describe('a preview', () => {
  it('is on green from when that can serve to the end, made where there was none, and then where users are', async () => {
    const world = await createWorldWith('orders-api');
    const first = await world.start(request);
    expect(await world.untilBaking(first)).toMatchObject({ preview: { alias: 'next', onGreenSince: expect.any(String), left: [] } });
    expect(await world.request('orders-api', 'next')).toMatchObject({ version: '2' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.1 } });
    const promoted = await world.untilOver(first);
    expect(promoted).toMatchObject({ status: 'promoted', preview: { alias: 'next', left: [] } });
    expect(promoted.timeline.map(({ text }) => text)).toContain('alias next of orders-api is on green, which serves now');
    expect(await world.alias('orders-api', 'next')).toEqual(alone('2'));

    await world.deployCode('orders-api', 'blue');
    const second = await world.start(request);
    await world.untilBaking(second);
    expect(await world.alias('orders-api', 'next')).toEqual(alone('3'));
    await world.command(second, 'abort');
    expect(await world.untilOver(second)).toMatchObject({ status: 'reverted' });
    expect(await world.alias('orders-api', 'next')).toEqual(alone('2'));
    expect(await world.path(second)).toContain('PointPreview');
  });

  it('goes back when a smoke test rejects green, though no user’s alias was written', async () => {
    const world = await createWorldWith('orders-api');
    await world.deployCode('orders-api', 'bad');
    const smokeTests = [{ target: 'orders-api', payload: {}, expect: { statusCode: 200 } }];
    expect(await world.runRelease({ ...request, smokeTests })).toMatchObject({ status: 'rejected', reason: { code: 'smoke-test' } });
    expect(await world.alias('orders-api', 'next')).toEqual(alone('1'));
    // Where Teal left it is where the next release finds it.
    await world.deployCode('orders-api', 'good');
    expect(await world.runRelease(request)).toMatchObject({ status: 'promoted' });
  });

  it('of an unchanged target in a group is left alone', async () => {
    const world = await createWorldWith('orders-api');
    await world.aFunction('payments', { next: 'blue' });
    await world.createAlias('payments', '$LATEST', 'next');
    expect(await world.runRelease({ ...request, targets: ['orders-api', 'payments'] })).toMatchObject({ status: 'promoted' });
    expect(await world.alias('payments', 'next')).toEqual(alone('$LATEST'));
    expect(await world.alias('orders-api', 'next')).toEqual(alone('2'));
  });

  it('that a person moves meanwhile is theirs, and holds nobody up', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.moveAlias('orders-api', '$LATEST', {}, 'next');
    expect(await world.untilOver(id)).toMatchObject({
      status: 'promoted',
      preview: { left: ['alias next of orders-api is on version $LATEST, which this release did not do'] },
    });
    expect(await world.alias('orders-api', 'next')).toEqual(alone('$LATEST'));
  });

  it.each<[string, string, RegExp]>([
    ['is on another version', '2', /is on version 2, where no release has left it: point it at version 1, which live serves, or delete it/],
    ['is on the newest code', '$LATEST', /is on version \$LATEST, where no release has left it/],
  ])('is refused where its alias %s', async (_, version, message) => {
    const world = await createWorldWith('orders-api');
    await world.publish('orders-api');
    await world.createAlias('orders-api', version, 'next');
    expect(await world.runRelease(request)).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: expect.stringMatching(message) },
    });
    expect(await world.alias('orders-api', 'next')).toEqual(alone(version));
  });

  it('is refused where its alias is one that a release has put in service, whatever version that is on', async () => {
    const world = await createWorldWith('orders-api');
    await world.createAlias('orders-api', '1', 'beta');
    const beta = await world.runRelease({ targets: [{ function: 'orders-api', alias: 'beta' }], plan: '100% 0m', unwatched: true });
    const rejection = {
      status: 'rejected',
      reason: {
        code: 'preflight',
        message: `alias beta of orders-api is on version 2, where release ${beta.id} of that alias has put it: name another alias as "preview"`,
      },
    };
    await world.deployCode('orders-api', 'good again');
    expect(await world.runRelease({ ...request, preview: 'beta' })).toMatchObject(rejection);
    // Also where both serve the same version.
    await world.moveAlias('orders-api', '2');
    expect(await world.runRelease({ ...request, preview: 'beta' })).toMatchObject(rejection);
    expect(await world.alias('orders-api', 'beta')).toEqual(alone('2'));
  });

  it('is held by one release at a time', async () => {
    const world = await createWorldWith('orders-api');
    await world.createAlias('orders-api', '1', 'beta');
    const id = await world.start(request);
    await world.untilBaking(id);
    const other = { targets: [{ function: 'orders-api', alias: 'beta' }], preview: 'next' };
    expect(await world.call('POST', '/releases', other)).toMatchObject({ status: 409, body: { releaseId: id, target: 'orders-api:next' } });
    expect(await world.call('POST', '/releases', { targets: [{ function: 'orders-api', alias: 'next' }] })).toMatchObject({ status: 409 });
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('of a first release that is rejected stays on green, since nothing else serves, and says so', async () => {
    const world = await createWorldWith();
    await world.aBareFunction('payments');
    await world.deployCode('payments', 'bad');
    const smokeTests = [{ target: 'payments', payload: {}, expect: { statusCode: 200 } }];
    const release = await world.runRelease({ ...request, targets: ['payments'], smokeTests });
    expect(release).toMatchObject({ status: 'rejected' });
    expect(release.timeline.map(({ text }) => text)).toContain('alias next of payments stays on green: no version of it serves');
  });

  it.each<[string, object, string]>([
    ['a target is released by', { preview: 'live' }, 'is the alias by which orders-api is released: name another'],
    [
      'two targets would share',
      { targets: ['orders-api', { function: 'orders-api', alias: 'beta' }] },
      'would be one alias of orders-api for two targets: release one alias of it at a time',
    ],
    [
      'more than 50 targets have',
      { targets: Array.from({ length: 51 }, (_, index) => `f${index}`) },
      'goes with at most 50 targets, not 51: release fewer at once, or leave it out',
    ],
    ['cannot be one', { preview: '$LATEST' }, 'cannot be $LATEST: an alias splits traffic between published versions only'],
  ])('cannot be an alias that %s', async (_, rest, message) => {
    const world = await createWorldWith();
    expect(wrongOf(await world.call('POST', '/releases', { ...request, ...rest }))).toEqual({
      status: 400,
      errors: [{ field: 'preview', message }],
    });
  });

  it('of fifty targets with the longest names is claimed in one write', async () => {
    const world = await createWorldWith();
    const name = (index: number) => `${String(index).padStart(2, '0')}${'f'.repeat(62)}`;
    const targets = Array.from({ length: 50 }, (_, index) => ({ function: name(index), alias: 'a'.repeat(128) }));
    const id = await world.start({ targets, preview: 'p'.repeat(128), unwatched: true });
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'preflight' } });
  });

  it('is told by a dry run, which counts its state', async () => {
    const world = await createWorldWith('orders-api');
    const { body } = await world.call<{ checks: { check: string }[]; cost: object }>('POST', '/dry-runs', request);
    expect(body.checks.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['no release in flight holds orders-api:next', 'alias next of orders-api is free for the preview']),
    );
    const { path } = await world.runRelease(request);
    expect(body.cost).toMatchObject({ stateTransitions: path.length });
  });
});
