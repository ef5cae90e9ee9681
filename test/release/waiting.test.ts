import { describe, expect, it } from 'vitest';
import type { HookRun } from '../../functions/release/hook-run.ts';
import { isDue, presentWaiting, type Waiting, waitOutput, withWaiting } from '../../functions/release/waiting.ts';
import { aRecord, at, decidedTo, NOON } from './a-record.ts';

const aWait = (more: Partial<Waiting> = {}): Waiting => ({
  for: 'approval',
  attempt: 1,
  token: 'one',
  openedAt: NOON,
  until: at(60),
  ...more,
});
const hook = (index: number, more: Partial<Waiting> = {}) => aWait({ for: 'beforeTraffic', hook: index, ...more });

describe('a wait', () => {
  it('is that of its newest attempt, and its time counts from the first', () => {
    const open = aRecord({}, { waiting: aWait() });
    const again = aWait({ attempt: 2, token: 'two', openedAt: at(5), until: at(65) });
    expect(withWaiting(open, again)?.waiting).toEqual({ ...again, openedAt: NOON, until: at(60) });
    expect(withWaiting(open, aWait({ attempt: 0, token: 'zero' }))).toBeUndefined();
    expect(withWaiting(open, aWait({ attempt: 2 }))).toBeUndefined();
  });

  it('of a redriven execution is that of the newest redrive, which begins to count its attempts anew', () => {
    const open = aRecord({}, { waiting: aWait({ attempt: 3 }) });
    const redriven = aWait({ redrive: 1, attempt: 0, token: 'redriven' });
    expect(withWaiting(open, redriven)?.waiting).toEqual(redriven);
    expect(withWaiting(aRecord({}, { waiting: redriven }), aWait({ attempt: 4, token: 'late' }))).toBeUndefined();
    expect(withWaiting(aRecord({}, { waiting: redriven }), redriven)).toBeUndefined();
  });

  it('for something else takes the place of the one before, whatever attempt that was', () => {
    const open = aRecord({}, { waiting: hook(0, { attempt: 3 }) });
    for (const next of [hook(1, { attempt: 0, openedAt: at(5), until: at(9) }), aWait({ attempt: 0, openedAt: at(5), until: at(9) })])
      expect(withWaiting(open, next)?.waiting).toEqual(next);
    expect(withWaiting(aRecord(), hook(0))?.waiting).toEqual(hook(0));
  });

  it.each(['turn', 'approval', 'beforeTraffic'] as const)('for its %s is over once anything is decided', (what) => {
    expect(waitOutput(aRecord({}, { waiting: aWait({ for: what }), ...decidedTo('revert') }))).toMatchObject({ status: 'over' });
  });

  it('for a hook that comes after a decision goes on', () => {
    for (const [what, side] of [['afterTraffic', 'promote'] as const, ['afterRevert', 'revert'] as const])
      expect(waitOutput(aRecord({}, { waiting: aWait({ for: what }), ...decidedTo(side) }))).toBeUndefined();
  });

  it('for a turn ends once it holds its targets, and for an approval once that is given; nothing else does', () => {
    const approval = { answer: { verdict: 'approved' as const, by: 'grace', at: NOON, reason: 'seen' } };
    expect(waitOutput(aRecord({}, { waiting: aWait({ for: 'turn' }) }))).toMatchObject({ status: 'begins' });
    expect(waitOutput(aRecord({}, { waiting: aWait({ for: 'turn' }), claim: 'none' }))).toBeUndefined();
    expect(waitOutput(aRecord({}, { waiting: aWait(), approval }))).toEqual({ status: 'approved', message: 'approved by grace: seen' });
    expect(waitOutput(aRecord({}, { waiting: aWait() }))).toBeUndefined();
    expect(waitOutput(aRecord({}, { waiting: hook(0), approval }))).toBeUndefined();
    expect(waitOutput(aRecord({}, decidedTo('revert')))).toBeUndefined();
  });

  it('is due at its time, not before; a turn without a time always is', () => {
    const turn = aRecord({}, { waiting: aWait({ for: 'turn', until: at(2) }), claim: 'none' });
    expect([1, 2, 3].map((minute) => isDue(turn, at(minute)))).toEqual([false, true, true]);
    expect(isDue(aRecord({}, { waiting: aWait({ for: 'turn', until: undefined }), claim: 'none' }), NOON)).toBe(true);
    expect(isDue(aRecord({}, { waiting: hook(0, { until: undefined }) }), NOON)).toBe(false);
    expect(isDue(aRecord({}, { waiting: hook(0), ...decidedTo('revert') }), NOON)).toBe(true);
    expect(isDue(aRecord({}, decidedTo('revert')), NOON)).toBe(false);
  });

  it.each<[Waiting['for'], string]>([
    ['turn', 'waits for its turn'],
    ['approval', 'waits for an approval'],
    ['beforeTraffic', 'waits for its before-traffic hook'],
    ['afterTraffic', 'waits for its after-traffic hook'],
    ['afterRevert', 'waits for its after-revert hook'],
  ])('for its %s is shown without its token', (what, message) => {
    const hooks: HookRun[] = what === 'turn' || what === 'approval' ? [] : [{ moment: what, function: 'tidy', status: 'called', at: NOON }];
    const record = aRecord({}, { waiting: aWait({ for: what }), claim: 'none', hooks });
    expect(presentWaiting(record)).toEqual({ for: what, until: at(60), message });
    const endless = aRecord({}, { waiting: aWait({ for: what, until: undefined, why: 'because' }), claim: 'none', hooks });
    expect(presentWaiting(endless)).toStrictEqual({ for: what, message: 'because' });
  });

  it('for a hook that has answered is shown no more, and for the next one it is', () => {
    const hooks: HookRun[] = [
      { moment: 'beforeTraffic', function: 'expand', status: 'passed', at: NOON },
      { moment: 'beforeTraffic', function: 'backfill', status: 'called', at: NOON },
    ];
    expect(presentWaiting(aRecord({}, { waiting: hook(0), hooks }))).toBeUndefined();
    expect(presentWaiting(aRecord({}, { waiting: hook(1), hooks }))).toMatchObject({ for: 'beforeTraffic' });
  });

  it('for a turn that has come is shown no more', () => {
    expect(presentWaiting(aRecord({}, { waiting: aWait({ for: 'turn' }) }))).toBeUndefined();
    expect(presentWaiting(aRecord())).toBeUndefined();
  });
});
