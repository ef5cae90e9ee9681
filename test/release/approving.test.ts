import { describe, expect, it } from 'vitest';
import { type Approval, assertApproved } from '../../functions/release/approval.ts';
import { approve, awaitBeforePromote, awaitBeforeTraffic, timeOutApproval } from '../../functions/release/approving.ts';
import { describeHeld, pause, resume } from '../../functions/release/commands.ts';
import type { OpenBake } from '../../functions/release/record.ts';
import { aRecord, at, NOON, textsOf } from './a-record.ts';

const asking = (what: 'traffic' | 'promote', more = {}) => ({ approval: { before: what, timeout: '1h', ...more } });
const GIVEN: Approval = { answer: { verdict: 'approved', by: 'grace', at: NOON } };
const grace = (minute: number) => ({ by: 'grace', at: at(minute) });
const bake = (more: Partial<OpenBake> = {}): OpenBake => ({ step: 1, attempt: 0, token: 'bake', openedAt: NOON, ...more });
const baking = (more: Partial<OpenBake> = {}, approval: Approval = {}) =>
  aRecord(asking('promote'), { step: 1, status: 'baking', bake: bake(more), approval });

describe('an approval before traffic', () => {
  const wait = awaitBeforeTraffic({ attempt: 1, token: 'one', at: NOON });

  it.each([
    [{}, '', 'declined'],
    [{ onTimeout: 'approve' }, '', 'approved'],
    [{ notBy: 'starter' }, ' by somebody else than who started it', 'declined'],
  ])('is asked for in words, and says what becomes of it: %j', (more, who, end) => {
    const asked = wait(aRecord(asking('traffic', more)))!;
    expect(textsOf(asked)).toEqual([`waits for approval${who} before any traffic, until 2026-01-15 13:00 UTC: then it is ${end}`]);
    expect(asked).toMatchObject({ status: 'awaiting-approval', approval: { askedAt: NOON, until: at(60) }, waiting: { until: at(60) } });
  });

  it('is asked for once, and not at all when it was given before', () => {
    const asked = wait(aRecord(asking('traffic')))!;
    const again = awaitBeforeTraffic({ attempt: 2, token: 'two', at: at(5) })({ ...asked, recent: [] })!;
    expect([textsOf(again), again.approval, again.waiting?.token]).toEqual([[], asked.approval, 'two']);
    const given = wait(aRecord(asking('traffic'), { approval: GIVEN }))!;
    expect([textsOf(given), given.approval, given.status]).toEqual([[], GIVEN, 'preparing']);
  });

  it('that is given lets the release go on', () => {
    expect(approve(grace(1))(wait(aRecord(asking('traffic')))!)).toMatchObject({ status: 'preparing', approval: { answer: grace(1) } });
  });

  it('is declined at its time, not a minute before, and never after an answer', () => {
    const asked = wait(aRecord(asking('traffic')))!;
    expect(timeOutApproval(at(59))(asked)).toBeUndefined();
    expect(timeOutApproval(at(60))(asked)).toMatchObject({ decision: { side: 'revert', reason: { code: 'declined' } } });
    expect(timeOutApproval(at(60))(approve(grace(1))(asked)!)).toBeUndefined();
  });

  it('stops whatever execution gets past it', () => {
    expect(() => assertApproved(aRecord(asking('traffic')), 'traffic')).toThrow('nobody has approved release orders-7');
    expect(() => assertApproved(aRecord(asking('traffic'), { approval: GIVEN }), 'traffic')).not.toThrow();
    expect(() => assertApproved(aRecord(asking('traffic')), 'promote')).not.toThrow();
  });
});

describe('an approval before promote', () => {
  it('is asked for once: a later verdict changes what the bake ends with', () => {
    const asked = awaitBeforePromote(baking(), 'advance', NOON);
    expect(textsOf(asked)).toHaveLength(1);
    const again = awaitBeforePromote({ ...asked, recent: [] }, 'promote', at(5));
    expect([textsOf(again), again.bake?.awaitsApproval, again.approval]).toEqual([[], 'promote', asked.approval]);
    expect(awaitBeforePromote(asked, 'advance', at(5))).toBe(asked);
  });

  it('ends the bake that waits for it, but not one that is paused or does not wait', () => {
    const asked = awaitBeforePromote(baking(), 'advance', NOON);
    expect(approve(grace(1))(asked)?.bake?.verdict).toBe('advance');
    expect(approve(grace(1))(baking())?.bake?.verdict).toBeUndefined();
    const paused = pause(grace(1))(asked)!;
    expect(approve(grace(2))(paused)).toMatchObject({ status: 'paused', bake: { pausedAt: at(1) }, approval: { answer: grace(2) } });
    expect(approve(grace(2))(paused)?.bake?.verdict).toBeUndefined();
  });

  it('has its time back after a pause; one that the bake does not wait for has not', () => {
    const asked = awaitBeforePromote(baking(), 'advance', NOON);
    expect(resume(grace(11))(pause(grace(1))(asked)!)?.approval?.until).toBe(at(70));
    const early = baking({}, { until: at(60) });
    expect(resume(grace(11))(pause(grace(1))(early)!)?.approval?.until).toBe(at(60));
  });
});

describe('whoever asks to go on', () => {
  it('is told what the release waits for all the same, and nothing where that is no approval', () => {
    expect(describeHeld(aRecord(asking('traffic')))).toBe(
      'It gets no traffic before somebody has approved it: POST /releases/orders-7/approve.',
    );
    expect(describeHeld(baking())).toBe('It is not promoted before somebody has approved it: POST /releases/orders-7/approve.');
    expect(describeHeld(aRecord())).toBeUndefined();
    expect(describeHeld(aRecord(asking('traffic'), { approval: GIVEN }))).toBeUndefined();
  });
});
