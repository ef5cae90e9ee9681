import { queriesOf } from '../judge/judging.ts';
import { judgedTargets } from '../judge/metrics.ts';
import { isJudged } from '../plan.ts';
import type { ReleaseRecord } from '../record.ts';

/** What a release takes that goes all its steps, without a retry. */
export interface Cost {
  /** All bakes: the least that it takes. */
  bakeMinutes: number;
  /** Of Step Functions, which charges by them. */
  stateTransitions: number;
  /** Of Teal's own functions, the looks of the bakes included. */
  invocations: number;
  /** Calls of the functions under release. */
  smokeTests: number;
  /** Of CloudWatch's GetMetricData, which charges by them. */
  metricsRead: number;
}

/** Must it wait?, Plan, PublishVersion, Anything changed?, AwaitActive, SmokeTest; Promote, How did it end?, Promoted. */
const STATES_ONCE = 9;
/** ShiftTraffic, Bake, Which verdict?, and Next step but after the last. */
const STATES_EACH_STEP = 4;
/** Plan, PublishVersion, AwaitActive, SmokeTest, Promote; the API. */
const INVOCATIONS_ONCE = 6;
/** ShiftTraffic, and Bake as it opens. */
const INVOCATIONS_EACH_STEP = 2;

/** `record` has its targets pinned. */
export function costOf(record: ReleaseRecord): Cost {
  const { plan, request } = record;
  const minutesOf = (steps: typeof plan) => steps.reduce((sum, { bakeSeconds }) => sum + bakeSeconds / 60, 0);
  // What is judged is asked by version: green has no number yet.
  const targets = record.targets.map((target) => ({ ...target, green: target.version ?? 'green' }));
  const queries = queriesOf(judgedTargets({ ...record, targets })).length;
  return {
    bakeMinutes: minutesOf(plan),
    stateTransitions: STATES_ONCE + STATES_EACH_STEP * plan.length - 1,
    invocations: INVOCATIONS_ONCE + INVOCATIONS_EACH_STEP * plan.length + minutesOf(plan),
    smokeTests: request.smokeTests.length,
    metricsRead: queries * minutesOf(plan.filter(isJudged)),
  };
}
