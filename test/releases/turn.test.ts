import { describe, expect, it } from 'vitest';
import { createWorld, START_MS, type World } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 5m, 100% 1m' };
const inMinutes = (minutes: number) => new Date(START_MS + minutes * 60_000).toISOString();
const minuteOf = ({ timeline }: { timeline: { at: string; text: string }[] }, text: RegExp) =>
  Math.floor((Date.parse(timeline.find((entry) => text.test(entry.text))!.at) - START_MS) / 60_000);

async function aWorld(...names: string[]): Promise<World> {
  const world = await createWorld();
  for (const name of names.length > 0 ? names : ['orders-api']) await world.aFunction(name);
  return world;
}
const holderOf = async (world: World, name = 'orders-api') =>
  (await world.call('GET', `/functions/${name}/aliases/live`)).body.inFlight as string | undefined;

describe('a release that is to start later', () => {
  it('waits as scheduled, holds nothing, and begins in the minute of its time', async () => {
    const world = await aWorld();
    const startAt = '2026-01-15T14:30:00+01:00';
    const { status, body } = await world.call('POST', '/releases', { ...request, startAt });
    expect({ status, body }).toMatchObject({ status: 202, body: { status: 'scheduled' } });
    const id = body.id as string;
    await world.minutes(30);
    const shown = await world.show(id);
    expect(shown).toMatchObject({
      status: 'scheduled',
      waiting: { for: 'turn', until: '2026-01-15T13:30:00.000Z', message: 'begins at 2026-01-15 13:30 UTC' },
    });
    expect(JSON.stringify(shown)).not.toContain((await world.record(id))!.waiting!.token);
    expect(await holderOf(world)).toBeUndefined();

    // Another has the target meanwhile.
    expect(await world.runRelease(request)).toMatchObject({ status: 'promoted' });
    await world.deployCode('orders-api', 'good again');
    const over = await world.untilOver(id);
    expect(over).toMatchObject({ status: 'promoted', targets: [{ blue: '2', green: '3' }] });
    expect(minuteOf(over, /^green of orders-api is version 3/)).toBe(90);
    expect((await world.path(id)).slice(0, 3)).toEqual(['Must it wait?', 'AwaitTurn', 'Plan']);
    expect(world.events(id).map((event) => event['detail-type'])).toContain('Release Started');
  });

  it('is refused a time that is over, too far away or none', async () => {
    const world = await aWorld();
    const refused = async (startAt: unknown, plan = request.plan) =>
      (await world.call<{ errors: unknown }>('POST', '/releases', { ...request, plan, startAt })).body.errors;
    expect(await refused(inMinutes(-1))).toEqual([{ field: 'startAt', message: 'is over: it is 2026-01-15 12:00 UTC now' }]);
    expect(await refused(inMinutes(301 * 1440))).toEqual([
      { field: 'startAt', message: 'is more than 300 days ahead, and an execution lives a year' },
    ]);
    expect(await refused(inMinutes(200 * 1440), '10% 170d')).toEqual([
      { field: 'startAt', message: 'and the bakes after it end more than 360 days ahead, and an execution lives a year' },
    ]);
    const offset = { field: 'startAt', message: expect.stringContaining('a time with its offset from UTC') };
    for (const startAt of ['tomorrow', '2026-02-01T02:00:00', '2026-02-30T02:00:00Z', 1]) expect(await refused(startAt)).toEqual([offset]);
  });

  it('is aborted before its time: rejected, with nothing claimed and no version published', async () => {
    const world = await aWorld();
    const id = await world.start({ ...request, startAt: inMinutes(60) });
    await world.minutes(1);
    expect(await world.command(id, 'promote')).toMatchObject({ status: 409, body: { title: 'Too early' } });
    expect(await world.command(id, 'abort', 'not today')).toMatchObject({ status: 202 });
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    expect(await world.path(id)).not.toContain('PublishVersion');
    expect(world.events(id).map((event) => event['detail-type'])).toEqual(['Release Rejected']);
  });

  it('is stopped in the console before its time: rejected as stopped', async () => {
    const world = await aWorld();
    const id = await world.start({ ...request, startAt: inMinutes(60) });
    await world.minutes(1);
    await world.stop(id);
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'stopped' } });
  });

  it('is rejected when another release holds its target then, unless it may wait', async () => {
    const world = await aWorld();
    const first = await world.start({ ...request, startAt: inMinutes(2) });
    const second = await world.start({ ...request, startAt: inMinutes(3) });
    const third = await world.start({ ...request, startAt: inMinutes(3), ifBusy: 'wait' });
    expect(await world.untilOver(second)).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: `release ${first} is releasing orders-api:live; wait for it or abort it` },
    });
    expect(await world.show(third)).toMatchObject({ status: 'queued' });
    expect(await world.untilOver(first)).toMatchObject({ status: 'promoted' });
    expect(await world.untilOver(third)).toMatchObject({ status: 'unchanged' });
  });

  it('begins also when the API dies before it could start its execution', async () => {
    const world = await aWorld();
    world.before('startRelease', 'StartExecution', () => Promise.reject(new Error('killed')));
    expect((await world.call('POST', '/releases', { ...request, startAt: inMinutes(10) })).status).toBe(500);
    await world.minutes(1);
    const { releases } = (await world.call<{ releases: { id: string; status: string }[] }>('GET', '/releases')).body;
    expect(releases).toMatchObject([{ status: 'scheduled' }]);
    const over = await world.untilOver(releases[0]!.id);
    expect(over).toMatchObject({ status: 'promoted' });
    expect(minuteOf(over, /^green of/)).toBe(10);
  });

  it('ends as aborted, and stays in the history, when it is aborted before its execution could be started', async () => {
    const world = await aWorld();
    world.before('startRelease', 'StartExecution', () => Promise.reject(new Error('killed')));
    expect((await world.call('POST', '/releases', { ...request, startAt: inMinutes(10) })).status).toBe(500);
    const { id } = (await world.call<{ releases: { id: string }[] }>('GET', '/releases')).body.releases[0]!;
    expect(await world.command(id, 'abort', 'not today')).toMatchObject({ status: 202 });
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    await world.minutes(20);
    expect(await world.show(id)).toMatchObject({ status: 'rejected' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('is one release however often it is asked for under one key, also when its time has come', async () => {
    const world = await aWorld();
    const body = { ...request, startAt: inMinutes(2) };
    const id = await world.start(body, { 'idempotency-key': 'once' });
    await world.untilOver(id);
    expect(await world.start(body, { 'idempotency-key': 'once' })).toBe(id);
  });

  it('can be an execution that is started by hand', async () => {
    const world = await aWorld();
    const id = await world.startByHand({ ...request, startAt: inMinutes(5) });
    await world.minutes(1);
    expect(await world.show(id)).toMatchObject({ status: 'scheduled', startedBy: 'an execution started by hand' });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });
});

describe('code that is taken out of service while a release of it waits', () => {
  async function rollBack(world: World) {
    await world.minutes(1);
    return world.call('POST', '/rollbacks', { targets: ['orders-api'], reason: 'checkout is broken' });
  }

  it('by a rollback is not brought back, unless that is asked for', async () => {
    const world = await aWorld();
    await world.runRelease(request);
    const [once, again] = [
      await world.start({ ...request, startAt: inMinutes(60) }),
      await world.start({ ...request, startAt: inMinutes(90), again: true }),
    ];
    const { body } = await rollBack(world);
    expect(await world.untilOver(once)).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'preflight',
        message: expect.stringMatching(
          new RegExp(`^release ${body.id} rolled version 2 of orders-api back at 2026-.*, while this release waited, .* "again": true$`),
        ),
      },
    });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.untilOver(again)).toMatchObject({ status: 'promoted', targets: [{ blue: '1', green: '2' }] });
  });

  it('by a rollback is brought back by a release of that very version neither', async () => {
    const world = await aWorld();
    await world.runRelease(request);
    const targets = [{ function: 'orders-api', version: '2' }];
    const id = await world.start({ ...request, targets, startAt: inMinutes(60) });
    await rollBack(world);
    await world.deployCode('orders-api', 'good again');
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'preflight' } });
  });

  it('by a rollback before that is released as ever: whoever asks for it then can know', async () => {
    const world = await aWorld();
    await world.runRelease(request);
    await rollBack(world);
    await world.minutes(1);
    expect(await world.runRelease(request)).toMatchObject({ status: 'promoted', targets: [{ green: '2' }] });
  });

  it('by a revert is rejected, unless it is asked for', async () => {
    const world = await aWorld();
    await world.anAlarm('orders-errors');
    const first = await world.start({ ...request, alarms: ['orders-errors'] });
    await world.untilBaking(first);
    const second = await world.start({ ...request, ifBusy: 'wait' });
    await world.setAlarm('orders-errors', 'ALARM');
    expect(await world.untilOver(second)).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: expect.stringContaining(`was reverted by release ${first}`) },
    });
    await world.setAlarm('orders-errors', 'OK');
    expect(await world.runRelease({ ...request, ifBusy: 'wait', again: true })).toMatchObject({ status: 'promoted' });
  });
});

