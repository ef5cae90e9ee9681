import { describe, expect, it } from 'vitest';
import { NoReply } from '../../local/faults.ts';
import { createWorldWith, type World } from '../world.ts';

const PLAN = '100% 0m';
const ADA = 'arn:aws:iam::123456789012:user/ada';
const request = (...targets: string[]) => ({ targets, reason: 'checkout is broken' });
const promote = (world: World, ...targets: string[]) => world.runRelease({ targets, plan: PLAN, unwatched: true });
const rollBack = (world: World, body: unknown = request('orders-api'), headers?: Record<string, string>) =>
  world.call<{ id: string; detail: string; [key: string]: unknown }>('POST', '/rollbacks', body, headers);
const onBlue = { version: '1', weights: {} };

describe('a preview alias', () => {
  it('is not rolled back, and is told whose preview it is', async () => {
    const world = await createWorldWith('orders-api');
    const last = await world.runRelease({ targets: ['orders-api'], plan: PLAN, unwatched: true, preview: 'next' });
    const { status, body } = await rollBack(world, { targets: [{ function: 'orders-api', alias: 'next' }], reason: 'checkout is broken' });
    expect([status, body.detail]).toEqual([
      409,
      `alias next of orders-api is a preview of alias live, on which release ${last.id} has left it: it goes where that goes. Roll back orders-api:live. Nothing was moved.`,
    ]);
  });

  it('is none of those at which Teal looks for a rollback without it', async () => {
    const world = await createWorldWith('orders-api');
    await world.runRelease({ targets: ['orders-api'], plan: PLAN, unwatched: true, preview: 'next' });
    const listed = (await world.items()).flatMap(({ kind, startedAtId }) => (kind?.S === 'serving' ? [startedAtId!.S] : []));
    expect(listed).toEqual(['orders-api:live']);
  });
});

