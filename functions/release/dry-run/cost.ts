import { hooksOf } from '../hooks.ts';
import { queriesOf } from '../judge/judging.ts';
import { judgedTargets } from '../judge/metrics.ts';
import { isJudged } from '../plan.ts';
import { provisionedTargets } from '../provisioned-concurrency.ts';
import type { ReleaseRecord } from '../record.ts';
import { countCalls } from '../smoke-test/matrix.ts';
import { waitsForTurn } from '../turn.ts';

/** What a release takes that goes all its steps, without a retry. */
export interface Cost {
  /** All bakes: the least that it takes. */
  bakeMinutes: number;
  /** Of Step Functions, which charges by them. */
  stateTransitions: number;
  /** Of Teal's own functions, the looks of the bakes included. */
  invocations: number;
  /** Calls of hooks before and after traffic. */
  hooks: number;
  /** Calls of the functions under release, each combination of a matrix and each of blue to compare with counted. */
  smokeTests: number;
  /** Requests to the functions under release, to warm green. */
  warmUps: number;
  /** Of CloudWatch's GetMetricData, which charges by them. */
  metricsRead: number;
}

/** Must it wait?, Plan, PublishVersion, Anything changed?, AwaitActive, Preview?, Hook before traffic?, SmokeTest, Approval before what?, Blue provisioned?, Warm green?; Promote, How did it end?, Promoted. */
const STATES_ONCE = 14;
/** ShiftTraffic, Bake, Which verdict?, and Next step but after the last. */
const STATES_EACH_STEP = 4;
/** Plan, PublishVersion, AwaitActive, SmokeTest, Promote; the API. */
const INVOCATIONS_ONCE = 6;
/** ShiftTraffic, and Bake as it opens. */
const INVOCATIONS_EACH_STEP = 2;

/** AwaitTurn; each minute in which it waits for targets costs an invocation more. */
const WAITS_FOR_TURN = 1;
/** The moment's state and the question whether all are done, for each hook and once more; and Next hook for each. */
const STATES_EACH_HOOK = 3;
const STATES_OF_HOOKS = 2;
/** AwaitApproval, Approved? */
const STATES_OF_APPROVAL = 2;
/** AwaitApproval, and the call of the API by whoever approves. */
const INVOCATIONS_OF_APPROVAL = 2;

/** Release ended, and How did it end? again. */
const STATES_OF_LAST_HOOKS = 2;

/** `record` has its targets pinned. */
export function costOf(record: ReleaseRecord): Cost {
  const { plan, request } = record;
  const minutesOf = (steps: typeof plan) => steps.reduce((sum, { bakeSeconds }) => sum + bakeSeconds / 60, 0);
  // What is judged is asked by version: green has no number yet.
  const targets = record.targets.map((target) => ({ ...target, green: target.version ?? 'green' }));
  const moments = (['beforeTraffic', 'afterTraffic'] as const).map((moment) => hooksOf(record, moment).length).filter((count) => count > 0);
  const hooks = moments.reduce((sum, count) => sum + count, 0);
  const statesOfHooks =
    STATES_EACH_HOOK * hooks + STATES_OF_HOOKS * moments.length + (request.hooks?.afterTraffic ? STATES_OF_LAST_HOOKS : 0);
  const isApproved = request.approval?.before === 'traffic';
  const turn = waitsForTurn(request) ? WAITS_FOR_TURN : 0;
  const queries = queriesOf(judgedTargets({ ...record, targets })).length;
  // Each is a state and a function of Teal's.
  const further =
    Number(request.preview !== undefined) + Number(request.warm !== undefined) + Number(provisionedTargets(record).length > 0);
  return {
    bakeMinutes: minutesOf(plan),
    stateTransitions:
      STATES_ONCE + further + STATES_EACH_STEP * plan.length - 1 + turn + statesOfHooks + (isApproved ? STATES_OF_APPROVAL : 0),
    invocations:
      INVOCATIONS_ONCE +
      further +
      INVOCATIONS_EACH_STEP * plan.length +
      minutesOf(plan) +
      turn +
      hooks +
      moments.length +
      (isApproved ? INVOCATIONS_OF_APPROVAL : request.approval ? 1 : 0),
    hooks,
    smokeTests: countCalls(request.smokeTests) + countCalls(request.smokeTests.filter(({ compareWithBlue }) => compareWithBlue)),
    warmUps: (request.warm?.count ?? 0) * targets.length,
    metricsRead: queries * minutesOf(plan.filter(isJudged)),
  };
}
