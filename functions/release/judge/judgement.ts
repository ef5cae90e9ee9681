import { isJudged } from '../plan.ts';
import type { ReleaseRecord, ReleaseTarget } from '../record.ts';
import { targetKey } from '../target.ts';
import { type Checkpoint, type Checkpoints, checkpointOf, logEvidence } from './judging.ts';
import { type JudgedMetric, type JudgedTarget, judgedTargets } from './metrics.ts';
import { type Power, powerOf } from './power.ts';
import { describeCounts, describeEvidence, describePower, keptEvidence, MOST_EVIDENCE, round, whole } from './statement.ts';
import { oddsRatio, type Tally } from './tally.ts';

/** What the judge has to say at a look. */
export interface Judgement {
  /** To one, against green, of all that is judged. */
  evidence: number;
  /** To one: at so much green is reverted. */
  limit: number;
  isRegression: boolean;
  /** For a person: the strongest metric, and the evidence of all. */
  message: string;
  /** The strongest first. */
  metrics: MetricJudgement[];
  /** What could not be judged in this step, or at 100 % in the last that is judged, in words. */
  tooFew: string[];
}

export interface MetricJudgement {
  /** "orders-api:live" */
  target: string;
  metric: string;
  /** To one, of this metric by itself. */
  evidence: number;
  /** When the first of these minutes began. */
  since: string;
  green: { bad: number; total: number };
  blue: { bad: number; total: number };
  /** Bad requests that green would have had at blue's rate. */
  expectedBad: number;
  /** Times blue's (Mantel-Haenszel). */
  odds?: number;
  /** These counts in words. */
  message: string;
  /** How large a regression this step could have shown. */
  couldHaveCaught: string;
}

/** As a record keeps it and the API shows it. */
export type ShownJudgement = Omit<Judgement, 'isRegression'> & { at: string };

export const shownAt = (at: string, { isRegression: _, ...judgement }: Judgement): ShownJudgement => ({ at, ...judgement });

/** How many of the strongest a record and its events carry; the checkpoints have all. */
export const MOST_KEPT = 5;
/** A bake that could show nothing smaller has not judged. */
const MOST_ODDS = 10;
/** So many missing by chance is one in 20,000 (e^−10). */
const MOST_MISSING = 10;

/** To one. */
export const limitOf = ({ request }: Pick<ReleaseRecord, 'request'>): number => 1 / request.judge.falseRevertRate;

/** ln of the wealth that one metric by itself needs, to pass the limit over all of them. */
export const logLimitOf = (record: Pick<ReleaseRecord, 'request'>, targets: JudgedTarget[]): number =>
  Math.log(limitOf(record) * Math.max(...targets.map(({ metrics }) => metrics.length)) * (targets.length > 1 ? 2 * targets.length : 1));

/** What the checkpoints say of the release at the step that it is in. Undefined before the first step, and when nothing is judged. */
export function judgementOf(record: ReleaseRecord, checkpoints: Checkpoints): Judgement | undefined {
  if (record.step === undefined) return undefined;
  const targets = judgedTargets(record);
  if (targets.length === 0) return undefined;
  const limit = limitOf(record);
  const log = logEvidence(checkpoints, targets);
  const isRegression = log >= Math.log(limit);
  const logLimit = logLimitOf(record, targets);

  const seenOf = ({ target, metrics }: JudgedTarget): Seen[] =>
    metrics.flatMap((metric) => {
      const checkpoint = checkpointOf(checkpoints, target, metric);
      return checkpoint ? [{ target, metric, checkpoint, power: powerOf(checkpoint.stepTally, metric.odds, logLimit) }] : [];
    });
  const seenByTarget = targets.map((judged) => ({ target: judged.target, seen: seenOf(judged) }));
  const seen = seenByTarget.flatMap((one) => one.seen);
  // What had nothing to judge is never the strongest, whatever is left of the steps before.
  const hasMinutes = ({ checkpoint }: Seen) => checkpoint.tally.minutes > 0 || checkpoint.stepTally.minutes > 0;
  const strongestFirst = seen.toSorted(
    (one, other) =>
      Number(hasMinutes(other)) - Number(hasMinutes(one)) || other.checkpoint.wealth.logWealth - one.checkpoint.wealth.logWealth,
  );
  const metrics = strongestFirst.map((one) => describe(record, one, isRegression));
  const evidence = Math.min(Math.exp(log), MOST_EVIDENCE);
  return {
    evidence: keptEvidence(evidence),
    limit,
    isRegression,
    message: `${metrics[0] ? metrics[0].message : 'no whole minute has been judged yet'}; ${describeEvidence(evidence, limit)}${ofSeveral(metrics.length, targets.length)}`,
    metrics,
    tooFew: seenByTarget.flatMap((one) => tooFewOf(record, one.target, one.seen)),
  };
}

