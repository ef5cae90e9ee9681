import { type AliasFacts, describeDrift } from './drift.ts';
import type { ShownJudgement } from './judge/judgement.ts';
import { formatPlan } from './plan.ts';
import { presentPreview } from './preview.ts';
import {
  changedTargets,
  type OpenBake,
  type ReleaseRecord,
  type ReleaseTarget,
  summarize,
  type TimelineEntry,
  targetWeightOf,
} from './record.ts';
import { describeReverted, type Reverted } from './reverted.ts';
import { allTraffic, isSameRouting } from './routing.ts';
import { targetKey } from './target.ts';

/** A release as the API shows it at a time, in flight with what the judge says now, of every metric. The task token, the claim and the outbox are nobody's business. */
export function presentRelease(
  record: ReleaseRecord,
  timeline: TimelineEntry[],
  judgement: ShownJudgement | undefined,
  at: string,
): Record<string, unknown> {
  const { request } = record;
  return {
    ...summarize(record),
    plan: formatPlan(record.plan),
    weights: Object.fromEntries(changedTargets(record).map((target) => [targetKey(target), shownWeight(record, target)])),
    // Of a bake the time that is left is told by Teal's clock, not by that of who looks.
    asOf: at,
    bake: record.bake && shownBake(record, record.bake),
    alarms: record.alarms,
    hooks: record.hooks?.map(({ moment, ...run }) => ({ hook: moment, ...run })),
    evidence: record.evidence,
    judgement: judgement ?? record.judgement,
    preview: presentPreview(record),
    requestReason: request.reason,
    overrideFreeze: request.overrideFreeze,
    timeline,
  };
}

function shownBake({ plan }: ReleaseRecord, { step, openedAt, pausedAt, pausedSeconds }: OpenBake): Record<string, unknown> {
  return { openedAt, seconds: plan[step]!.bakeSeconds, pausedAt, pausedSeconds };
}

/** The percent of traffic asked for green; null where a person decides. */
function shownWeight(record: ReleaseRecord, target: ReleaseTarget): number | null {
  if (target.moved) return null;
  if (record.endedAt) return record.status === 'promoted' ? 100 : 0;
  return targetWeightOf(record, target);
}

/**
 * Who serves an alias's traffic, since when, by which release, which stack has it, whether anyone else has moved it since, and
 * whether $LATEST is code that was `reverted`. Of a release in flight also blue and green: a switched alias names green alone.
 */
export function presentAlias(
  target: { function: string; alias: string },
  facts: AliasFacts & { reverted?: Reverted | undefined },
  inFlight: string | undefined,
  releasing?: Pick<ReleaseTarget, 'blue' | 'green'>,
): Record<string, unknown> {
  const { routing, serving, owner, requests, reverted } = facts;
  const isUntouched = serving !== undefined && isSameRouting(routing, allTraffic(serving.version));
  // While a release is in flight the alias's own version is still what the last one put in service.
  const since = isUntouched || (inFlight !== undefined && serving?.version === routing.version) ? serving : undefined;
  return {
    function: target.function,
    alias: target.alias,
    version: routing.version,
    weights: routing.weights,
    since: since?.since,
    release: since?.releaseId,
    inFlight,
    blue: releasing?.blue,
    green: releasing?.green,
    movedByOthers: serving === undefined || inFlight !== undefined ? undefined : !isUntouched,
    stack: owner ?? null,
    requestsOfLastDay: requests ?? null,
    latestReverted: reverted ? { release: reverted.releaseId, at: reverted.at, message: reverted.message } : null,
    warnings: [
      // While a release is in flight, the alias is where that has put it.
      ...describeDrift(target, inFlight === undefined ? facts : { ...facts, serving: undefined }),
      ...(reverted ? [describeReverted(target.function, reverted)] : []),
    ],
    message: serving === undefined ? `no release of Teal has promoted a version of ${target.function} here yet` : undefined,
  };
}
