import { formatPlan } from '../plan.ts';
import { type Check, isUnchanged, type TargetFacts } from '../preflight.ts';
import type { ReleaseRecord, ReleaseTarget } from '../record.ts';
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
  const changed = pinned && { ...record, ...pinned, targets: pinned.targets.filter((target) => isChanged.has(targetKey(target))) };
  return {
    wouldBegin: all.every(({ problem }) => problem === undefined),
    plan: formatPlan(record.plan),
    targets: facts.map(({ target, routing, blue, next }) => ({
      function: target.function,
      alias: target.alias,
      blue: routing?.version,
      green: target.version,
      unchanged: blue && next && isUnchanged(blue, next),
      differences: blue && next && describeDifferences(blue, next),
    })),
    checks: all.map(({ says, problem }) => ({ check: says, passed: problem === undefined, problem })),
    alarms: pinned?.alarms,
    approval: record.request.approval,
    notes: [...record.recent.slice(1).map(({ text }) => text), ...notes],
    ...(changed && { cost: costOf(changed), foresight: foresee(changed, trafficOf) }),
  };
}

/** The claims are taken by the release alone: one that begins in between is told then. */
const checkFree = ({ targets }: ReleaseRecord, held: Map<string, string>): Check[] =>
  targets.map((target) => {
    const releaseId = held.get(targetKey(target));
    return {
      says: `no release in flight holds ${targetKey(target)}`,
      ...(releaseId !== undefined && { problem: `release ${releaseId} is releasing ${targetKey(target)}; wait for it or abort it` }),
    };
  });
