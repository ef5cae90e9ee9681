import { describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';

interface Problem {
  status: number;
  title: string;
  detail: string;
  errors: { field: string; message: string }[];
  [key: string]: unknown;
}

const wrongFields = (body: Problem) => body.errors.map(({ field }) => field);

const records = async (world: World) =>
  (await world.items()).filter((item) => item.sk?.S === 'record' || item.pk?.S?.startsWith('idempotency#'));

describe('POST /releases', () => {
  it('refuses a bad request with every wrong field named, and starts nothing', async () => {
    const world = await createWorldWith('orders-api');
    const { status, body } = await world.call<Problem>('POST', '/releases', {
      targets: ['orders-api', 'orders-api', { function: 'payments', alias: '$LATEST' }],
      plan: '50% 5m, 10% 5m',
      alarms: ['x'.repeat(300)],
      colour: 'teal',
      hooks: { beforeTraffic: 'no name' },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ title: 'Invalid request', status: 400 });
    expect(wrongFields(body).sort()).toEqual(['alarms[0]', 'colour', 'hooks.beforeTraffic', 'plan', 'targets[2].alias']);
    expect(await records(world)).toEqual([]);
  });

  it.each([
    ['no body', undefined, ''],
    ['text that is not JSON', '{"targets":', ''],
    ['no targets', {}, 'targets'],
    ['an empty plan', { targets: ['a'], plan: [] }, 'plan'],
    ['weights that do not rise', { targets: ['a'], plan: '50% 5m, 10% 5m' }, 'plan'],
    ['a weight of 0', { targets: ['a'], plan: '0% 5m' }, 'plan'],
    ['a bake in seconds', { targets: ['a'], plan: '10% 90s' }, 'plan'],
    ['bakes of more than 360 days', { targets: ['a'], plan: '10% 300d, 100% 61d' }, 'plan'],
    ['101 steps', { targets: ['a'], plan: Array.from({ length: 101 }, (_, index) => ({ weight: (index + 1) * 0.9, bake: '1m' })) }, 'plan'],
    ['finalBake without a CodeDeploy name', { targets: ['a'], plan: '10% 5m', finalBake: '5m' }, 'finalBake'],
    ['the same target twice', { targets: ['a', { function: 'a', alias: 'live' }] }, 'targets[1]'],
    ['101 targets', { targets: Array.from({ length: 101 }, (_, index) => `f${index}`) }, 'targets'],
    ['a smoke test of another function', { targets: ['a'], smokeTests: [{ target: 'b' }] }, 'smokeTests[0].target'],
  ])('refuses %s', async (_, request, field) => {
    const world = await createWorldWith();
    const { status, body } = await world.call<Problem>('POST', '/releases', request);
    expect(status).toBe(400);
    expect(wrongFields(body)).toContain(field);
    expect(await records(world)).toEqual([]);
  });

  it('refuses a body over 64 KiB with 413, and one over the gateway’s limit with the gateway’s own answer', async () => {
    const world = await createWorldWith();
    expect(await world.call('POST', '/releases', { targets: ['a'], labels: { big: 'x'.repeat(1024 * 1024) } })).toMatchObject({
      status: 413,
      body: { title: 'Request too large' },
    });
    expect((await world.call('POST', '/releases', 'x'.repeat(7 * 1024 * 1024))).status).toBe(413);
    expect(await records(world)).toEqual([]);
  });

  it('answers 409 with the release that holds a target, and leaves nothing', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    const id = await world.start({ targets: ['payments'] });
    await world.untilBaking(id);
    const { status, body } = await world.call(
      'POST',
      '/releases',
      { targets: ['orders-api', 'payments'] },
      { 'idempotency-key': 'second' },
    );
    expect(status).toBe(409);
    expect(body).toMatchObject({ releaseId: id, target: 'payments:live' });
    expect(await records(world)).toHaveLength(1);
    expect(await world.runRelease({ targets: ['orders-api'] })).toMatchObject({ status: 'promoted' });
  });

  it('of two that arrive at once, one gets the target', async () => {
    const world = await createWorldWith('orders-api');
    const answers = await Promise.all([1, 2].map(() => world.call('POST', '/releases', { targets: ['orders-api'] })));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
  });

  it('honours an idempotency key: the same body has the same id, also at once and after the end; another body is refused', async () => {
    const world = await createWorldWith('orders-api');
    const key = { 'idempotency-key': 'pipeline-17' };
    const answers = await Promise.all([1, 2, 3].map(() => world.call('POST', '/releases', { targets: ['orders-api'] }, key)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const id = answers[0]!.body.id as string;
    expect(new Set(answers.map(({ body }) => body.id))).toEqual(new Set([id]));
    await world.untilOver(id);
    expect(await world.call('POST', '/releases', { targets: ['orders-api'] }, key)).toMatchObject({
      status: 202,
      body: { id, status: 'promoted' },
    });
    expect(await world.call('POST', '/releases', { targets: ['payments'] }, key)).toMatchObject({ status: 422 });
    expect(await world.leftBehind(id)).toEqual([]);

    await world.minutes(24 * 60);
    await world.deployCode('orders-api', 'bad');
    const next = await world.call('POST', '/releases', { targets: ['orders-api'] }, key);
    expect(next).toMatchObject({ status: 202 });
    expect(next.body.id).not.toBe(id);
  }, 60_000);

  it('releases a version that the request names, at the code that it names', async () => {
    const world = await createWorldWith('orders-api');
    const version = await world.publish('orders-api');
    await world.deployCode('orders-api', 'bad');
    const release = await world.runRelease({
      targets: [{ function: 'orders-api', version }],
      plan: 'AllAtOnce',
      finalBake: '1m',
      unwatched: true,
    });
    expect(release).toMatchObject({ status: 'promoted', plan: [{ weight: 100, bake: '1m' }] });
    expect(await world.alias('orders-api')).toEqual({ version, weights: {} });
  });

  it('takes 100 targets', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `team-${'x'.repeat(50)}-${index}`);
    const world = await createWorldWith(...names);
    const release = await world.runRelease({ targets: names, plan: '50% 1m' });
    expect(release.status).toBe('promoted');
    for (const name of names) expect(await world.alias(name)).toEqual({ version: '2', weights: {} });
  }, 60_000);
});

