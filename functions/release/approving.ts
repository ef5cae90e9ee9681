import { asked, describeSilence, isTimeOver, needsApproval } from './approval.ts';
import type { Attempt } from './attempt.ts';
import { type Change, decide, goingOn, takeVerdict, withEvent } from './changes.ts';
import { noted, type ReleaseRecord } from './record.ts';
import { withWaiting } from './waiting.ts';
import { showMinute } from './words.ts';

/** What can happen to a record by its approval. */

/** AwaitApproval has begun, or begun again: its newest attempt holds the token. An approval that was given before is not asked for. */
export const awaitBeforeTraffic = ({ redrive, attempt, token, at }: Attempt & { at: string }): Change =>
  goingOn((record) => {
    const isNew = !record.approval?.answer && !record.approval?.until;
    const approval = isNew ? asked(record, at) : record.approval!;
    const waiting = withWaiting(record, { for: 'approval', redrive, attempt, token, openedAt: at, until: approval.until });
    return waiting && isNew ? withQuestion({ ...waiting, approval }, 'approval', at) : waiting;
  });

/** All that a bake lacks is an approval: asks for it once, and does what the request says when its time is over. */
export function awaitBeforePromote(record: ReleaseRecord, verdict: 'advance' | 'promote', at: string): ReleaseRecord {
  if (isTimeOver(record, at) && record.bake!.awaitsApproval) return takeSilence(record, at);
  if (record.bake!.awaitsApproval === verdict) return record;
  const { command: _, ...rest } = record;
  const waiting: ReleaseRecord = { ...rest, bake: { ...record.bake!, awaitsApproval: verdict } };
  if (record.bake!.awaitsApproval) return waiting;
  return withQuestion({ ...waiting, approval: asked(record, at) }, `approval-step-${record.step}`, at);
}

function withQuestion(record: ReleaseRecord, key: string, at: string): ReleaseRecord {
  const { before, onTimeout, notBy } = record.request.approval!;
  const who = notBy ? ' by somebody else than who started it' : '';
  const what = before === 'traffic' ? 'before any traffic' : 'before it is promoted, and watches on';
  const waits = `waits for approval${who} ${what}, until ${showMinute(record.approval!.until!)} UTC: then it is ${onTimeout === 'approve' ? 'approved' : 'declined'}`;
  return withEvent(noted({ ...record, status: 'awaiting-approval' }, at, waits), 'Approval Requested', key, at);
}

/** Nobody has answered in time. */
export const timeOutApproval =
  (at: string): Change =>
  (record) =>
    !record.decision && isTimeOver(record, at) ? takeSilence(record, at) : undefined;

function takeSilence(record: ReleaseRecord, at: string): ReleaseRecord {
  const approval = record.request.approval!;
  return approval.onTimeout === 'approve'
    ? withApproval(record, { at, reason: describeSilence(approval) })
    : withDecline(record, { at, reason: describeSilence(approval) });
}

/** Taken at once where the approval is all that is missing, else kept until it is. The first counts. */
export const approve = (by: { by: string; at: string; reason?: string }): Change =>
  goingOn((record) => (record.approval?.answer ? undefined : withApproval(record, by)));

export const decline = (by: { by: string; at: string; reason?: string }): Change => goingOn((record) => withDecline(record, by));

interface Answer {
  /** Nobody, when its time was over. */
  by?: string;
  at: string;
  reason?: string;
}

function withApproval(record: ReleaseRecord, answer: Answer): ReleaseRecord {
  const { by, at, reason } = answer;
  const text = by ? `${by} approved it${reason ? `: ${reason}` : ''}` : `approved, as the release says: ${reason}`;
  const approved = noted({ ...record, approval: { ...record.approval, answer: { verdict: 'approved', ...answer } } }, at, text);
  if (record.waiting?.for === 'approval') return { ...approved, status: 'preparing' };
  const verdict = record.bake?.verdict ? undefined : record.bake?.awaitsApproval;
  // Whoever paused it wants it to stay where it is.
  return verdict && !record.bake!.pausedAt && !needsApproval(approved, verdict) ? takeVerdict(approved, verdict, at) : approved;
}

function withDecline(record: ReleaseRecord, answer: Answer): ReleaseRecord {
  const { by, at, reason } = answer;
  const message = by ? `${by} declined it${reason ? `: ${reason}` : ''}` : `not approved: ${reason}`;
  const declined: ReleaseRecord = { ...record, approval: { ...record.approval, answer: { verdict: 'declined', ...answer } } };
  return decide('revert', { code: 'declined', message }, at)(declined) ?? declined;
}
