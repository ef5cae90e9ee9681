import { isApproved } from './approval.ts';
import { type Attempt, isPast } from './attempt.ts';
import { runAt } from './hook-run.ts';
import type { Moment } from './hooks.ts';
import type { ReleaseRecord } from './record.ts';

/** A state of the execution that waits with a task token for what comes from outside; a bake, which is watched, is not one of them. */
export interface Waiting extends Attempt {
  for: 'turn' | 'approval' | Moment;
  /** Of several hooks, which. */
  hook?: number;
  /** When its state was entered. */
  openedAt: string;
  /** Not longer than this, or of a turn not before. */
  until?: string;
  /** For a person: what has to happen first. */
  why?: string;
}

/** The wait with its newest attempt's token; undefined when a newer one holds it. */
export function withWaiting(record: ReleaseRecord, waiting: Waiting): ReleaseRecord | undefined {
  const open = record.waiting;
  const isSame = open !== undefined && open.for === waiting.for && open.hook === waiting.hook;
  if (isSame && isPast(waiting, open)) return undefined;
  // The time that it may take counts from the first attempt.
  return { ...record, waiting: isSame ? { ...waiting, openedAt: open.openedAt, until: open.until } : waiting };
}

/** What a state that waited returns. */
export interface WaitOutput {
  status: 'over' | 'begins' | 'approved';
  message: string;
}

/** Whether it is a hook of the decision's side that is waited for. */
export const comesAfterDecision = (waiting: Waiting): boolean => waiting.for === 'afterTraffic' || waiting.for === 'afterRevert';

/** What a wait ends with by itself; undefined while it goes on. A hook's answer is not ours to give, and what comes after a decision waits on. */
export function waitOutput(record: ReleaseRecord): WaitOutput | undefined {
  const { decision, waiting, approval, claim } = record;
  if (decision && waiting && !comesAfterDecision(waiting)) return { status: 'over', message: decision.reason.message };
  if (waiting?.for === 'turn' && claim === 'held') return { status: 'begins', message: 'its turn has come: it holds its targets' };
  if (waiting?.for !== 'approval' || !isApproved(record)) return undefined;
  const { by = 'nobody', reason } = approval!.answer!;
  return { status: 'approved', message: `approved by ${by}${reason ? `: ${reason}` : ''}` };
}

/** Whether somebody should see to a wait: its time is over, it may be a release's turn, or its end was not heard of. */
export function isDue(record: ReleaseRecord, at: string): boolean {
  const { waiting } = record;
  if (!waiting) return false;
  return (
    (waiting.for === 'turn' && waiting.until === undefined) ||
    waitOutput(record) !== undefined ||
    (waiting.until !== undefined && Date.parse(waiting.until) <= Date.parse(at))
  );
}

/** Whether what is waited for has come: what is left is that its execution hears of it and goes on. */
function hasCome(record: ReleaseRecord, { for: what, hook = 0 }: Waiting): boolean {
  if (what === 'turn') return record.claim !== 'none';
  if (what === 'approval') return record.approval?.answer !== undefined;
  return runAt(record, what, hook)?.status !== 'called';
}

/** A wait as people see it: what for, until when, and why. The token is nobody's business. */
export function presentWaiting(record: ReleaseRecord): { for: Waiting['for']; until?: string; message: string } | undefined {
  const { waiting } = record;
  if (!waiting || hasCome(record, waiting)) return undefined;
  const { for: what, until, why } = waiting;
  return { for: what, ...(until !== undefined && { until }), message: why ?? WAITS_FOR[what] };
}

export const WAITS_FOR: Record<Waiting['for'], string> = {
  turn: 'waits for its turn',
  approval: 'waits for an approval',
  beforeTraffic: 'waits for its before-traffic hook',
  afterTraffic: 'waits for its after-traffic hook',
  afterRevert: 'waits for its after-revert hook',
};
