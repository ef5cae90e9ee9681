import { type Approval, shownApproval } from './approval.ts';
import type { Attempt } from './attempt.ts';
import { ReleaseError } from './errors.ts';
import type { FORMAT_VERSION } from './format.ts';
import type { HookRun } from './hook-run.ts';
import type { ShownJudgement } from './judge/judgement.ts';
import { NOT_JUDGED } from './judge/request.ts';
import type { Pause } from './pause.ts';
import type { Step } from './plan.ts';
import type { TargetPreview } from './preview.ts';
import type { ReleaseRequest } from './request.ts';
import type { Rollback } from './rollback.ts';
import { presentWaiting, type Waiting } from './waiting.ts';

/** The record of a release: what people read, and what every writer asks before it acts. */

export type Status =
  | 'scheduled'
  | 'queued'
  | 'preparing'
  | 'awaiting-approval'
  | 'shifting'
  | 'baking'
  | 'paused'
  | 'promoting'
  | 'reverting'
  | 'stuck'
  | EndStatus;
export type EndStatus = 'promoted' | 'reverted' | 'rejected' | 'alias-moved' | 'unchanged';
export type Side = 'promote' | 'revert';
export type ReasonCode =
  | 'passed'
  | 'alarm'
  | 'regression'
  | 'blind'
  | 'too-few-requests'
  | 'smoke-test'
  | 'hook'
  | 'aborted'
  | 'declined'
  | 'replaced'
  | 'rolled-back'
  | 'preflight'
  | 'alias-moved'
  | 'stopped'
  | 'error';

export interface Reason {
  code: ReasonCode;
  /** For a person: what happened, where. */
  message: string;
}

/** Reasons that speak against the code: it is marked, and released again only with `again`. */
const AGAINST_THE_CODE: readonly string[] = ['alarm', 'regression', 'blind', 'too-few-requests'] satisfies ReasonCode[];
export const isAgainstTheCode = ({ code }: { code: string }): boolean => AGAINST_THE_CODE.includes(code);

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
  /** The longest that a request to blue or green may take. */
  timeoutSeconds?: number;
  /** What counts as slow, fixed before any minute that it judges; `of` is the percentile of blue's day before. */
  slowLimits?: { ms: number; of?: 'p50' | 'p90' | 'p99' }[];
  /** Of blue, when the release began: green is given as much. */
  provisionedConcurrency?: number;
  /** What green has of it: before Lambda is asked it is "given", and once the release does not stay "taken". */
  greenConcurrency?: 'given' | 'taken';
  /** Of a promoted release: the one that does not stay has lost its own, so what it has from then on somebody else gave it. */
  isCooled?: boolean;
  /** Blue tells by `teal/middleware` which of its answers are failures. */
  reportsFailures?: boolean;
  /** Green equals blue by code and configuration: skipped from then on. */
  unchanged?: boolean;
  /** It has no alias yet, and so no blue: Promote makes it, at green. */
  isFirst?: boolean;
  /** Its alias cannot be split between blue and green: it goes from one to the other at once, in the step at 100 %. */
  isSwitch?: boolean;
  /** Of a release with a preview: the target's second alias. */
  preview?: TargetPreview;
  /** A person moved its alias: where it is. */
  moved?: string;
  /** Of a rollback: the release that put blue in service. */
  rollsBack?: string;
  /** The rollback that took green out of service again. */
  rolledBackBy?: string;
  /** Its alias was put back on blue after the decision to revert: no write of this release can follow, so nobody does it again. */
  isBack?: boolean;
}

/** A bake whose task token is not known to be spent. */
export interface OpenBake extends Attempt {
  step: number;
  openedAt: string;
  /** Settled by this already; kept until the execution has moved on, so that a lost settlement is sent again. */
  verdict?: 'advance' | 'promote';
  /** What it ends with once the release is approved, which is all that it waits for. */
  awaitsApproval?: 'advance' | 'promote';
  /** Its clock stands still since then. */
  pausedAt?: string;
  /** How long its clock stood still before. */
  pausedSeconds?: number;
}

/** The time in which the weight of a step may have come into effect; without an end while it is being written. */
export interface Shift {
  from: string;
  to?: string;
}

/** What a person asked for while no verdict could take it yet. */
export interface Command {
  kind: 'promote' | 'advance';
  reason?: string;
  by: string;
  at: string;
}

