import { describe, expect, it } from 'vitest';
import { setFreezeWindows } from '../world/freeze-windows.ts';
import { createWorldWith, START_MS, type World } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 100% 1m' };
/** From 12:05 to 12:35; a world begins at 12:00. */
const SOON = { start: '5 12 * * *', duration: '30m', reason: 'stock exchange' };
const OVERRIDE = { overrideFreeze: 'the shop is down' };

async function aFrozenWorld(window: Record<string, unknown> = {}): Promise<World> {
  const world = await createWorldWith('orders-api');
  await setFreezeWindows(world, { ...SOON, ...window });
  return world;
}
const texts = ({ timeline }: { timeline: { text: string }[] }) => timeline.map(({ text }) => text);
const minuteOf = ({ timeline }: { timeline: { at: string; text: string }[] }, text: RegExp) =>
  Math.floor((Date.parse(timeline.find((entry) => text.test(entry.text))!.at) - START_MS) / 60_000);

describe('a freeze window', () => {
  it('refuses a release that would shift inside it, and says until when and what to do', async () => {
    const world = await aFrozenWorld();
    const detail =
      'It would shift traffic at 2026-01-15 12:10 UTC, inside the freeze "stock exchange", until 2026-01-15 12:35 UTC. Start it later ("startAt"), or say why it cannot wait: "overrideFreeze": "…".';
    expect(await world.call('POST', '/releases', request)).toMatchObject({ status: 409, body: { title: 'Frozen', detail } });
    expect((await world.call<{ releases: unknown[] }>('GET', '/releases')).body.releases).toEqual([]);
    const dry = await world.call<{ checks: { problem?: string }[]; wouldBegin: boolean }>('POST', '/dry-runs', request);
    expect(dry.body.wouldBegin).toBe(false);
    expect(dry.body.checks.flatMap(({ problem }) => problem ?? [])).toEqual([detail.replace('It', 'it')]);
    // By hand there is no API to refuse it.
    const id = await world.startByHand(request);
    expect(await world.untilOver(id)).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: detail.replace('It', 'it') },
    });
    // After it all is as ever.
    expect(await world.runRelease({ ...request, startAt: '2026-01-15T12:35Z' })).toMatchObject({ status: 'promoted' });
  });

  it('puts a release off where it is to delay', async () => {
    const world = await aFrozenWorld({ act: 'delay' });
    const dry = await world.call<{ notes: string[]; wouldBegin: boolean }>('POST', '/dry-runs', request);
    expect(dry.body).toMatchObject({
      wouldBegin: true,
      notes: expect.arrayContaining([expect.stringMatching(/^put off: it would shift/)]),
    });
    const { status, body } = await world.call('POST', '/releases', request);
    expect({ status, body }).toMatchObject({ status: 202, body: { status: 'scheduled' } });
    const over = await world.untilOver(body.id as string);
    expect(over).toMatchObject({ status: 'promoted' });
    expect(minuteOf(over, /^shifting 10 %/)).toBe(35);
  });

  it('puts off a release whose turn comes while it is on', async () => {
    const world = await aFrozenWorld({ act: 'delay' });
    const first = await world.start({ ...request, plan: '100% 6m', unwatched: true });
    await world.untilBaking(first);
    const second = await world.start({ ...request, plan: '10% 1m, 100% 1m', ifBusy: 'wait' });
    await world.untilOver(first);
    await world.minutes(1);
    expect(await world.show(second)).toMatchObject({
      status: 'scheduled',
      waiting: { until: '2026-01-15T12:35:00.000Z', message: 'begins at 2026-01-15 12:35 UTC: a freeze is on before' },
    });
    await world.deployCode('orders-api', 'good again');
    const over = await world.untilOver(second);
    expect(over).toMatchObject({ status: 'promoted' });
    expect(minuteOf(over, /^green of/)).toBe(35);
  });

  it('that begins during a bake holds the next shift, watched, to its end', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors');
    const id = await world.start({ ...request, alarms: ['orders-errors'] });
    await world.untilBaking(id);
    await setFreezeWindows(world, SOON);
    await world.minutes(25);
    expect(await world.show(id)).toMatchObject({ status: 'baking', step: { number: 1 } });
    const over = await world.untilOver(id);
    expect(over).toMatchObject({ status: 'promoted' });
    expect(minuteOf(over, /^shifting 100 %/)).toBe(35);
    expect(texts(over).filter((text) => text.includes('holds the next shift'))).toEqual([
      'the freeze "stock exchange", until 2026-01-15 12:35 UTC, holds the next shift',
    ]);
  });

  it('that has begun while an approval was waited for rejects the release: no alias was written', async () => {
    const world = await aFrozenWorld();
    const id = await world.start({ ...request, plan: '10% 1m, 100% 1m', approval: { before: 'traffic' } });
    await world.minutes(10);
    await world.command(id, 'approve', 'seen', 'arn:aws:iam::123456789012:user/grace');
    expect(await world.untilOver(id)).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'preflight',
        message: expect.stringMatching(/^it would shift traffic at 2026-01-15 12:1\d UTC, inside the freeze "stock exchange"/),
      },
    });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });

    const late = await world.start({ ...request, ...OVERRIDE, approval: { before: 'traffic' } });
    await world.minutes(1);
    await world.command(late, 'approve', 'seen', 'arn:aws:iam::123456789012:user/grace');
    expect(await world.untilOver(late)).toMatchObject({ status: 'promoted' });
  });

  it('puts nobody off who overrides it for a newer release that it delays', async () => {
    const world = await createWorldWith('orders-api');
    const first = await world.start({ ...request, plan: '100% 6m', unwatched: true });
    await world.untilBaking(first);
    const urgent = await world.start({ ...request, ...OVERRIDE, plan: '10% 1m, 100% 1m', ifBusy: 'wait' });
    await world.minutes(0.2);
    const newer = await world.start({ ...request, plan: '10% 1m, 100% 1m', ifBusy: 'wait' });
    await setFreezeWindows(world, { ...SOON, start: '0 12 * * *', act: 'delay' });
    await world.deployCode('orders-api', 'good again');
    const over = await world.untilOver(urgent);
    expect(over).toMatchObject({ status: 'promoted' });
    expect(minuteOf(over, /^green of/)).toBeLessThan(20);
    await world.command(newer, 'abort');
    await world.untilOver(newer);
  });

  it.each(['alarm', 'abort', 'advance', 'promote'] as const)('holds no %s', async (what) => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors');
    const id = await world.start({ ...request, alarms: ['orders-errors'] });
    await world.untilBaking(id);
    await setFreezeWindows(world, SOON);
    await world.minutes(15);
    if (what === 'alarm') await world.setAlarm('orders-errors', 'ALARM');
    else expect((await world.command(id, what)).status).toBe(202);
    const over = await world.untilOver(id);
    expect(over.status).toBe(what === 'alarm' || what === 'abort' ? 'reverted' : 'promoted');
    expect(minuteOf(over, new RegExp(`^${over.status}\\b`))).toBeLessThan(20);
  });

  it('does not hold a release that overrides it, which says why in its record', async () => {
    const world = await aFrozenWorld();
    const over = await world.runRelease({ ...request, ...OVERRIDE });
    expect(over).toMatchObject({ status: 'promoted', ...OVERRIDE });
    expect(minuteOf(over, /^shifting 100 %/)).toBe(10);
    expect(texts(over)).toContain('no freeze window holds it: the shop is down');
  });

  it('that nobody can read lets begin only what overrides it, and never holds a revert', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors');
    const first = await world.start({ ...request, alarms: ['orders-errors'] });
    await world.untilBaking(first);
    await setFreezeWindows(world, { ...SOON, timeZone: 'Europe/Nowhere' });
    const { status, body } = await world.call('POST', '/releases', request);
    expect({ status, detail: body.detail }).toEqual({
      status: 409,
      detail: expect.stringContaining('Nobody can tell whether a freeze is on: freezeWindows 0.timeZone: is a time zone'),
    });
    await world.setAlarm('orders-errors', 'ALARM');
    expect(await world.untilOver(first)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
    expect(await world.runRelease({ ...request, ...OVERRIDE, again: true })).toMatchObject({ status: 'promoted' });
  });
});
