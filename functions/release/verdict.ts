import { needsApproval } from './approval.ts';
import { awaitBeforePromote } from './approving.ts';
import { type Change, decide, takeVerdict } from './changes.ts';
import { type Judgement, MOST_KEPT, shownAt } from './judge/judgement.ts';
import { describeEvidence, describeOdds } from './judge/statement.ts';
import { bakedSecondsOf } from './pause.ts';
import { isJudged } from './plan.ts';
import { type AlarmSeen, isOver, noted, type Reason, type ReleaseRecord, type ReleaseTarget, shiftedTargets } from './record.ts';
import type { ReleaseRequest } from './request.ts';
import { describeMove, isAtStep, type Routing } from './routing.ts';
import { listFew } from './words.ts';

/** One reading of alarms and aliases during a bake. */
export interface Look {
  /** When it was due: the bake's opening or the tick's scheduled time. */
  at: string;
  /** The step whose bake it looks at. */
  step: number;
  alarms: AlarmSeen[];
  /** Of the aliases that it read: all or none. */
  routings: { target: ReleaseTarget; routing: Routing | undefined }[];
  /** What the judge says; undefined when it does not judge this release. */
  judgement?: Judgement;
  /** Why the next step may not be shifted now, however well this one went. */
  frozen?: string;
}

export type Verdict =
  | { kind: 'wait' | 'advance' | 'promote'; why?: string }
  /** All that is missing is an approval: with it, it would be this. */
  | { kind: 'await-approval'; would: 'advance' | 'promote'; why?: string }
  | { kind: 'revert'; reason: Reason };

/** A bake that waits for requests lasts at most so many times as long. */
const MOST_EXTENSION = 3;
/** Metrics that the timeline tells of one bake. */
const MOST_TOLD = 10;

/** Whether an alarm counts against green: red, or without data where the request says that counts as red. */
export function isRed(alarm: AlarmSeen, missingData: ReleaseRequest['missingData']): boolean {
  return alarm.state === 'ALARM' || (alarm.state === 'INSUFFICIENT_DATA' && missingData === 'breaching');
}

/** The verdict of one look. Pure: time comes with the look. Everything bad outweighs a person's command to go on. */
export function verdictOf(record: ReleaseRecord, look: Look): Verdict {
  const moved = look.routings.find(({ target, routing }) => !isAtStep(record, target, routing));
  if (moved) return { kind: 'revert', reason: { code: 'alias-moved', message: describeMove(moved.target, moved.routing) } };

  const awaitingOk = stillAwaitingOk(record, look.alarms);
  const red = look.alarms.find((alarm) => isRed(alarm, record.request.missingData) && !awaitingOk.includes(alarm.name));
  if (red) return { kind: 'revert', reason: { code: 'alarm', message: describeRed(red) } };

  if (look.judgement?.isRegression) return { kind: 'revert', reason: { code: 'regression', message: look.judgement.message } };

  const missing = look.alarms.filter((alarm) => alarm.state === 'missing');
  const gone = missing.find(({ name }) => record.alarmsMissing.some((seen) => seen.name === name && seen.at < look.at));
  if (gone)
    return {
      kind: 'revert',
      reason: { code: 'blind', message: `alarm ${gone.name} is gone: two looks did not find it, so nothing watches green` },
    };
  // Gone needs a second look, also at the end of a bake.
  if (missing.length > 0) return { kind: 'wait' };

  if (record.bake!.pausedAt !== undefined) return { kind: 'wait' };
  const next = verdictToGoOn(record, look);
  if ((next.kind === 'advance' || next.kind === 'promote') && needsApproval(record, next.kind))
    return { kind: 'await-approval', would: next.kind };
  return next;
}

/** By a person's command, or by time. */
function verdictToGoOn(record: ReleaseRecord, look: Look): Verdict {
  const asked = record.command?.kind ?? record.bake!.awaitsApproval;
  if (asked) return { kind: asked };
  const bakedSeconds = bakedSecondsOf(record.bake!, look.at);
  const { bakeSeconds } = record.plan[record.step!]!;
  if (bakedSeconds < bakeSeconds) return { kind: 'wait' };
  const verdict = verdictAtEnd(record, look, bakedSeconds < MOST_EXTENSION * bakeSeconds);
  // At 100 % nothing is left to shift.
  const isHeld = verdict.kind === 'advance' && look.frozen !== undefined && record.step! + 1 < record.plan.length;
  return isHeld ? { kind: 'wait', why: look.frozen } : verdict;
}