describe('GET /releases', () => {
  it('lists the newest first, by function and status, in pages', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    const ids: string[] = [];
    for (const name of ['orders-api', 'payments', 'orders-api']) {
      await world.deployCode(name, ids.length === 2 ? 'bad' : 'good');
      ids.unshift(await world.start({ targets: [name], plan: '100% 1m', unwatched: true }));
      await world.untilOver(ids[0]!);
    }
    const list = async (query: string) =>
      (await world.call<{ releases: { id: string }[]; cursor?: string }>('GET', `/releases${query}`)).body;
    expect((await list('')).releases.map(({ id }) => id)).toEqual(ids);
    expect((await list('?function=orders-api')).releases.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    expect((await list('?status=rejected')).releases).toEqual([]);
    const first = await list('?limit=2');
    expect(first.releases.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect((await list(`?limit=2&cursor=${first.cursor}`)).releases.map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it.each(['?limit=0', '?limit=x', '?status=done', '?cursor=abc', '?colour=teal', '?function=a/b'])('refuses %s', async (query) => {
    const world = await createWorldWith();
    expect(await world.call('GET', `/releases${query}`)).toMatchObject({
      status: 400,
      body: { errors: [{ field: query.slice(1).split('=')[0] }] },
    });
  });

  it('answers 404 for a release that is not there', async () => {
    const world = await createWorldWith();
    for (const id of ['no-such', '%24%7Bx%7D', 'x'.repeat(100)]) expect((await world.call('GET', `/releases/${id}`)).status).toBe(404);
    expect((await world.call('POST', '/releases/no-such/abort')).status).toBe(404);
  });
});

describe('GET /releases/{id}', () => {
  it('shows status, targets, plan, step, weights, evidence, timeline and who started it', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors');
    const id = await world.start({
      targets: ['orders-api'],
      alarms: ['orders-errors'],
      plan: '10% 5m',
      reason: 'checkout redesign',
      change: { commit: 'abc' },
      labels: { team: 'orders' },
    });
    await world.untilBaking(id);
    const shown = await world.show(id);
    expect(shown).toMatchObject({
      id,
      status: 'baking',
      targets: [{ function: 'orders-api', alias: 'live', blue: '1', green: '2' }],
      plan: [
        { weight: 10, bake: '5m' },
        { weight: 100, bake: '0m' },
      ],
      step: { number: 1, of: 2, weight: 10 },
      weights: { 'orders-api:live': 10 },
      asOf: new Date(world.aws.ground.clock.nowMs()).toISOString(),
      bake: { openedAt: expect.stringMatching(/^2026-01-15T12:/), seconds: 300 },
      evidence: { alarms: [{ name: 'orders-errors', state: 'OK' }] },
      startedBy: 'arn:aws:iam::123456789012:user/ada',
      executionArn: world.executionArn(id),
      labels: { team: 'orders' },
      change: { commit: 'abc' },
    });
    expect(shown.timeline.map(({ text }) => text)).toEqual([
      'arn:aws:iam::123456789012:user/ada started the release of orders-api: checkout redesign',
      'watching orders-errors',
      'green is judged against blue in every step below 100 % that bakes',
      'latency of orders-api is not judged: its alias had no requests the day before',
      'there are no smoke tests',
      'green of orders-api is version 2; blue is version 1',
      'shifting 10 % to green',
    ]);
    expect(JSON.stringify(shown)).not.toContain('token');
    expect((await world.untilOver(id)).bake).toBeUndefined();
  });

  it('shows a release whose green is published and has no traffic yet', async () => {
    const world = await createWorldWith('orders-api');
    const answers: unknown[] = [];
    const answer = world.behaviours.good!;
    world.behaviours.good = async (...request) => {
      // The smoke test is the first to call green.
      if (answers.length === 0) answers.push(await world.call('GET', `/releases/${id}`));
      return answer(...request);
    };
    const id = await world.start({ targets: ['orders-api'], plan: '10% 1m', smokeTests: [{ target: 'orders-api' }] });
    await world.untilOver(id);
    expect(answers).toMatchObject([{ status: 200, body: { status: 'preparing', targets: [{ blue: '1', green: '2' }] } }]);
  });
});

describe('GET /functions/{name}/aliases/{alias}', () => {
  it('says who serves, since when, by which release, and whether someone else moved it', async () => {
    const world = await createWorldWith('orders-api');
    const ask = async () => (await world.call('GET', '/functions/orders-api/aliases/live')).body;
    expect(await ask()).toMatchObject({ version: '1', weights: {}, message: expect.stringContaining('no release of Teal') });
    const { id, endedAt } = await world.runRelease({ targets: ['orders-api'], plan: '100% 1m', unwatched: true });
    expect(await ask()).toMatchObject({ version: '2', release: id, since: endedAt, movedByOthers: false });

    await world.deployCode('orders-api', 'bad');
    const next = await world.start({ targets: ['orders-api'], plan: '10% 5m' });
    await world.untilBaking(next);
    expect(await ask()).toMatchObject({ version: '2', weights: { 3: 10 }, release: id, inFlight: next });
    await world.command(next, 'abort');
    await world.untilOver(next);
    await world.moveAlias('orders-api', '1');
    expect(await ask()).toMatchObject({ version: '1', movedByOthers: true });
    expect((await world.call('GET', '/functions/orders-api/aliases/beta')).status).toBe(404);
  });
});

describe('GET /functions/{name}/aliases/{alias} while $LATEST is code that was reverted', () => {
  async function aRevertedRelease() {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('red');
    const request = { targets: ['orders-api'], plan: '10% 5m, 100% 1m', alarms: ['red'] };
    const id = await world.start(request);
    await world.untilBaking(id);
    await world.setAlarm('red', 'ALARM');
    const { endedAt } = await world.untilOver(id);
    await world.setAlarm('red', 'OK');
    const ask = async () => (await world.call('GET', '/functions/orders-api/aliases/live')).body;
    return { world, request, id, endedAt, ask };
  }

  it('says which release reverted it, when and why, until other code is deployed', async () => {
    const { world, id, endedAt, ask } = await aRevertedRelease();
    expect(await ask()).toMatchObject({
      version: '1',
      latestReverted: { release: id, at: endedAt, message: expect.stringContaining('alarm red') },
      warnings: expect.arrayContaining([expect.stringContaining(`release ${id} reverted at ${endedAt}`)]),
    });
    await world.deployCode('orders-api', 'bad');
    expect(await ask()).toMatchObject({ latestReverted: null });
  });

  it('is silent once that code was released again and serves', async () => {
    const { world, request, ask } = await aRevertedRelease();
    expect(await world.runRelease({ ...request, again: true })).toMatchObject({ status: 'promoted' });
    expect(await ask()).toMatchObject({ version: '2', latestReverted: null });
  });

  it('is silent about code that a person aborted', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start({ targets: ['orders-api'], plan: '10% 5m' });
    await world.untilBaking(id);
    await world.command(id, 'abort');
    await world.untilOver(id);
    expect((await world.call('GET', '/functions/orders-api/aliases/live')).body).toMatchObject({ latestReverted: null });
  });
});

describe('a call without a route or a signature', () => {
  it('is the gateway’s own answer', async () => {
    const world = await createWorldWith();
    expect((await world.call('DELETE', '/releases')).status).toBe(404);
    expect((await world.call('POST', '/releases/x/explode')).status).toBe(404);
  });
});

describe('the API dies midway', () => {
  it('after the record: the sweep removes it, and the target is free', async () => {
    const world = await createWorldWith('orders-api');
    world.before('startRelease', 'UpdateItem', () => Promise.reject(new Error('killed')));
    expect((await world.call('POST', '/releases', { targets: ['orders-api'] }, { 'idempotency-key': 'k' })).status).toBe(500);
    await world.minutes(4);
    expect((await records(world)).length).toBe(0);
    expect(await world.runRelease({ targets: ['orders-api'] })).toMatchObject({ status: 'promoted' });
  });

  it('after the claim: the sweep starts the release', async () => {
    const world = await createWorldWith('orders-api');
    world.after('startRelease', 'UpdateItem', () => Promise.reject(new Error('killed')));
    expect((await world.call('POST', '/releases', { targets: ['orders-api'] })).status).toBe(500);
    await world.minutes(4);
    const { releases } = (await world.call<{ releases: { id: string }[] }>('GET', '/releases')).body;
    expect(await world.untilOver(releases[0]!.id)).toMatchObject({ status: 'promoted' });
  });

  it('before the execution, and the same call comes again: one release', async () => {
    const world = await createWorldWith('orders-api');
    world.before('startRelease', 'StartExecution', () => Promise.reject(new Error('killed')));
    const key = { 'idempotency-key': 'k' };
    expect((await world.call('POST', '/releases', { targets: ['orders-api'] }, key)).status).toBe(500);
    const { status, body } = await world.call('POST', '/releases', { targets: ['orders-api'] }, key);
    expect(status).toBe(202);
    expect(await world.untilOver(body.id as string)).toMatchObject({ status: 'promoted' });
    expect(await records(world)).toHaveLength(2);
  });
});