/** A command as it was sent, so that it is known when it comes again. */
export interface SentCommand {
  /** Its Idempotency-Key. */
  key: string;
  /** Of what it said. */
  bodyHash: string;
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
  formatVersion: typeof FORMAT_VERSION;
  id: string;
  /** Counts writes; a write names the revision it read. */
  revision: number;
  /** Undefined of any other release. */
  rollback?: Rollback;
  status: Status;
  /** Why it ended as it did. */
  reason?: Reason;
  /** The exact input of its execution. */
  request: ReleaseRequest;
  plan: Step[];
  targets: ReleaseTarget[];
  /** The names of the alarms that are watched: those that the request names, or those that Plan found. */
  alarms: string[];
  /** Rule 2: index of the step being tried, written before its first alias write. */
  step?: number;
  decision?: Decision;
  /** Whether its targets are claimed. Released a moment before the claims go: from then on it writes no alias. */
  claim: 'none' | 'held' | 'released';
  /** By step. */
  shifts: Shift[];
  /** When its alarms began to count: just before the first shift. */
  watchingSince?: string;
  /** Red when the release began and to be ignored until they have been OK. */
  alarmsAwaitingOk: string[];
  /** Missing at the last look, and since when; missing in a later look too they count as gone. */
  alarmsMissing: { name: string; at: string }[];
  /** Preview aliases may be on green, since then; absent once they are where they belong. */
  previewSince?: string;
  bake?: OpenBake;
  /** What its execution waits for, apart from a bake. */
  waiting?: Waiting;
  /** Hooks that were called, each once. */
  hooks?: HookRun[];
  command?: Command;
  /** Where the request asks for one: when it was asked for, and what was answered. */
  approval?: Approval;
  /** Until it is resumed. */
  pause?: Pause;
  /** The last commands that it has taken. */
  commandsTaken?: SentCommand[];
  /** What the last look saw, where it differs from the look before. */
  evidence?: { at: string; alarms: AlarmSeen[]; verdict: string };
  /** What the judge said when its evidence last changed tenfold, and at the end of a bake; of its metrics the strongest. */
  judgement?: ShownJudgement;
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

/** A record as read: one of a Teal that had no judge is not judged, and one of a Teal that found no alarms itself watches those of its request. */
export const completed = (record: ReleaseRecord): ReleaseRecord => ({
  ...record,
  shifts: record.shifts ?? [],
  alarms: record.alarms ?? record.request.alarms,
  request: { ...record.request, judge: record.request.judge ?? NOT_JUDGED },
});

const END_STATUSES: readonly Status[] = ['promoted', 'reverted', 'rejected', 'alias-moved', 'unchanged'] satisfies EndStatus[];

export const isOver = (record: ReleaseRecord): boolean => END_STATUSES.includes(record.status);
/** Over, and told to everyone: nothing is left to do. */
export const isSettled = (record: ReleaseRecord): boolean => isOver(record) && Object.keys(record.outbox).length === 0;
export const changedTargets = (record: ReleaseRecord): ReleaseTarget[] => record.targets.filter((target) => !target.unchanged);
/** The targets whose traffic the steps shift: of one that has no alias yet there is none to shift. */
export const shiftedTargets = (record: ReleaseRecord): ReleaseTarget[] => changedTargets(record).filter((target) => !target.isFirst);
/** Whether green may have had any traffic: a step was tried, and there was an alias to shift. */
export const hasShifted = (record: ReleaseRecord): boolean => record.step !== undefined && shiftedTargets(record).length > 0;
/** Percent of traffic that the step being tried gives green; 0 before the first. */
export const weightOf = (record: ReleaseRecord): number => (record.step === undefined ? 0 : record.plan[record.step]!.weightPercent);
/** The same of one target. */
export const targetWeightOf = (record: ReleaseRecord, target: ReleaseTarget): number =>
  target.isFirst || (target.isSwitch && weightOf(record) < 100) ? 0 : weightOf(record);

/** Adds a line to the timeline. */
export function noted(record: ReleaseRecord, at: string, text: string): ReleaseRecord {
  return { ...record, recent: [...record.recent, { at, text }] };
}

/** Throws ReleaseOver when a release is over or decided. */
export function assertUndecided(record: ReleaseRecord): void {
  if (isOver(record)) throw new ReleaseError('ReleaseOver', `release ${record.id} is over: ${record.status}`);
  if (record.decision)
    throw new ReleaseError('ReleaseOver', `release ${record.id} has decided to ${record.decision.side}: ${record.decision.reason.message}`);
}

/** Rule 7: stops a handler whose release is over, decided against it, or without its claim. */
export function assertGoingOn(record: ReleaseRecord): void {
  assertUndecided(record);
  if (record.claim !== 'held') throw new ReleaseError('ReleaseOver', `release ${record.id} does not hold its targets`);
}

/** What events carry, and what every answer about a release begins with. */
export function summarize(record: ReleaseRecord): Record<string, unknown> {
  return {
    id: record.id,
    kind: record.rollback && 'rollback',
    status: record.status,
    reason: record.reason ?? record.decision?.reason,
    decision: record.decision,
    step: record.step === undefined ? undefined : { number: record.step + 1, of: record.plan.length, weight: weightOf(record) },
    targets: record.targets.map(({ function: name, alias, blue, green, unchanged, isFirst, isSwitch, moved, rollsBack, rolledBackBy }) => ({
      function: name,
      alias,
      blue,
      green,
      unchanged,
      isFirst,
      isSwitch,
      moved,
      rollsBack,
      rolledBackBy,
    })),
    approval: shownApproval(record),
    pause: record.pause,
    waiting: presentWaiting(record),
    judgement: record.judgement,
    startedAt: record.startedAt,
    startedBy: record.startedBy,
    endedAt: record.endedAt,
    executionArn: record.executionArn,
    labels: record.request.labels,
    change: record.request.change,
  };
}
