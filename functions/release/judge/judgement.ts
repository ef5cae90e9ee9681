import { isJudged } from '../plan.ts';
import type { ReleaseRecord } from '../record.ts';
import { targetKey } from '../target.ts';
import { type Checkpoint, type Checkpoints, logEvidence } from './judging.ts';
import { type JudgedMetric, type JudgedTarget, judgedTargets } from './metrics.ts';
import { powerOf } from './power.ts';
import { describeCounts, describeEvidence, describePower, MOST_EVIDENCE, round } from './statement.ts';
import { newTally, oddsRatio, type Tally } from './tally.ts';

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
  /** What this step's bake could not judge, in words; empty when it is enough or when the step is not judged. */
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

/** How many of the strongest a record and its events carry; the checkpoints have all. */
export const MOST_KEPT = 5;
/** A bake that could show nothing smaller has not judged. */
const MOST_ODDS = 10;
/** So many missing by chance is one in 20,000 (e^−10). */
const MOST_MISSING = 10;

export const limitOf = ({ request }: Pick<ReleaseRecord, 'request'>): number => 1 / request.judge.falseRevertRate;

/** What the checkpoints say of the release at the step that it is in. Undefined before the first step, and when nothing is judged. */
export function judgementOf(record: ReleaseRecord, checkpoints: Checkpoints): Judgement | undefined {
  if (record.step === undefined) return undefined;
  const targets = judgedTargets(record);
  if (targets.length === 0) return undefined;
  const limit = limitOf(record);
  const log = logEvidence(checkpoints, targets);
  const isRegression = log >= Math.log(limit);
  const logLimit = Math.log(
    limit * Math.max(...targets.map(({ metrics }) => metrics.length)) * (targets.length > 1 ? 2 * targets.length : 1),
  );

  const seen = targets.flatMap((judged) =>
    judged.metrics.flatMap((metric) => {
      const checkpoint = checkpoints[targetKey(judged.target)]?.[metric.key];
      return checkpoint ? [{ judged, metric, checkpoint }] : [];
    }),
  );
  const strongestFirst = seen.toSorted((one, other) => other.checkpoint.wealth.logWealth - one.checkpoint.wealth.logWealth);
  const metrics = strongestFirst.map(({ judged, metric, checkpoint }) =>
    describe(record, { judged, metric, checkpoint, isRegression, logLimit }),
  );
  const evidence = Math.min(Math.exp(log), MOST_EVIDENCE);
  return {
    evidence: shown(evidence),
    limit,
    isRegression,
    message: `${metrics[0] ? metrics[0].message : 'no whole minute has been judged yet'}; ${describeEvidence(evidence, limit)}${ofSeveral(metrics.length, targets.length)}`,
    metrics,
    tooFew: isJudged(record.plan[record.step]!) ? targets.flatMap((judged) => tooFewOf(record, judged, checkpoints, logLimit)) : [],
  };
}

const shown = (value: number): number => round(Math.min(value, MOST_EVIDENCE));

const ofSeveral = (metrics: number, targets: number): string =>
  metrics > 1 ? ` over ${metrics} metrics${targets > 1 ? ` of ${targets} targets` : ''}` : '';

interface Described {
  judged: JudgedTarget;
  metric: JudgedMetric;
  checkpoint: Checkpoint;
  isRegression: boolean;
  logLimit: number;
}

function describe(
  { plan, step }: ReleaseRecord,
  { judged: { target }, metric, checkpoint, isRegression, logLimit }: Described,
): MetricJudgement {
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
    evidence: shown(Math.exp(checkpoint.wealth.logWealth)),
    since,
    green: { bad: tally.greenBad, total: tally.greenTotal },
    blue: { bad: tally.blueBad, total: tally.blueTotal },
    expectedBad: round(tally.expectedBad),
    odds: odds === undefined ? undefined : shown(odds),
    message: `${metric.label} of ${target.function}${when}: ${describeCounts(metric.words, tally)}`,
    couldHaveCaught: isOfStepBefore
      ? 'no minute of this step has been compared'
      : describePower(metric.words, checkpoint.stepTally, powerOf(checkpoint.stepTally, metric.odds, logLimit)),
  };
}

/** A target is judged when one of its metrics has enough requests on both sides and could have shown ten times the odds. */
function tooFewOf(record: ReleaseRecord, { target, metrics }: JudgedTarget, checkpoints: Checkpoints, logLimit: number): string[] {
  const { minRequests } = record.request.judge;
  const tallies = metrics.flatMap((metric) => {
    const checkpoint = checkpoints[targetKey(target)]?.[metric.key];
    if (!checkpoint) return [];
    const tally = checkpoint.step === record.step ? checkpoint.stepTally : newTally(checkpoint.throughMinute + 1);
    return [{ metric, tally, missing: checkpoint.missing }];
  });
  // A green that no longer reports what blue reports must not pass for one that has nothing to report.
  const silent = tallies
    .filter(({ missing }) => missing >= MOST_MISSING)
    .map(({ metric }) => `green of ${target.function} reports nothing of ${metric.label}, and blue does`);
  const isEnough = ({ metric, tally }: (typeof tallies)[number]) => {
    if (Math.min(tally.greenTotal, tally.blueTotal) < minRequests) return false;
    const power = powerOf(tally, metric.odds, logLimit);
    return power !== undefined && power.odds <= MOST_ODDS;
  };
  if (tallies.some(isEnough)) return silent;
  const requests = (of: (tally: Tally) => number) => Math.max(0, ...tallies.map(({ tally }) => of(tally)));
  const [green, blue] = [requests(({ greenTotal }) => greenTotal), requests(({ blueTotal }) => blueTotal)];
  const why =
    Math.min(green, blue) < minRequests ? `each needs ${minRequests}` : `which could not have shown even ${MOST_ODDS} times blue's odds`;
  return [...silent, `${target.function} had ${green} judged requests on green and ${blue} on blue, ${why}`];
}
