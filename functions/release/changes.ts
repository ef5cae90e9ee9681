import { assertApproved } from './approval.ts';
import { type Attempt, isPast } from './attempt.ts';
import { ReleaseError } from './errors.ts';
import { assertHooksPassed, describeHooksLeft } from './hooks.ts';
import { statusOfBake } from './pause.ts';
import { stepsFor } from './plan.ts';
import {
  assertGoingOn,
  changedTargets,
  type EndStatus,
  hasShifted,
  isOver,
  noted,
  type OpenBake,
  type Reason,
  type ReleaseEvent,
  type ReleaseRecord,
  type ReleaseTarget,
  type Side,
  shiftedTargets,
  summarize,
  weightOf,
} from './record.ts';
import { listTargets } from './target.ts';
import { listFew } from './words.ts';

/** What can happen to a record. Each is a pure change: the store applies it to what the record is now, or begins again. */

/** A pure change of a record; undefined when there is nothing to change. */
export type Change = (record: ReleaseRecord) => ReleaseRecord | undefined;

/** A change that only a release still going on takes. */
export const goingOn =
  (change: Change): Change =>
  (record) => {
    assertGoingOn(record);
    return change(record);
  };

/** Rule 1: the first to decide wins; whoever comes later reads what was decided. */
export const decide =
  (side: Side, reason: Reason, at: string): Change =>
  (record) => {
    if (record.decision || isOver(record)) return undefined;
    const status = side === 'promote' ? 'promoting' : 'reverting';
    // Before any traffic there is nothing to revert.
    const what = side === 'revert' && !hasShifted(record) ? 'reject' : side;
    return noted({ ...record, decision: { side, reason, at }, status }, at, `decided to ${what}: ${reason.message}`);
  };

/** Something that whoever reads the timeline should know. */
export const note =
  (texts: string[], at: string): Change =>
  (record) =>
    texts.length === 0 ? undefined : texts.reduce((next, text) => noted(next, at, text), record);

/** The claims are taken: from here on it is a release. */
export const hold =
  (at: string): Change =>
  (record) =>
    record.claim === 'none'
      ? withEvent({ ...record, claim: 'held', status: record.decision ? record.status : 'preparing' }, 'Release Started', 'start', at)
      : undefined;

/** Plan's findings: blue, the code that green will be, and the alarms that are watched. */
export const planned = (found: Pick<ReleaseRecord, 'targets' | 'alarms' | 'alarmsAwaitingOk'>, notes: string[], at: string): Change =>
  goingOn((record) => {
    // A call of Plan that comes late, after another was answered, may find an alias that this release has moved since.
    if (isPublished(record)) return undefined;
    const { waiting: _, ...begun } = record;
    return notes.reduce<ReleaseRecord>((next, text) => noted(next, at, text), { ...begun, ...found });
  });

const isPublished = (record: ReleaseRecord): boolean => record.targets.some(({ green }) => green !== undefined);

/** PublishVersion's result: green, or unchanged; and the steps that these targets leave of the plan. */
export const published = (targets: ReleaseTarget[], at: string): Change =>
  goingOn((record) => {
    // The first call that is done counts: what became of the targets since is not to be forgotten.
    if (isPublished(record)) return undefined;
    const { steps: plan, notes } = stepsFor(record.plan, changedTargets({ ...record, targets }));
    const texts = [...targets.map(describeGreen), ...notes];
    return texts.reduce((next, text) => noted(next, at, text), { ...record, targets, plan });
  });

function describeGreen(target: ReleaseTarget): string {
  if (target.unchanged) return `${target.function} is unchanged: version ${target.green} is what ${target.alias} serves already`;
  const blue = target.isFirst ? `there is no blue: alias ${target.alias} is made at the promotion` : `blue is version ${target.blue}`;
  return `green of ${target.function} is version ${target.green}; ${blue}`;
}

/** Alarm events count from here on. */
export const watch = (at: string): Change => goingOn((record) => (record.watchingSince ? undefined : { ...record, watchingSince: at }));