/** What follows a bake of which the judge saw too little is the request's to say: a quiet function is not a bad one. */
function verdictAtEnd({ request, plan, step }: ReleaseRecord, { judgement }: Look, mayWait: boolean): Verdict {
  if (!judgement || judgement.tooFew.length === 0 || !isJudged(plan[step!]!)) return { kind: 'advance' };
  const { tooFewRequests } = request.judge;
  if (tooFewRequests === 'wait' && mayWait) return { kind: 'wait', why: 'too few requests to judge: the bake is extended' };
  const message = listFew(judgement.tooFew);
  if (tooFewRequests === 'revert') return { kind: 'revert', reason: { code: 'too-few-requests', message } };
  return { kind: 'advance', why: `not judged: ${message}` };
}

/** Writes a look's verdict into the record. A look at a bake that is decided, over or of another step changes nothing. */
export const takeLook =
  (look: Look): Change =>
  (record) => {
    if (isOver(record) || record.decision || record.bake?.step !== look.step || record.step !== look.step || record.bake.verdict)
      return undefined;
    const verdict = verdictOf(record, look);
    const judged = withJudgement(withEvidence(record, look, verdict), look, verdict);
    const isSaid = record.evidence?.verdict === describeVerdict(verdict);
    const seen = verdict.kind !== 'revert' && verdict.why && !isSaid ? noted(judged, look.at, verdict.why) : judged;
    if (verdict.kind === 'revert') return decide('revert', verdict.reason, look.at)(seen);
    if (verdict.kind === 'await-approval') return changed(record, awaitBeforePromote(seen, verdict.would, look.at));
    if (verdict.kind !== 'wait') return takeVerdict(seen, verdict.kind, look.at);
    return changed(record, seen);
  };

const changed = (before: ReleaseRecord, after: ReleaseRecord) => (after === before ? undefined : after);

/** A person's change; where it ends a bake, with what the judge says of the bake. */
export const takeAsked =
  (change: Change, at: string, judgement: Judgement | undefined): Change =>
  (record) => {
    const next = change(record);
    const isOpen = record.bake !== undefined && !record.bake.verdict && !record.decision;
    const kind = next?.decision?.side ?? next?.bake?.verdict;
    return isOpen && kind ? change(withJudgement(record, { at, judgement, step: record.bake!.step }, { kind })) : next;
  };

/** The judgement is kept when its evidence has changed tenfold, and at the end of a bake, whose metrics the timeline tells then. */
function withJudgement(
  record: ReleaseRecord,
  { at, judgement, step }: Pick<Look, 'at' | 'judgement' | 'step'>,
  verdict: Pick<Verdict, 'kind'>,
): ReleaseRecord {
  if (!judgement) return record;
  const { evidence, message, metrics } = judgement;
  const kept = { ...record, judgement: { ...shownAt(at, judgement), metrics: metrics.slice(0, MOST_KEPT) } };
  if (verdict.kind === 'revert') return kept;
  if (verdict.kind === 'wait' || verdict.kind === 'await-approval') {
    const before = record.judgement?.evidence ?? 1;
    const isTenfold = evidence > 10 * before || evidence < before / 10;
    return isTenfold ? noted(kept, at, `evidence against green is ${evidence < before ? 'down' : 'up'}: ${message}`) : record;
  }
  if (!isJudged(record.plan[step]!)) return kept;
  return describeMetrics(metrics).reduce<ReleaseRecord>((noting, text) => noted(noting, at, text), kept);
}

/** For the timeline: a line for each of the strongest, and one for all that had no requests. */
function describeMetrics(metrics: Judgement['metrics']): string[] {
  const judged = metrics.filter(({ green, blue }) => green.total + blue.total > 0);
  const silent = metrics.filter((metric) => !judged.includes(metric)).map(({ metric, target }) => `${metric} of ${target}`);
  return [
    ...judged
      .slice(0, MOST_TOLD)
      .map(
        ({ message, evidence, couldHaveCaught }) =>
          `judged: ${message}; evidence ${describeOdds(evidence)}${metrics.length > 1 ? ' by itself' : ''}; ${couldHaveCaught}`,
      ),
    ...(judged.length > MOST_TOLD ? [`and ${judged.length - MOST_TOLD} more`] : []),
    ...(silent.length > 0 ? [`there was nothing to judge of ${listFew(silent, ', ', 3)}`] : []),
  ];
}

/** The evidence is kept when it differs from the last: a bake of a month writes as often as its alarms change. */
function withEvidence(record: ReleaseRecord, look: Look, verdict: Verdict): ReleaseRecord {
  const alarmsMissing = look.alarms
    .filter((alarm) => alarm.state === 'missing')
    .map(({ name }) => record.alarmsMissing.find((seen) => seen.name === name) ?? { name, at: look.at });
  const evidence = { at: look.at, alarms: withinRecord(look.alarms), verdict: describeVerdict(verdict) };
  const isKnown =
    record.evidence !== undefined && essence(record.evidence) === essence(evidence) && same(alarmsMissing, record.alarmsMissing);
  if (isKnown) return record;
  const next = { ...record, alarmsMissing, alarmsAwaitingOk: stillAwaitingOk(record, look.alarms), evidence };
  return look.alarms.reduce<ReleaseRecord>((noting, alarm) => {
    const before = record.evidence?.alarms.find(({ name }) => name === alarm.name)?.state;
    return before && before !== alarm.state ? noted(noting, look.at, `alarm ${alarm.name}: ${before} → ${alarm.state}`) : noting;
  }, next);
}