describe('a rollback', () => {
  it('puts the version before the last promoted release back in one call, as a release of its own', async () => {
    const world = await createWorldWith('orders-api');
    const last = await promote(world, 'orders-api');
    const { status, body } = await rollBack(world);
    expect([status, body]).toMatchObject([
      200,
      {
        kind: 'rollback',
        status: 'promoted',
        reason: { code: 'rolled-back', message: `${ADA} rolled back orders-api: checkout is broken` },
      },
    ]);
    expect(await world.alias('orders-api')).toEqual(onBlue);
    const shown = await world.untilOver(body.id);
    expect(shown).toMatchObject({ targets: [{ blue: '2', green: '1', rollsBack: last.id }], requestReason: 'checkout is broken' });
    expect(shown.timeline.map(({ text }) => text)).toEqual([
      `${ADA} rolled back orders-api: checkout is broken`,
      `orders-api:live goes from version 2 to version 1, back from release ${last.id}`,
      `promoted: ${ADA} rolled back orders-api: checkout is broken`,
    ]);
    expect(world.events(body.id).map((event) => event['detail-type'])).toEqual(['Release Started', 'Release Promoted']);
    const { body: list } = await world.call<{ releases: { id: string }[] }>('GET', '/releases?function=orders-api');
    expect(list.releases.map(({ id }) => id)).toEqual([body.id, last.id]);
    const before = await world.show(last.id);
    expect(before).toMatchObject({ status: 'promoted', targets: [{ rolledBackBy: body.id }] });
    expect(before.timeline.at(-1)!.text).toBe(`${ADA} rolled back orders-api by release ${body.id}: checkout is broken`);
  });

  it('is shown by the alias, with a warning while $LATEST is the code that was rolled back; that code may be released again', async () => {
    const world = await createWorldWith('orders-api');
    await promote(world, 'orders-api');
    const { body } = await rollBack(world);
    const ask = async () => (await world.call<{ warnings: string[] }>('GET', '/functions/orders-api/aliases/live')).body;
    const warning = `the code in $LATEST of orders-api is that of version 2, which release ${body.id} rolled back: the next release would bring it again`;
    expect(await ask()).toMatchObject({ version: '1', release: body.id, movedByOthers: false, warnings: [warning] });
    const again = await promote(world, 'orders-api');
    expect(again).toMatchObject({ status: 'promoted', targets: [{ blue: '1', green: '2' }] });
    expect(again.timeline.map(({ text }) => text)).toContain(warning);
    expect((await ask()).warnings).toEqual([]);
    // And back once more.
    expect(await rollBack(world)).toMatchObject({ status: 200, body: { targets: [{ blue: '2', green: '1' }] } });
  });

  it('moves all targets, of several releases too, or none', async () => {
    const world = await createWorldWith('orders-api', 'payments', 'users');
    await promote(world, 'orders-api', 'payments');
    await promote(world, 'users');
    await world.moveAlias('users', '1');
    const refused = await rollBack(world, request('orders-api', 'payments', 'users'));
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      expect.stringMatching(/^somebody has moved alias live of users since .* is on version 1\. .*Nothing was moved\.$/),
    ]);
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
    await world.moveAlias('users', '2');
    expect(await rollBack(world, request('orders-api', 'payments', 'users'))).toMatchObject({ status: 200 });
    for (const name of ['orders-api', 'payments', 'users']) expect(await world.alias(name)).toEqual(onBlue);
  });

  it('is refused with the reason, and leaves nothing', async () => {
    const world = await createWorldWith('orders-api');
    const why = async (body: unknown = request('orders-api')) => {
      const answer = await rollBack(world, body);
      expect(answer.status).toBe(409);
      return answer.body.detail;
    };
    expect(await why()).toContain('no release has promoted a version of orders-api:live yet');
    expect(await why(request('orders'))).toContain('function orders has no alias live');
    await promote(world, 'orders-api');
    await rollBack(world);
    expect(await why()).toContain('orders-api:live was rolled back already: release orders-api-');
    await world.deployCode('orders-api', 'bad');
    await promote(world, 'orders-api');
    await world.deleteVersion('orders-api', '1');
    expect(await why()).toContain('version 1 of orders-api, which served before release orders-api-');
    const records = (await world.items()).filter((item) => item.sk?.S === 'record');
    expect(records).toHaveLength(3);
  });

  it('is refused once a contract hook was called, unless the person wants it even then', async () => {
    const world = await createWorldWith('orders-api', 'contract-schema');
    const { id } = await world.runRelease({
      targets: ['orders-api'],
      plan: PLAN,
      unwatched: true,
      hooks: { afterTraffic: 'contract-schema' },
    });
    const refused = await rollBack(world);
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      expect.stringMatching(new RegExp(`^release ${id} called its afterTraffic hook contract-schema at 2026.*--even-after-contract`)),
    ]);
    const { status, body } = await rollBack(world, { ...request('orders-api'), evenAfterContract: true });
    expect([status, await world.alias('orders-api')]).toEqual([200, onBlue]);
    expect((await world.show(body.id)).timeline.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(`^although release ${id} called its afterTraffic hook contract-schema at `),
    );
  });

  it('is refused while a release holds the target: aborting that is the rollback', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    await promote(world, 'orders-api');
    await promote(world, 'payments');
    await world.deployCode('payments', 'bad');
    const id = await world.start({ targets: ['payments'], plan: '10% 10m' });
    await world.untilBaking(id);
    const { status, body } = await rollBack(world, request('orders-api', 'payments'));
    expect([status, body]).toMatchObject([
      409,
      { releaseId: id, target: 'payments:live', detail: expect.stringContaining(`POST /releases/${id}/abort`) },
    ]);
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
    await world.command(id, 'abort');
    await world.untilOver(id);
    expect(await rollBack(world, request('orders-api', 'payments'))).toMatchObject({ status: 200 });
  });

  it('names every wrong field', async () => {
    const world = await createWorldWith();
    const { status, body } = await rollBack(world, { targets: [{ function: 'a', alias: '$LATEST' }], plan: '10% 5m' });
    const fields = (body.errors as { field: string }[]).map(({ field }) => field).sort();
    expect([status, fields]).toEqual([400, ['plan', 'reason', 'targets[0].alias']]);
    expect(await rollBack(world, request('a', 'a'))).toMatchObject({ status: 400 });
  });

  it.each(['UpdateItem', 'UpdateAlias'])('that dies at its %s is finished by the next ticks', async (operation) => {
    const world = await createWorldWith('orders-api');
    await promote(world, 'orders-api');
    world.after('rollback', operation, () => Promise.reject(new NoReply('killed')));
    expect((await rollBack(world)).status).toBe(500);
    const id = (await world.items()).find((item) => item.kind?.S === 'release' && item.status?.S === 'promoting')!.id!.S!;
    expect(await world.untilOver(id, 3)).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual(onBlue);
  });

  it('is done once under one key, and finished by the same call again', async () => {
    const world = await createWorldWith('orders-api');
    await promote(world, 'orders-api');
    const key = { 'idempotency-key': 'night' };
    const throttled = () => Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });
    world.before('rollback', 'UpdateAlias', () => Promise.reject(throttled()));
    expect(await rollBack(world, request('orders-api'), key)).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('is decided and not done yet') },
    });
    const { status, body } = await rollBack(world, request('orders-api'), key);
    expect([status, body.status]).toEqual([200, 'promoted']);
    expect((await rollBack(world, request('orders-api'), key)).body.id).toBe(body.id);
    expect((await rollBack(world, request('payments'), key)).status).toBe(422);
  });

  it('leaves an alias that somebody moves meanwhile, and says so', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    await promote(world, 'orders-api', 'payments');
    world.before('rollback', 'PutItem', () => world.moveAlias('payments', '1', { 2: 0.5 }));
    const { body } = await rollBack(world, request('orders-api', 'payments'));
    expect(body).toMatchObject({ status: 'promoted', targets: [{ green: '1' }, { moved: expect.stringContaining('50 % on version 2') }] });
    expect(await world.alias('payments')).toEqual({ version: '1', weights: { 2: 0.5 } });
  });
});