describe('a release that waits for its targets', () => {
  it('begins at once when they are free', async () => {
    const world = await aWorld();
    const { body } = await world.call('POST', '/releases', { ...request, ifBusy: 'wait' });
    expect(body.status).toBe('queued');
    const over = await world.untilOver(body.id as string);
    expect(over).toMatchObject({ status: 'promoted' });
    expect(minuteOf(over, /^green of/)).toBe(0);
  });

  it('begins after the release in flight, and says for whom it waits', async () => {
    const world = await aWorld();
    const first = await world.start(request);
    await world.untilBaking(first);
    await world.deployCode('orders-api', 'good again');
    const second = await world.start({ ...request, ifBusy: 'wait' });
    await world.minutes(2);
    expect(await world.show(second)).toMatchObject({
      status: 'queued',
      waiting: { for: 'turn', message: `waits until release ${first} lets go of orders-api:live` },
    });
    const over = await world.untilOver(second);
    expect(over).toMatchObject({ status: 'promoted', targets: [{ blue: '2', green: '3' }] });
    expect((await world.show(first)).status).toBe('promoted');
    const { endedAt } = await world.show(first);
    expect(minuteOf(over, /^green of/) - Math.floor((Date.parse(endedAt as string) - START_MS) / 60_000)).toBeLessThanOrEqual(1);
  });

  it('gives way to a newer one that waits for the same targets and more, not to one that waits for others', async () => {
    const world = await aWorld('orders-api', 'payments', 'search');
    const first = await world.start({ ...request, targets: ['orders-api', 'payments', 'search'] });
    await world.untilBaking(first);
    const older = await world.start({ ...request, targets: ['orders-api', 'search'], ifBusy: 'wait' });
    await world.minutes(1);
    const old = await world.start({ ...request, ifBusy: 'wait' });
    await world.minutes(1);
    const newest = await world.start({ ...request, targets: ['payments', 'orders-api'], ifBusy: 'wait' });
    expect(await world.untilOver(old)).toMatchObject({
      status: 'rejected',
      reason: { code: 'replaced', message: `release ${newest} of payments, orders-api is newer, and waits too` },
    });
    for (const waiting of [older, newest]) expect(await world.show(waiting)).toMatchObject({ status: 'queued' });
    for (const id of [first, older, newest]) await world.untilOver(id);
  });
});

describe('a release that replaces', () => {
  it('has the release in flight reverted, then begins; the code that was reverted is not held against itself', async () => {
    const world = await aWorld();
    const first = await world.start(request);
    await world.untilBaking(first);
    const second = await world.start({ ...request, ifBusy: 'replace' });
    const over = await world.untilOver(second);
    expect(await world.show(first)).toMatchObject({
      status: 'reverted',
      reason: { code: 'replaced', message: `release ${second} of arn:aws:iam::123456789012:user/ada replaces it` },
    });
    expect(over).toMatchObject({ status: 'promoted', targets: [{ blue: '1', green: '2' }] });
    expect(minuteOf(over, /^green of/)).toBeLessThanOrEqual(2);
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });

  it('waits for a release that has decided to promote', async () => {
    const world = await aWorld();
    const first = await world.start(request);
    let second = '';
    world.after('promote', 'PutItem', async () => {
      await world.deployCode('orders-api', 'good again');
      second = await world.start({ ...request, ifBusy: 'replace' });
    });
    expect(await world.untilOver(first)).toMatchObject({ status: 'promoted' });
    expect(await world.untilOver(second)).toMatchObject({ status: 'promoted', targets: [{ blue: '2', green: '3' }] });
  });
});
