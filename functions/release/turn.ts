import * as v from 'valibot';
import type { Attempt } from './attempt.ts';
import type { Change } from './changes.ts';
import { ReleaseError } from './errors.ts';
import type { Step } from './plan.ts';
import { isOver, noted, type ReleaseRecord } from './record.ts';
import type { WrongField } from './schema.ts';
import { listTargets, targetKey } from './target.ts';
import { presentWaiting, WAITS_FOR, type Waiting, withWaiting } from './waiting.ts';
import { showMinute } from './words.ts';

/** When a release may begin: at a time that it names, and once its targets are free. */

const TIME = 'is a time with its offset from UTC, such as "2026-12-01T02:00:00Z" or "2026-12-01T03:00+01:00"';
const MOST_DAYS_AHEAD = 300;
/** An execution lives a year; the rest is for everything that is not a bake. */
const MOST_DAYS_IN_ALL = 360;
const DAY_MS = 86_400_000;

export const startAtSchema = v.pipe(
  v.string(TIME),
  v.check((text) => parseTime(text) !== undefined, TIME),
  v.description('Begins no earlier than at this time, to the minute; until then it holds no target and can be aborted'),
);

export const ifBusySchema = v.pipe(
  v.picklist(['fail', 'wait', 'replace'], 'is "fail", "wait" or "replace"'),
  v.description(
    'What to do while another release holds a target: be refused, wait for its end (of those that wait for the same targets the newest begins), or revert it',
  ),
);

export const overrideFreezeSchema = v.pipe(
  v.string('is text that says why'),
  v.minLength(1, 'says why'),
  v.maxLength(1000, 'has at most 1000 characters'),
  v.description('Shifts also inside the freeze windows of the stack; says why, for the record'),
);

/** As a request has them with everything said: without a field it begins at once, or not at all. */
export interface TurnRequest {
  /** ISO 8601, UTC. */
  startAt?: string;
  ifBusy?: 'wait' | 'replace';
  /** Why the freeze windows do not hold it. */
  overrideFreeze?: string;
}

/** What the schema has passed, with everything said. */
export const readTurn = ({ startAt, ifBusy }: { startAt?: string; ifBusy?: 'fail' | 'wait' | 'replace' }): TurnRequest => ({
  ...(startAt !== undefined && { startAt: parseTime(startAt)! }),
  ...(ifBusy !== undefined && ifBusy !== 'fail' && { ifBusy }),
});

/** UTC of "2026-12-01T03:00+01:00"; undefined when it is no time, or says no offset. */
function parseTime(text: string): string | undefined {
  const [, date, time, seconds = ':00', offset] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const ms = Date.parse(`${date}T${time}${seconds}${offset}`);
  // Date.parse takes the 30th of February for the 2nd of March.
  if (Number.isNaN(ms) || !new Date(`${date}T00:00:00Z`).toISOString().startsWith(date!)) return undefined;
  return new Date(ms).toISOString();
}

/** What is wrong with a start as seen from now: the same request is right as long as its time is to come. */
export function findWrongStart({ startAt }: TurnRequest, plan: Step[], at: string): WrongField[] {
  if (startAt === undefined) return [];
  const wrong = (message: string) => [{ field: 'startAt', message }];
  const days = (Date.parse(startAt) - Date.parse(at)) / DAY_MS;
  if (days <= 0) return wrong(`is over: it is ${showMinute(at)} UTC now`);
  const bakeDays = plan.reduce((sum, { bakeSeconds }) => sum + bakeSeconds, 0) / 86_400;
  if (days > MOST_DAYS_AHEAD) return wrong(`is more than ${MOST_DAYS_AHEAD} days ahead, and an execution lives a year`);
  if (days + bakeDays > MOST_DAYS_IN_ALL)
    return wrong(`and the bakes after it end more than ${MOST_DAYS_IN_ALL} days ahead, and an execution lives a year`);
  return [];
}

/** Whether a release waits before it takes its targets, as the state machine's first question has it. */
export const waitsForTurn = ({ startAt, ifBusy }: TurnRequest): boolean => startAt !== undefined || ifBusy !== undefined;

/** Before its turn: it holds nothing, and nothing is decided. */
export const isBeforeTurn = (record: ReleaseRecord): boolean =>
  waitsForTurn(record.request) && record.claim === 'none' && !record.decision && !isOver(record);

/** The AwaitTurn state was entered: its newest attempt holds the token. */
export const openTurn =
  (waiting: Pick<Waiting, 'openedAt'> & Attempt): Change =>
  (record) => {
    if (isOver(record) || record.decision || record.claim === 'released')
      throw new ReleaseError('ReleaseOver', `release ${record.id} is ${record.status}`);
    return withWaiting(record, { for: 'turn', ...waiting });
  };

/** Why it does not begin yet; `until` where that is a matter of time. */
export interface NotYet {
  why: string;
  until?: string;
}

/** It goes on waiting; the timeline tells each reason once. */
export const waitOn =
  ({ why, until }: NotYet, at: string): Change =>
  (record) => {
    const { waiting } = record;
    if (!isBeforeTurn(record) || waiting?.for !== 'turn' || (waiting.why === why && waiting.until === until)) return undefined;
    const { until: _, ...rest } = waiting;
    const next: ReleaseRecord = {
      ...record,
      status: until === undefined ? 'queued' : 'scheduled',
      waiting: { ...rest, why, ...(until !== undefined && { until }) },
    };
    return noted(next, at, why);
  };

/** Whether its own time is to come. */
export function findTooEarly({ request: { startAt } }: ReleaseRecord, at: string): NotYet | undefined {
  if (startAt === undefined || Date.parse(startAt) <= Date.parse(at)) return undefined;
  return { why: `begins at ${showMinute(startAt)} UTC`, until: startAt };
}

/**
 * The newest of the releases that wait for all targets of this one, and are newer: what that one releases is newer too, so
 * this one need not begin.
 */
export function findNewer(record: ReleaseRecord, others: ReleaseRecord[], at: string): ReleaseRecord | undefined {
  const orderOf = ({ startedAt, id }: ReleaseRecord) => `${startedAt} ${id}`;
  const keys = record.targets.map(targetKey);
  return others
    .filter((other) => isBeforeTurn(other) && other.request.ifBusy !== undefined && !findTooEarly(other, at))
    .filter((other) => orderOf(other) > orderOf(record) && keys.every((key) => other.targets.map(targetKey).includes(key)))
    .toSorted((one, other) => (orderOf(one) < orderOf(other) ? 1 : -1))[0];
}

/** Releases that have not begun and want a target, with why. */
export const queueOf = (target: { function: string; alias: string }, records: ReleaseRecord[]): Record<string, string>[] =>
  records
    .filter((record) => isBeforeTurn(record) && record.targets.map(targetKey).includes(targetKey(target)))
    .map((record) => ({ id: record.id, status: record.status, message: presentWaiting(record)?.message ?? WAITS_FOR.turn }));

export const describeNewer = ({ id, targets }: ReleaseRecord): string => `release ${id} of ${listTargets(targets)} is newer, and waits too`;
