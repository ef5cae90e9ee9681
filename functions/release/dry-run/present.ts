import { formatPlan, stepsFor } from '../plan.ts';
import { type Check, isUnchanged, type TargetFacts } from '../preflight.ts';
import { claimsOf } from '../preview.ts';
import type { ReleaseRecord, ReleaseTarget } from '../record.ts';
import { isSwitched } from '../role-change.ts';
import { targetKey } from '../target.ts';
import { costOf } from './cost.ts';
import { describeDifferences } from './differences.ts';
import { foresee, type Traffic } from './foresight.ts';

interface Found {
  facts: TargetFacts[];
  checks: Check[];
  pinned: Pick<ReleaseRecord, 'targets' | 'alarms' | 'alarmsAwaitingOk'> | undefined;
  notes: string[];
}

/** What a release would do, as the API tells it. `held` is every claim: target → release. */
export function presentDryRun(
  record: ReleaseRecord,
  { facts, checks, pinned, notes }: Found,
  held: Map<string, string>,
  trafficOf: (target: ReleaseTarget) => Traffic,
): Record<string, unknown> {
  const all = [...checkFree(record, held), ...checks];
  const isChanged = new Set(
    facts.filter(({ blue, next }) => !blue || !next || !isUnchanged(blue, next)).map(({ target }) => targetKey(target)),
  );
  const targets = pinned?.targets.filter((target) => isChanged.has(targetKey(target)));
  const { steps: plan, notes: leftOut } = stepsFor(record.plan, targets ?? []);
  const changed = pinned && targets && { ...record, ...pinned, targets, plan };
  return {
    wouldBegin: all.every(({ problem }) => problem === undefined),
    plan: formatPlan(plan),
    targets: facts.map(({ target, routing, blue, next }) => ({
      function: target.function,
      alias: target.alias,
      blue: routing?.version,
      green: target.version,
      isFirst: next && !routing,
      isSwitch: blue && next && isSwitched(blue, next, record.request),
      unchanged: blue && next && isUnchanged(blue, next),
      differences: blue && next && describeDifferences(blue, next),
    })),
    checks: all.map(({ says, problem }) => ({ check: says, passed: problem === undefined, problem })),
    alarms: pinned?.alarms,
    approval: record.request.approval,
    notes: [...record.recent.slice(1).map(({ text }) => text), ...notes, ...leftOut],
    ...(changed && { cost: costOf(changed), foresight: foresee(changed, trafficOf) }),
  };
}

/** The claims are taken by the release alone: one that begins in between is told then. */
const checkFree = ({ request }: ReleaseRecord, held: Map<string, string>): Check[] =>
  claimsOf(request).map((target) => {
    const releaseId = held.get(targetKey(target));
    if (releaseId !== undefined && request.ifBusy !== undefined)
      return {
        says: `release ${releaseId} is releasing ${targetKey(target)}: ${request.ifBusy === 'wait' ? 'this one waits' : 'this one replaces it'}`,
      };
    // Who holds it when its time comes nobody knows.
    if (releaseId !== undefined && request.startAt !== undefined)
      return { says: `release ${releaseId} is releasing ${targetKey(target)} now, and must be over when this one begins` };
    return {
      says: `no release in flight holds ${targetKey(target)}`,
      ...(releaseId !== undefined && { problem: `release ${releaseId} is releasing ${targetKey(target)}; wait for it or abort it` }),
    };
  });