const ofSeveral = (metrics: number, targets: number): string =>
  metrics > 1 ? ` over ${metrics} metrics${targets > 1 ? ` of ${targets} targets` : ''}` : '';

/** A metric of which something was judged. */
interface Seen {
  target: ReleaseTarget;
  metric: JudgedMetric;
  checkpoint: Checkpoint;
  power: Power | undefined;
}

function describe({ plan, step }: ReleaseRecord, { target, metric, checkpoint, power }: Seen, isRegression: boolean): MetricJudgement {
  // Of a regression the minutes that show it, also where they are of several steps.
  const isOfRegression = isRegression && checkpoint.tally.greenTotal > 0;
  const tally = isOfRegression ? checkpoint.tally : checkpoint.stepTally;
  // A new step is there before its first minute can be judged.
  const isOfStepBefore = isJudged(plan[step!]!) && checkpoint.step !== step;
  const odds = oddsRatio(tally);
  const since = new Date(tally.sinceMinute * 60_000).toISOString();
  const when = isOfRegression ? ` since ${since.slice(11, 16)} UTC` : isOfStepBefore ? ' before this step' : '';
  return {
    target: targetKey(target),
    metric: metric.label,
    evidence: keptEvidence(Math.exp(checkpoint.wealth.logWealth)),
    since,
    green: { bad: tally.greenBad, total: tally.greenTotal },
    blue: { bad: tally.blueBad, total: tally.blueTotal },
    expectedBad: round(tally.expectedBad),
    odds: odds === undefined ? undefined : round(odds),
    message: `${metric.label} of ${target.function}${when}: ${tally.minutes > 0 ? describeCounts(metric.words, tally) : 'nothing to judge'}`,
    couldHaveCaught: isOfStepBefore ? 'no minute of this step has been judged' : describePower(metric.words, checkpoint.stepTally, power),
  };
}

/** A target is judged when one of its metrics has enough requests on both sides and could have shown ten times the odds. */
function tooFewOf(record: ReleaseRecord, target: ReleaseTarget, seen: Seen[]): string[] {
  const { minRequests } = record.request.judge;
  const judgedStep = record.plan.slice(0, record.step! + 1).findLastIndex(isJudged);
  if (judgedStep < 0) return [];
  // A green that no longer reports what blue reports must not pass for one that has nothing to report.
  const blind = seen.flatMap(({ metric, checkpoint: { missing, unusableMinutes } }) => [
    ...(missing >= MOST_MISSING ? [`green of ${target.function} reports nothing of ${metric.label}, and blue does`] : []),
    ...(unusableMinutes > 0
      ? [`${unusableMinutes} minutes of ${metric.label} of ${target.function} have more bad requests than requests, or only one of the two`]
      : []),
  ]);
  const ofStep = seen.filter(({ checkpoint }) => checkpoint.step === judgedStep);
  const isEnough = ({ checkpoint: { stepTally }, power }: Seen) =>
    Math.min(stepTally.greenTotal, stepTally.blueTotal) >= minRequests && power !== undefined && power.odds <= MOST_ODDS;
  if (ofStep.some(isEnough)) return blind;
  const most = (of: (tally: Tally) => number) => Math.max(0, ...ofStep.map(({ checkpoint }) => of(checkpoint.stepTally)));
  const [green, blue] = [most(({ greenTotal }) => greenTotal), most(({ blueTotal }) => blueTotal)];
  const why =
    Math.min(green, blue) < minRequests ? `each needs ${minRequests}` : `which could not have shown even ${MOST_ODDS} times blue's odds`;
  return [...blind, `${target.function} had ${whole(green)} requests on green and ${whole(blue)} on blue in the minutes judged, ${why}`];
}