/** What a record holds of the reasons of all its alarms: those of a hundred whole, and of more the beginnings. */
const MOST_CHARACTERS_OF_REASONS = 30_000;

function withinRecord(alarms: AlarmSeen[]): AlarmSeen[] {
  const most = Math.floor(MOST_CHARACTERS_OF_REASONS / alarms.length);
  return alarms.map((alarm) => (alarm.reason === undefined ? alarm : { ...alarm, reason: alarm.reason.slice(0, most) }));
}

const essence = (evidence: NonNullable<ReleaseRecord['evidence']>) =>
  JSON.stringify([evidence.alarms.map(({ name, state }) => [name, state]), evidence.verdict]);
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** Alarms that were red before the release are watched again once they have been OK. */
function stillAwaitingOk(record: ReleaseRecord, alarms: AlarmSeen[]): string[] {
  return record.alarmsAwaitingOk.filter((name) => !alarms.some((alarm) => alarm.name === name && alarm.state === 'OK'));
}

function describeVerdict(verdict: Verdict): string {
  const why = verdict.kind === 'revert' ? verdict.reason.message : verdict.why;
  return why === undefined ? verdict.kind : `${verdict.kind}: ${why}`;
}

export function describeRed(alarm: AlarmSeen): string {
  const state = alarm.state === 'ALARM' ? 'went to ALARM' : 'has no data, which this release counts as red';
  return `alarm ${alarm.name} ${state}${alarm.reason ? `: ${alarm.reason}` : ''}`;
}

/** An alarm event as `brake` gets it. */
export interface AlarmEvent {
  alarm: string;
  /** `detail.state.timestamp` in ISO form: milliseconds, where the event's own time has whole seconds. */
  at: string;
  previousState?: string;
  reason?: string;
}

/** What a release in flight makes of an alarm that went red: revert, unless it happened before the first shift or is to be ignored until it has been OK. */
export const takeAlarm =
  ({ alarm, at, previousState, reason }: AlarmEvent): Change =>
  (record) => {
    if (!record.watchingSince || Date.parse(at) < Date.parse(record.watchingSince)) return undefined;
    if (!record.alarms.includes(alarm)) return undefined;
    if (record.alarmsAwaitingOk.includes(alarm) && previousState !== 'OK') return undefined;
    return decide('revert', { code: 'alarm', message: describeRed({ name: alarm, state: 'ALARM', reason }) }, at)(record);
  };

/** Why a release is promoted: what watched it, and what that saw. */
export function reasonToPromote(record: ReleaseRecord): Reason {
  const { alarms, judgement } = record;
  const watched = alarms.length > 0 ? `watched: ${listFew(alarms, ', ')}` : 'no alarm was watched';
  const passed = shiftedTargets(record).length > 0 ? 'all bakes passed' : 'there was nothing to bake, since no target had an alias';
  return { code: 'passed', message: [passed, watched, ...describeJudged(judgement)].join('; ') };
}

/** Whether it was judged, and what that gave. */
function describeJudged(judgement: ReleaseRecord['judgement']): string[] {
  if (!judgement) return [];
  const { tooFew, evidence, limit } = judgement;
  return [tooFew.length > 0 ? `not judged: ${listFew(tooFew)}` : `judged against blue: ${describeEvidence(evidence, limit)}`];
}

export interface BakeOutput {
  verdict: 'advance' | 'promote' | 'revert';
  nextStep: number;
  message: string;
  judgement: ReleaseRecord['judgement'];
}

/** What the Bake state returns: the verdict, and for the reader of the execution why. */
export function bakeOutput(record: ReleaseRecord): BakeOutput | undefined {
  const nextStep = (record.step ?? 0) + 1;
  const { judgement } = record;
  const where = `the bake at ${record.step === undefined ? 0 : record.plan[record.step]!.weightPercent} %`;
  if (record.decision?.side === 'revert')
    return { verdict: 'revert', nextStep, message: `${where} failed: ${record.decision.reason.message}`, judgement };
  const verdict = record.decision ? 'promote' : record.bake?.verdict;
  if (!verdict) return undefined;
  const isLast = nextStep >= record.plan.length;
  return {
    verdict: isLast ? 'promote' : verdict,
    nextStep,
    message: [`${where} passed${isLast ? ' and it was the last' : ''}`, ...describeJudged(judgement)].join('; '),
    judgement,
  };
}
