import { describe, expect, it } from 'vitest';
import { findWrongStart, isBeforeTurn, openTurn, queueOf, waitOn } from '../../functions/release/turn.ts';
import { aRecord, at, decidedTo, NOON, textsOf } from './a-record.ts';

const wait = { attempt: 0, token: 'one', openedAt: NOON };
const queued = (more: Parameters<typeof aRecord>[1] = {}) => aRecord({ ifBusy: 'wait' }, { claim: 'none', status: 'queued', ...more });
const DAY = 24 * 60;

describe('a release before its turn', () => {
  it('waits for it, holds nothing, and nothing is decided', () => {
    expect(isBeforeTurn(queued())).toBe(true);
    expect(isBeforeTurn(aRecord({}, { claim: 'none' }))).toBe(false);
    for (const more of [{ claim: 'held' as const }, decidedTo('revert'), { status: 'rejected' as const }])
      expect(isBeforeTurn(queued(more))).toBe(false);
  });

  it('is among those that want its target, and no other is', () => {
    const other = aRecord({ targets: ['payments'], ifBusy: 'wait' }, { claim: 'none' });
    const queue = queueOf({ function: 'orders-api', alias: 'live' }, [queued(), other, aRecord()]);
    expect(queue).toEqual([{ id: 'orders-7', status: 'queued', message: 'waits for its turn' }]);
  });

  it.each<[string, Parameters<typeof aRecord>[1]]>([
    ['over', { status: 'rejected' }],
    ['decided', decidedTo('revert')],
    ['that has let go', { claim: 'released' }],
  ])('waits no more when it is %s', (_, more) => {
    expect(() => openTurn(wait)(queued(more))).toThrow('release orders-7 is');
    expect(openTurn(wait)(queued())?.waiting).toEqual({ for: 'turn', ...wait });
  });

  it('tells each reason why it waits once', () => {
    const why = { why: 'waits until release 6 lets go' };
    const told = waitOn(why, at(1))(queued({ waiting: { for: 'turn', ...wait } }))!;
    expect([told.status, told.waiting?.why, textsOf(told)]).toEqual(['queued', why.why, [why.why]]);
    expect(waitOn(why, at(2))(told)).toBeUndefined();
    const later = waitOn({ ...why, until: at(9) }, at(2))(told)!;
    expect([later.status, later.waiting?.until]).toEqual(['scheduled', at(9)]);
    expect(waitOn({ ...why, until: at(10) }, at(2))(later)?.waiting?.until).toBe(at(10));
    expect(waitOn(why, at(1))(queued())).toBeUndefined();
    expect(waitOn(why, at(1))(queued({ waiting: { for: 'approval', ...wait } }))).toBeUndefined();
    expect(waitOn(why, at(1))(queued({ waiting: { for: 'turn', ...wait }, claim: 'held' }))).toBeUndefined();
  });
});

describe('a start', () => {
  const wrong = (minutes: number, bakeDays: number) =>
    findWrongStart({ startAt: at(minutes) }, [{ weightPercent: 100, bakeSeconds: bakeDays * 86_400 }], NOON).map(({ message }) => message);

  it('is to come, at most 300 days ahead, and all bakes after it end within 360', () => {
    expect([wrong(1, 0), wrong(300 * DAY, 60)]).toEqual([[], []]);
    expect(wrong(0, 0)).toEqual(['is over: it is 2026-01-15 12:00 UTC now']);
    expect(wrong(300 * DAY + 1, 0)).toEqual(['is more than 300 days ahead, and an execution lives a year']);
    expect(wrong(300 * DAY, 61)).toEqual(['and the bakes after it end more than 360 days ahead, and an execution lives a year']);
  });
});
