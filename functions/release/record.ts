import { ReleaseError } from './errors.ts';
import type { Step } from './plan.ts';
import type { ReleaseRequest } from './request.ts';

/** The record of a release: what people read, and what every writer asks before it acts. */

export type Status = 'preparing' | 'shifting' | 'baking' | 'promoting' | 'reverting' | 'stuck' | EndStatus;
export type EndStatus = 'promoted' | 'reverted' | 'rejected' | 'alias-moved' | 'unchanged';
export type Side = 'promote' | 'revert';
export type ReasonCode = 'passed' | 'alarm' | 'blind' | 'smoke-test' | 'aborted' | 'preflight' | 'alias-moved' | 'stopped' | 'error';

export interface Reason {
  code: ReasonCode;
  /** For a person: what happened, where. */
  message: string;
}

/** Rule 1: written once per release, before anyone acts on it. */
export interface Decision {
  side: Side;
  reason: Reason;
  at: string;
}

export interface ReleaseTarget {
  function: string;
  alias: string;
  /** Named by the request: green is this published version. */
  version?: string;
  /** The code that is released; pinned by Plan. */
  codeSha256?: string;
  blue?: string;
  blueCodeSha256?: string;
  green?: string;
  /** Green equals blue by code and configuration: skipped from then on. */
  unchanged?: boolean;
  /** A person moved its alias: where it is. */
  moved?: string;
}

/** A bake whose task token is not known to be spent. */
export interface OpenBake {
  step: number;
  /** `$$.State.RetryCount`: the newest attempt holds the bake. */
  attempt: number;
  token: string;
  openedAt: string;
  /** Settled by this already; kept until the execution has moved on, so that a lost settlement is sent again. */
  verdict?: 'advance' | 'promote';
}

/** What a person asked for while no verdict could take it yet. */
export interface Command {
  kind: 'promote' | 'advance';
  reason?: string;
  by: string;
  at: string;
}

export interface AlarmSeen {
  name: string;
  state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | 'missing';
  reason?: string;
}

export interface ReleaseEvent {
  type: string;
  at: string;
  detail: Record<string, unknown>;
}

export interface TimelineEntry {
  at: string;
  text: string;
}

export interface ReleaseRecord {
  formatVersion: 1;
  id: string;
  /** Counts writes; a write names the revision it read. */
  revision: number;
  status: Status;
  /** Why it ended as it did. */
  reason?: Reason;
  /** The exact input of its execution. */
  request: ReleaseRequest;
  plan: Step[];
  targets: ReleaseTarget[];
  /** Rule 2: index of the step being tried, written before its first alias write. */
  step?: number;
  decision?: Decision;
  /** Whether its targets are claimed. Released a moment before the claims go: from then on it writes no alias. */
  claim: 'none' | 'held' | 'released';
  /** When its alarms began to count: just before the first shift. */
  watchingSince?: string;
  /** Red when the release began and to be ignored until they have been OK. */
  alarmsAwaitingOk: string[];
  /** Missing at the last look, and since when; missing in a later look too they count as gone. */
  alarmsMissing: { name: string; at: string }[];
  bake?: OpenBake;
  command?: Command;
  /** What the last look saw, where it differs from the look before. */
  evidence?: { at: string; alarms: AlarmSeen[]; verdict: string };
  startedAt: string;
  /** The caller's ARN, or who started the execution by hand. */
  startedBy: string;
  endedAt?: string;
  executionArn?: string;
  idempotencyKey?: string;
  /** Events that are not known to be out, by event id. */
  outbox: Record<string, ReleaseEvent>;
  /** Timeline entries of the last write; the store keeps them as items of their own before the next. */
  recent: TimelineEntry[];
}

/** A pure change of a record; undefined when there is nothing to change. */
export type Change = (record: ReleaseRecord) => ReleaseRecord | undefined;

export interface NewRelease {
  id: string;
  request: ReleaseRequest;
  plan: Step[];
  at: string;
  startedBy: string;
  executionArn?: string;
  idempotencyKey?: string;
}

