import { targetKey } from '../../functions/release/target.ts';
import type { ReleaseAnswer } from '../release-answer.ts';
import type { Numbers, TargetNumbers } from './numbers.ts';

/** What the live view shows, and what --json prints: no text for a screen, no clock of this machine. */
export interface LiveModel {
  id: string;
  status: string;
  /** Why it ended or will end as it does, or why it does not go on. */
  reason?: string;
  startedAt: string;
  startedBy: string;
  /** By Teal's clock. */
  asOf: string;
  states: State[];
  targets: TargetView[];
  bake?: Bake;
  approval?: ApprovalView;
  alarms: { name: string; state: string }[];
  evidence?: Evidence;
  /** Why there are no numbers of blue and green. */
  numbersMissing?: string;
  timeline: { at: string; text: string }[];
}

export type Mark = 'to come' | 'now' | 'done' | 'failed' | 'left out';

export interface State {
  /** "prepare", "10 % for 5m", "promote", "revert" */
  name: string;
  mark: Mark;
}

export interface TargetView {
  /** "orders-api:live" */
  target: string;
  blue?: string;
  green?: string;
  unchanged?: boolean;
  /** Where a person put its alias. */
  moved?: string;
  /** Percent asked for green; null where a person decides. */
  askedPercent: number | null;
  /** Percent of the requests of this bake that green got; undefined before there are any. */
  gotPercent?: number;
  numbers?: TargetNumbers;
}

export interface Bake {
  weightPercent: number;
  seconds: number;
  passedSeconds: number;
  /** 0 when it waits for more than time. */
  leftSeconds: number;
}

/** An approval that somebody is asked for. */
export interface ApprovalView {
  before: 'traffic' | 'promote';
  /** When nobody has answered by then, it is … */
  until: string;
  onTimeout: 'decline' | 'approve';
  notBy?: 'starter';
}

export interface Evidence {
  /** To one, against green. */
  evidence: number;
  /** To one: at so much green is reverted. */
  limit: number;
  /** Since the answer before. */
  trend: 'up' | 'down' | 'same';
  message: string;
}

/** The model of an answer. What CloudWatch had last is kept from the model before until there is more. */
export function toModel(release: ReleaseAnswer, previous: LiveModel | undefined, numbers: Numbers | undefined): LiveModel {
  const { id, status, waiting, startedAt, startedBy, asOf, evidence, alarms, timeline } = release;
  const states = evidence?.alarms ?? [];
  const reason = release.reason?.message ?? waiting?.message;
  return {
    id,
    status,
    ...(reason !== undefined && { reason }),
    startedAt,
    startedBy,
    asOf,
    states: statesOf(release),
    targets: release.targets.map((target) => viewOf(target, release, previous, numbers)),
    ...bakeOf(release),
    ...approvalOf(release),
    alarms: alarms.map((name) => ({ name, state: states.find((seen) => seen.name === name)?.state ?? 'not read yet' })),
    ...evidenceOf(release, previous),
    ...missingOf(previous, numbers),
    timeline,
  };
}

/** Whether anything changed but time. */
export function isSameBut(model: LiveModel, other: LiveModel): boolean {
  const timeless = ({ asOf: _, bake, ...rest }: LiveModel) => JSON.stringify({ ...rest, weightPercent: bake?.weightPercent });
  return timeless(model) === timeless(other);
}

