import { describe, expect, it } from 'vitest';
import { findFreeze, findFrozen, readFreezeWindows } from '../../functions/release/freeze.ts';
import { parsePlan } from '../../functions/release/plan.ts';

const WEEKEND = { start: '0 18 * * FRI', duration: '62h', timeZone: 'Europe/Berlin', reason: 'weekend' };
const windows = (...some: Record<string, unknown>[]) => JSON.stringify(some);
const planOf = (text: string) => (parsePlan(text) as { steps: { weightPercent: number; bakeSeconds: number }[] }).steps;
const PLAN = planOf('10% 10m, 50% 10m, 100% 10m');

describe('a freeze window', () => {
  it.each([
    ['the millisecond before it', '2026-01-16T16:59:59.999Z', undefined],
    ['its first', '2026-01-16T17:00:00.000Z', 'the freeze "weekend", until 2026-01-19 07:00 UTC, holds the next shift'],
    ['its last', '2026-01-19T06:59:59.999Z', 'the freeze "weekend", until 2026-01-19 07:00 UTC, holds the next shift'],
    ['its end', '2026-01-19T07:00:00.000Z', undefined],
  ])('is on from its start to its end: %s', (_, at, said) => {
    expect(findFrozen(windows(WEEKEND), at)).toBe(said);
  });

  it('begins by the clock of its time zone and lasts its time, over a change of the clocks too', () => {
    // Berlin goes to summer time on 2026-03-29: 18:00 is 17:00 UTC before and 16:00 after.
    expect(findFrozen(windows(WEEKEND), '2026-03-29T12:00:00Z')).toContain('until 2026-03-30 07:00 UTC');
    expect(findFrozen(windows(WEEKEND), '2026-04-03T16:00:00Z')).toContain('until 2026-04-06 06:00 UTC');
    // 02:30 is not there that day, and twice on 2026-10-25.
    const night = { ...WEEKEND, start: '30 2 * * *', duration: '30m', reason: 'nightly import' };
    expect(findFrozen(windows(night), '2026-03-29T01:10:00Z')).toContain('until 2026-03-29 01:30 UTC');
    expect(findFrozen(windows(night), '2026-10-25T00:40:00Z')).toContain('until 2026-10-25 01:00 UTC');
  });

  it('that another follows ends with that one; of several that do not end it says so', () => {
    const monday = { start: '0 8 * * MON', duration: '4h', timeZone: 'Europe/Berlin', reason: 'opening' };
    expect(findFrozen(windows(WEEKEND, monday), '2026-01-17T12:00:00Z')).toContain('"weekend", until 2026-01-19 11:00 UTC');
    const always = { start: '0 * * * *', duration: '2h', reason: 'moving house' };
    expect(findFrozen(windows(always), '2026-01-17T12:00:00Z')).toBe('the freeze "moving house", which does not end, holds the next shift');
  });

  it('rejects a plan one of whose shifts falls into it, and no other', () => {
    expect(findFreeze(windows(WEEKEND), PLAN, '2026-01-16T16:45:00.000Z')).toEqual({
      act: 'reject',
      message: 'it would shift traffic at 2026-01-16 17:05 UTC, inside the freeze "weekend", until 2026-01-19 07:00 UTC',
    });
    // The last bake may end inside: nothing is shifted then.
    expect(findFreeze(windows(WEEKEND), PLAN, '2026-01-16T16:39:00.000Z')).toBeUndefined();
    expect(findFreeze('', PLAN, '2026-01-17T12:00:00.000Z')).toBeUndefined();
  });

  it('that delays puts a plan off to the first time at which all of it fits', () => {
    const delaying = { ...WEEKEND, act: 'delay' };
    expect(findFreeze(windows(delaying), PLAN, '2026-01-16T16:45:00.000Z')).toMatchObject({ startsAt: '2026-01-19T07:00:00.000Z' });
    const lunch = { start: '15 7 * * *', duration: '1h', reason: 'lunch in Asia', act: 'delay' };
    expect(findFreeze(windows(delaying, lunch), PLAN, '2026-01-16T16:45:00.000Z')).toMatchObject({ startsAt: '2026-01-19T08:15:00.000Z' });
    // One that rejects outweighs one that delays, and a plan of a month fits between no two weekends.
    expect(findFreeze(windows(delaying, { ...WEEKEND, reason: 'other' }), PLAN, '2026-01-17T12:00:00.000Z')).toMatchObject({
      act: 'reject',
    });
    const daily = planOf('1% 4d, 2% 4d, 3% 4d, 4% 4d, 100% 0m');
    expect(findFreeze(windows(delaying), daily, '2026-01-16T12:00:00.000Z')?.startsAt).toBeUndefined();
  });

  it('that rejects outweighs one that delays, whichever ends or begins first', () => {
    const delaying = { ...WEEKEND, reason: 'sale', act: 'delay', duration: '70h' };
    expect(findFrozen(windows(delaying, WEEKEND), '2026-01-17T12:00:00Z')).toBe(
      'the freeze "weekend", until 2026-01-19 15:00 UTC, holds the next shift',
    );
    // The first shift falls into the one that delays, the second into the one that rejects.
    const lunch = { start: '0 12 15 1 *', duration: '5m', reason: 'lunch', act: 'delay' };
    const exchange = { start: '10 12 15 1 *', duration: '5m', reason: 'exchange' };
    expect(findFreeze(windows(lunch, exchange), PLAN, '2026-01-15T12:00:00.000Z')).toEqual({
      act: 'reject',
      message: 'it would shift traffic at 2026-01-15 12:10 UTC, inside the freeze "exchange", until 2026-01-15 12:15 UTC',
    });
  });

  it('lasts at most 366 days, and there are at most twenty', () => {
    expect(readFreezeWindows(windows({ ...WEEKEND, duration: '366d' }))).toHaveProperty('windows');
    expect(readFreezeWindows(windows({ ...WEEKEND, duration: '8785h' }))).toHaveProperty('wrong');
    expect(readFreezeWindows(windows(...Array(20).fill(WEEKEND)))).toHaveProperty('windows');
    expect(readFreezeWindows(windows(...Array(21).fill(WEEKEND)))).toHaveProperty('wrong');
  });

  it('puts off by at most 300 days', () => {
    const delaying = (duration: string) => windows({ start: '0 12 15 1 *', duration, reason: 'moving house', act: 'delay' });
    const start = (duration: string) => findFreeze(delaying(duration), PLAN, '2026-01-15T12:00:00.000Z')?.startsAt;
    expect([start('300d'), start('301d')]).toEqual(['2026-11-11T12:00:00.000Z', undefined]);
  });

  it.each([
    ['no JSON', '[{', /^freezeWindows is not JSON: /],
    ['no list', '{}', /^freezeWindows : is a list of windows$/],
    ['no cron expression', windows({ ...WEEKEND, start: 'friday evening' }), /0\.start: is a cron expression of five fields/],
    ['an hour that there is not', windows({ ...WEEKEND, start: '0 25 * * *' }), /0\.start: is a cron expression/],
    ['a day that never comes', windows({ ...WEEKEND, start: '0 0 30 2 *' }), /0\.start: is a cron expression/],
    ['seconds', windows({ ...WEEKEND, start: '0 0 18 * * FRI' }), /0\.start: is a cron expression/],
    ['no duration', windows({ ...WEEKEND, duration: 'PT62H' }), /0\.duration: is a duration of at most 366 days/],
    ['no time zone', windows({ ...WEEKEND, timeZone: 'Europe/Nowhere' }), /0\.timeZone: is a time zone such as/],
    ['no reason', windows({ start: '0 18 * * FRI', duration: '62h' }), /0\.reason: is missing$/],
    ['another act', windows({ ...WEEKEND, act: 'ignore' }), /0\.act: is "reject" or "delay"/],
    ['another field', windows({ ...WEEKEND, end: 'MON' }), /0\.end: is not a field of a freeze window/],
  ])('that nobody can read is told, and rejects: %s', (_, parameter, said) => {
    const read = readFreezeWindows(parameter);
    expect('wrong' in read ? read.wrong : '').toMatch(said);
    const freeze = findFreeze(parameter, PLAN, '2026-01-15T12:00:00.000Z');
    expect(freeze).toMatchObject({
      act: 'reject',
      message: expect.stringMatching(/^nobody can tell whether a freeze is on: freezeWindows/),
    });
    expect(findFrozen(parameter, '2026-01-15T12:00:00.000Z')).toBe(freeze!.message);
  });

  it('is in UTC and rejects unless told', () => {
    expect(readFreezeWindows(windows({ start: '0 18 * * FRI', duration: '62h', reason: 'weekend' }))).toEqual({
      windows: [{ start: '0 18 * * FRI', duration: '62h', timeZone: 'UTC', reason: 'weekend', act: 'reject' }],
    });
  });
});