export function newRecord({ id, request, plan, at, startedBy, executionArn, idempotencyKey }: NewRelease): ReleaseRecord {
  const record: ReleaseRecord = {
    formatVersion: 1,
    id,
    revision: 0,
    status: 'preparing',
    request,
    plan,
    targets: request.targets.map((target) => ({ ...target })),
    claim: 'none',
    alarmsAwaitingOk: [],
    alarmsMissing: [],
    startedAt: at,
    startedBy,
    executionArn,
    idempotencyKey,
    outbox: {},
    recent: [],
  };
  return noted(
    record,
    at,
    `${startedBy} started the release of ${listTargets(record.targets)}${request.reason ? `: ${request.reason}` : ''}`,
  );
}

const END_STATUSES: readonly Status[] = ['promoted', 'reverted', 'rejected', 'alias-moved', 'unchanged'] satisfies EndStatus[];

export const isOver = (record: ReleaseRecord): boolean => END_STATUSES.includes(record.status);
/** Over, and told to everyone: nothing is left to do. */
export const isSettled = (record: ReleaseRecord): boolean => isOver(record) && Object.keys(record.outbox).length === 0;
export const changedTargets = (record: ReleaseRecord): ReleaseTarget[] => record.targets.filter((target) => !target.unchanged);
/** Percent of traffic that the step being tried gives green; 0 before the first. */
export const weightOf = (record: ReleaseRecord): number => (record.step === undefined ? 0 : record.plan[record.step]!.weightPercent);

/** Adds a line to the timeline. */
export function noted(record: ReleaseRecord, at: string, text: string): ReleaseRecord {
  return { ...record, recent: [...record.recent, { at, text }] };
}

/** Rule 7: stops a handler whose release is over, decided against it, or without its claim. */
export function assertGoingOn(record: ReleaseRecord): void {
  if (isOver(record)) throw new ReleaseError('ReleaseOver', `release ${record.id} is over: ${record.status}`);
  if (record.decision)
    throw new ReleaseError('ReleaseOver', `release ${record.id} has decided to ${record.decision.side}: ${record.decision.reason.message}`);
  if (record.claim !== 'held') throw new ReleaseError('ReleaseOver', `release ${record.id} does not hold its targets`);
}

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
    return noted({ ...record, decision: { side, reason, at }, status }, at, `decided to ${side}: ${reason.message}`);
  };

/** The claims are taken: from here on it is a release. */
export const hold =
  (at: string): Change =>
  (record) =>
    record.claim === 'none' ? withEvent({ ...record, claim: 'held' }, 'Release Started', 'start', at) : undefined;

/** Plan's findings: blue, and the code that green will be. */
export const planned = (targets: ReleaseTarget[], alarmsAwaitingOk: string[], notes: string[], at: string): Change =>
  goingOn((record) => notes.reduce((next, text) => noted(next, at, text), { ...record, targets, alarmsAwaitingOk }));

/** PublishVersion's result: green, or unchanged. */
export const published = (targets: ReleaseTarget[], at: string): Change =>
  goingOn((record) => {
    const texts = targets.map((target) =>
      target.unchanged
        ? `${target.function} is unchanged: version ${target.green} is what ${target.alias} serves already`
        : `green of ${target.function} is version ${target.green}; blue is version ${target.blue}`,
    );
    return texts.reduce((next, text) => noted(next, at, text), { ...record, targets });
  });

/** Alarm events count from here on. */
export const watch = (at: string): Change => goingOn((record) => (record.watchingSince ? undefined : { ...record, watchingSince: at }));

/** Rule 2: the step is in the record before its first alias write. */
export const tryStep = (step: number, at: string): Change =>
  goingOn((record) => {
    if (record.step === step) return undefined;
    if ((record.step ?? -1) !== step - 1)
      throw new ReleaseError('ReleaseOver', `release ${record.id} is at step ${(record.step ?? -1) + 1}, not at step ${step + 1}`);
    const { bake: _, ...rest } = record;
    return noted({ ...rest, step, status: 'shifting' }, at, `shifting ${record.plan[step]!.weightPercent} % to green`);
  });

export const shifted = (at: string): Change =>
  goingOn((record) =>
    record.status === 'shifting' ? withEvent({ ...record, status: 'baking' }, 'Traffic Shifted', `step-${record.step}`, at) : undefined,
  );