/** Rule 2: the step is in the record before its first alias write. */
export const tryStep = (step: number, at: string): Change =>
  goingOn((record) => {
    if (record.step === step) return undefined;
    if (step === 0) {
      assertHooksPassed(record);
      assertApproved(record, 'traffic');
    }
    if ((record.step ?? -1) !== step - 1)
      throw new ReleaseError('ReleaseOver', `release ${record.id} is at step ${(record.step ?? -1) + 1}, not at step ${step + 1}`);
    const { bake: _, waiting: __, ...rest } = record;
    const shifts = [...record.shifts, { from: at }];
    const what =
      shiftedTargets(record).length > 0 ? `shifting ${record.plan[step]!.weightPercent} % to green` : 'there is no traffic to shift yet';
    return noted({ ...rest, step, shifts, status: 'shifting' }, at, what);
  });

export const shifted = (at: string): Change =>
  goingOn((record) => {
    if (record.status !== 'shifting') return undefined;
    const baking: ReleaseRecord = { ...record, status: 'baking' };
    return hasShifted(record) ? withEvent(baking, 'Traffic Shifted', `step-${record.step}`, at) : baking;
  });

/** The Bake state opened: its newest attempt holds the token. */
export const openBake = (bake: Pick<OpenBake, 'step' | 'openedAt'> & Attempt): Change =>
  goingOn((record) => {
    const open = record.bake;
    if (bake.step !== record.step || (open && isPast(bake, open))) return undefined;
    const shifts = record.shifts.map((shift, index) => (index === record.step && !shift.to ? { ...shift, to: bake.openedAt } : shift));
    // A verdict outlives a failed attempt of the same bake: what was decided is not watched again. So does a pause.
    const next: OpenBake = open ? { ...open, ...bake } : { ...bake, ...(record.pause && { pausedAt: bake.openedAt }) };
    const opened: ReleaseRecord = { ...record, shifts, status: statusOfBake(next), bake: next };
    const { weightPercent, bakeSeconds } = record.plan[record.step]!;
    if (open || weightPercent < 100 || bakeSeconds === 0) return opened;
    const watched = record.alarms.length > 0 ? 'alarms alone decide from here on' : 'nothing but a person stops it from here on';
    return noted(opened, bake.openedAt, `no blue is left to compare green with: ${watched}`);
  });

/** The bake passed: by time, or by a person's command. */
export function takeVerdict(record: ReleaseRecord, verdict: 'advance' | 'promote', at: string): ReleaseRecord {
  const { command: _, pause: __, ...rest } = record;
  const { pausedAt: ___, awaitsApproval: ____, ...bake } = record.bake!;
  const isBaked = record.plan[record.step!]!.bakeSeconds > 0;
  const what = isBaked ? `the bake at ${weightOf(record)} % is over` : `no bake at ${weightOf(record)} %: one look, and no judgement`;
  const passed = noted({ ...rest, status: 'baking', bake: { ...bake, verdict } }, at, `${what}: ${verdict}`);
  return withEvent(passed, 'Bake Passed', `step-${record.step}`, at);
}

/** A target that a person moved. */
export const targetMoved =
  (key: { function: string; alias: string }, where: string, at: string): Change =>
  (record) => {
    const isIt = (target: ReleaseTarget) => target.function === key.function && target.alias === key.alias;
    if (record.targets.some((target) => isIt(target) && target.moved)) return undefined;
    return noted(
      { ...record, targets: record.targets.map((target) => (isIt(target) ? { ...target, moved: where } : target)) },
      at,
      `left alone: ${where}`,
    );
  };

/** The brake has put every alias back that no person moved. Only after it has: whoever reads this leaves them alone. */
export const backOnBlue: Change = (record) => {
  const isAllBack = record.targets.every((target) => target.unchanged || target.moved || target.isBack);
  if (record.decision?.side !== 'revert' || record.step === undefined || record.claim !== 'held' || isAllBack) return undefined;
  return { ...record, targets: record.targets.map((target) => (target.unchanged || target.moved ? target : { ...target, isBack: true })) };
};

/** From here on this release writes no alias, and its execution opens nothing; its claims may go. */
export const letGo: Change = (record) => {
  if (record.claim === 'released') return undefined;
  const { command: _, pause: __, ...rest } = record;
  return { ...rest, claim: 'released' };
};