function viewOf(
  target: ReleaseAnswer['targets'][number],
  { weights, status }: ReleaseAnswer,
  previous: LiveModel | undefined,
  numbers: Numbers | undefined,
): TargetView {
  const key = targetKey(target);
  const { blue, green, unchanged, moved } = target;
  const before = previous?.targets.find((one) => one.target === key);
  const askedPercent = weights[key] === undefined ? 0 : weights[key];
  // Of another weight they say nothing; the end of a release keeps those of its last bake.
  const isKept = before?.askedPercent === askedPercent || LEAVING.includes(status);
  const read = numbers && 'byTarget' in numbers ? numbers.byTarget.get(key) : undefined;
  const own = read ?? (isKept ? before?.numbers : undefined);
  const requests = own ? own.blue.requests + own.green.requests : 0;
  return {
    target: key,
    ...(blue && { blue }),
    ...(green && { green }),
    ...(unchanged && { unchanged }),
    ...(moved && { moved }),
    askedPercent,
    ...(own && requests > 0 && WATCHING.includes(status) && { gotPercent: (own.green.requests / requests) * 100 }),
    ...(own && { numbers: own }),
  };
}

/** With an open bake. */
const WATCHING = ['baking', 'paused', 'awaiting-approval'];
/** In which no step follows. */
const LEAVING = ['promoting', 'promoted', 'reverting', 'reverted', 'alias-moved', 'stuck'];
const BACK = ['reverting', 'reverted', 'alias-moved', 'stuck'];

function statesOf({ status, plan, step, targets }: ReleaseAnswer): State[] {
  const isBack = BACK.includes(status);
  const isUnchanged = status === 'unchanged';
  const isForward = status === 'promoting' || status === 'promoted';
  /** Of `prepare`, the steps and `promote`, in their order. */
  const current = step === undefined ? 0 : isForward ? plan.length + 1 : step.number;
  const hasFailed = isBack || status === 'rejected';
  const markOf = (index: number): Mark => {
    if (isUnchanged) return index === 0 ? 'done' : 'left out';
    if (index < current || status === 'promoted') return 'done';
    if (index > current) return hasFailed ? 'left out' : 'to come';
    return hasFailed ? 'failed' : 'now';
  };
  const names = ['prepare', ...plan.map(({ weight, bake }) => `${weight} % for ${bake}`), 'promote'];
  // An alias may have been moved before there was anything to go back from.
  const isGone = isBack && (step !== undefined || targets.some(({ moved }) => moved));
  return [
    ...names.map((name, index) => ({ name, mark: markOf(index) })),
    ...(isGone ? [{ name: 'revert', mark: markOfRevert(status) }] : []),
  ];
}

const markOfRevert = (status: string): Mark => (status === 'reverting' ? 'now' : status === 'stuck' ? 'failed' : 'done');

function bakeOf({ bake, asOf, step, status }: ReleaseAnswer): { bake?: Bake } {
  if (!bake || !step || !WATCHING.includes(status)) return {};
  const { openedAt, pausedAt = asOf, pausedSeconds = 0 } = bake;
  const passedSeconds = Math.max(0, Math.floor((Date.parse(pausedAt) - Date.parse(openedAt)) / 1000 - pausedSeconds));
  const leftSeconds = Math.max(0, bake.seconds - passedSeconds);
  return { bake: { weightPercent: step.weight, seconds: bake.seconds, passedSeconds, leftSeconds } };
}

function approvalOf({ approval, status }: ReleaseAnswer): { approval?: ApprovalView } {
  if (status !== 'awaiting-approval' || !approval?.until) return {};
  const { before, until, onTimeout, notBy } = approval;
  return { approval: { before, until, onTimeout, ...(notBy && { notBy }) } };
}

function evidenceOf({ judgement }: ReleaseAnswer, previous: LiveModel | undefined): { evidence?: Evidence } {
  if (!judgement) return {};
  const { evidence, limit, message } = judgement;
  const before = previous?.evidence?.evidence ?? evidence;
  return { evidence: { evidence, limit, message, trend: evidence > before ? 'up' : evidence < before ? 'down' : 'same' } };
}

function missingOf(previous: LiveModel | undefined, numbers: Numbers | undefined): { numbersMissing?: string } {
  const missing = numbers ? ('missing' in numbers ? numbers.missing : undefined) : previous?.numbersMissing;
  return missing === undefined ? {} : { numbersMissing: missing };
}