const GRACE = 'arn:aws:iam::123456789012:user/grace';
const now = (world: World) => new Date(world.aws.ground.clock.nowMs()).toISOString();
const listRollbacks = async (world: World) => {
  const { body } = await world.call<{ releases: { id: string; kind?: string }[] }>('GET', '/releases');
  return body.releases.filter(({ kind }) => kind === 'rollback');
};

describe('a rollback that somebody did without Teal', () => {
  it('is recorded by the next tick as a release of its own, once', async () => {
    const world = await createWorldWith('orders-api');
    const last = await promote(world, 'orders-api');
    const at = now(world);
    await world.rollBackDirectly('orders-api', '2', '1', at);
    await world.minutes(4);
    const [recorded, ...more] = await listRollbacks(world);
    expect(more).toEqual([]);
    expect(recorded).toMatchObject({
      status: 'promoted',
      startedAt: at,
      startedBy: GRACE,
      reason: { code: 'rolled-back', message: `${GRACE} rolled back orders-api without Teal: the API is down` },
      targets: [{ blue: '2', green: '1', rollsBack: last.id }],
    });
    expect(await world.leftBehind(recorded!.id)).toEqual([]);
    expect(world.events(recorded!.id).map((event) => event['detail-type'])).toEqual(['Release Started', 'Release Promoted']);
    expect(await world.alias('orders-api')).toEqual(onBlue);
    const { body } = await world.call('GET', '/functions/orders-api/aliases/live');
    expect(body).toMatchObject({ release: recorded!.id, since: at, movedByOthers: false });
  });

  it('ends a release in flight, and is recorded after that', async () => {
    const world = await createWorldWith('orders-api');
    await promote(world, 'orders-api');
    await world.deployCode('orders-api', 'bad');
    const id = await world.start({ targets: ['orders-api'], plan: '10% 10m' });
    await world.untilBaking(id);
    await world.rollBackDirectly('orders-api', '2', '1', now(world));
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
    await world.minutes(2);
    expect(await listRollbacks(world)).toMatchObject([{ status: 'promoted', targets: [{ blue: '2', green: '1' }] }]);
  });

  it('is none when a person moves the alias in any other way', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    await promote(world, 'orders-api', 'payments');
    await world.moveAlias('orders-api', '1');
    // Gone back directly, and forth again by hand.
    await world.rollBackDirectly('payments', '2', '1', now(world));
    await world.moveAlias('payments', '2');
    await world.minutes(3);
    expect(await listRollbacks(world)).toEqual([]);
    expect(await world.alias('orders-api')).toEqual(onBlue);
    expect(await world.alias('payments')).toEqual({ version: '2', weights: {} });
  });

  it('leaves the alias to a person who moves it again while it is recorded', async () => {
    const world = await createWorldWith('orders-api');
    await promote(world, 'orders-api');
    await world.rollBackDirectly('orders-api', '2', '1', now(world));
    world.before('recordRollback', 'UpdateItem', () => world.moveAlias('orders-api', '2'));
    await world.minutes(3);
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
    expect(await listRollbacks(world)).toMatchObject([{ targets: [{ moved: expect.stringContaining('is on version 2') }] }]);
  });
});

describe('the description of an alias', () => {
  it('tells which version serves and which served before, behind what somebody wrote there', async () => {
    const world = await createWorldWith('orders-api');
    await world.describeAlias('orders-api', 'Owned by checkout');
    await promote(world, 'orders-api');
    expect(await world.aliasDescription('orders-api')).toBe('Owned by checkout [Teal: version 2, before it 1]');
    await rollBack(world);
    expect(await world.aliasDescription('orders-api')).toBe('Owned by checkout [Teal: version 1, rolled back from 2]');
  });
});