/** How a release ends, from what was decided and done. */
export function endOf(record: ReleaseRecord): { status: EndStatus; reason: Reason } {
  const moved = record.targets.flatMap((target) => (target.moved ? [target.moved] : []));
  const reason = record.decision?.reason ?? {
    code: 'passed',
    message: `nothing to release: green equals blue in ${listTargets(record.targets)}`,
  };
  const withMoved =
    moved.length > 0 && reason.code !== 'alias-moved' ? { ...reason, message: `${reason.message}; ${listFew(moved)}` } : reason;
  if (!record.decision) return { status: 'unchanged', reason };
  // A person's move after the point of no return changes nothing for the others: they are on green.
  if (record.decision.side === 'promote') return { status: 'promoted', reason: withMoved };
  if (reason.code === 'alias-moved') return { status: 'alias-moved', reason };
  if (moved.length > 0) return { status: 'alias-moved', reason: { code: 'alias-moved', message: withMoved.message } };
  return { status: hasShifted(record) ? 'reverted' : 'rejected', reason };
}

/** The same with the hooks that did not run or failed, as everyone is told. */
export function toldEndOf(record: ReleaseRecord): { status: EndStatus; reason: Reason } {
  const { status, reason } = endOf(record);
  return { status, reason: { ...reason, message: [reason.message, ...describeHooksLeft(record)].join('; ') } };
}

/** The end, shown only after its claims are gone, and with nothing that its execution waits for. */
export const end =
  (at: string): Change =>
  (record) => {
    if (isOver(record)) return undefined;
    const { bake: _, waiting: __, ...rest } = record;
    const { status, reason } = toldEndOf(record);
    const over = noted({ ...rest, status, reason, endedAt: at }, at, describeEnd(record, status, reason));
    return withEvent(over, END_EVENT[status], 'end', at);
  };

/** For the timeline, which has the reason of the decision already: of that only what has come to it since. A rollback notes no decision. */
function describeEnd({ decision, rollback }: ReleaseRecord, status: EndStatus, { message }: Reason): string {
  const told = rollback ? undefined : decision?.reason.message;
  if (message === told) return status;
  return `${status}: ${message.startsWith(`${told}; `) ? message.slice(told!.length + 2) : message}`;
}

const END_EVENT = {
  promoted: 'Release Promoted',
  reverted: 'Release Reverted',
  rejected: 'Release Rejected',
  'alias-moved': 'Release Alias Moved',
  unchanged: 'Release Unchanged',
} as const;

/** Bringing the aliases to the decided side failed for hours; the sweep goes on trying. */
export const stuck =
  (why: string, at: string): Change =>
  (record) =>
    isOver(record) || record.status === 'stuck'
      ? undefined
      : withEvent(noted({ ...record, status: 'stuck' }, at, `stuck: ${why}`), 'Release Stuck', 'stuck', at);

/**
 * An event of 100 targets has up to 80 KB. A record that passes DynamoDB's 400 KB could not even be reverted, and a call of
 * PutEvents that passes 256 KB is refused whole. So when EventBridge takes nothing for long, the oldest tidings of progress
 * give way; the end is the last and always stays.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
 */
const MOST_WAITING = 5;
const MOST_WAITING_BYTES = 100_000;

/** Puts an event into the outbox: it leaves as it is now, however often it is sent. */
export function withEvent(record: ReleaseRecord, type: string, key: string, at: string): ReleaseRecord {
  const eventId = `${record.id}/${key}/${type.replaceAll(' ', '-').toLowerCase()}`;
  const event = { type, at, detail: summarize(record) };
  const waiting = Object.entries(record.outbox).sort(([, one], [, other]) => Date.parse(one.at) - Date.parse(other.at));
  const kept: typeof waiting = [];
  let bytes = bytesOf(event);
  for (const [id, one] of waiting.slice(1 - MOST_WAITING).reverse()) {
    bytes += bytesOf(one);
    if (bytes > MOST_WAITING_BYTES) break;
    kept.unshift([id, one]);
  }
  return { ...record, outbox: { ...Object.fromEntries(kept), [eventId]: event } };
}

const bytesOf = (event: ReleaseEvent): number => Buffer.byteLength(JSON.stringify(event));

/** These events are out. */
export const sent =
  (eventIds: string[]): Change =>
  (record) => {
    const outbox = Object.fromEntries(Object.entries(record.outbox).filter(([eventId]) => !eventIds.includes(eventId)));
    return Object.keys(outbox).length === Object.keys(record.outbox).length ? undefined : { ...record, outbox };
  };