/** The Bake state opened: its newest attempt holds the token. */
export const openBake = (bake: Omit<OpenBake, 'verdict'>): Change =>
  goingOn((record) => {
    const open = record.bake;
    if (bake.step !== record.step || (open && (open.attempt > bake.attempt || open.token === bake.token))) return undefined;
    // A verdict outlives a failed attempt of the same bake: what was decided is not watched again.
    return { ...record, status: 'baking', bake: { ...bake, verdict: open?.verdict } };
  });

/** A person asks to skip this bake, or all bakes. Taken at once when a bake is open, else at the next one. */
export const command = (asked: Command): Change =>
  goingOn((record) => {
    const what = asked.kind === 'promote' ? 'promote at once' : 'advance to the next step';
    const next = noted({ ...record, command: asked }, asked.at, `${asked.by} asked to ${what}${asked.reason ? `: ${asked.reason}` : ''}`);
    return next.bake && !next.bake.verdict ? takeVerdict(next, asked.kind, asked.at) : next;
  });

/** The bake passed: by time, or by a person's command. */
export function takeVerdict(record: ReleaseRecord, verdict: 'advance' | 'promote', at: string): ReleaseRecord {
  const { command: _, ...rest } = record;
  const passed = noted({ ...rest, bake: { ...record.bake!, verdict } }, at, `the bake at ${weightOf(record)} % is over: ${verdict}`);
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

/** From here on this release writes no alias; its claims may go. */
export const letGo: Change = (record) => {
  if (record.claim === 'released' && !record.bake) return undefined;
  const { bake: _, command: __, ...rest } = record;
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
    moved.length > 0 && reason.code !== 'alias-moved' ? { ...reason, message: `${reason.message}; ${moved.join('; ')}` } : reason;
  if (!record.decision) return { status: 'unchanged', reason };
  // A person's move after the point of no return changes nothing for the others: they are on green.
  if (record.decision.side === 'promote') return { status: 'promoted', reason: withMoved };
  if (reason.code === 'alias-moved') return { status: 'alias-moved', reason };
  if (moved.length > 0) return { status: 'alias-moved', reason: { code: 'alias-moved', message: withMoved.message } };
  return { status: record.step === undefined ? 'rejected' : 'reverted', reason };
}

/** The end, shown only after claims and bake are gone. */
export const end =
  (at: string): Change =>
  (record) => {
    if (isOver(record)) return undefined;
    const { status, reason } = endOf(record);
    const over = noted({ ...record, status, reason, endedAt: at }, at, `${status}: ${reason.message}`);
    return withEvent(over, END_EVENT[status], 'end', at);
  };

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

/** Puts an event into the outbox: it leaves as it is now, however often it is sent. */
export function withEvent(record: ReleaseRecord, type: string, key: string, at: string): ReleaseRecord {
  return {
    ...record,
    outbox: {
      ...record.outbox,
      [`${record.id}/${key}/${type.replaceAll(' ', '-').toLowerCase()}`]: { type, at, detail: summarize(record) },
    },
  };
}

/** These events are out. */
export const sent =
  (eventIds: string[]): Change =>
  (record) => {
    const outbox = Object.fromEntries(Object.entries(record.outbox).filter(([eventId]) => !eventIds.includes(eventId)));
    return Object.keys(outbox).length === Object.keys(record.outbox).length ? undefined : { ...record, outbox };
  };

/** What events carry, and what every answer about a release begins with. */
export function summarize(record: ReleaseRecord): Record<string, unknown> {
  return {
    id: record.id,
    status: record.status,
    reason: record.reason ?? record.decision?.reason,
    decision: record.decision,
    step: record.step === undefined ? undefined : { number: record.step + 1, of: record.plan.length, weight: weightOf(record) },
    targets: record.targets.map(({ function: name, alias, blue, green, unchanged, moved }) => ({
      function: name,
      alias,
      blue,
      green,
      unchanged,
      moved,
    })),
    startedAt: record.startedAt,
    startedBy: record.startedBy,
    endedAt: record.endedAt,
    executionArn: record.executionArn,
    labels: record.request.labels,
    change: record.request.change,
  };
}

/** "orders-api and 3 more", short enough for a sentence. */
export function listTargets(targets: { function: string; alias: string }[]): string {
  const names = targets.slice(0, 3).map((target) => (target.alias === 'live' ? target.function : `${target.function}:${target.alias}`));
  return targets.length > 3 ? `${names.join(', ')} and ${targets.length - 3} more` : names.join(', ');
}
