import { latenessSeconds } from './judge/datapoints.ts';
import type { DayBefore } from './judge/day-before.ts';
import { isJudgedAtAll } from './judge/metrics.ts';
import { judgesAnything } from './judge/request.ts';
import { isJudged } from './plan.ts';
import type { AlarmSeen, ReleaseRecord, ReleaseTarget } from './record.ts';
import type { ReleaseRequest } from './request.ts';
import type { Reverted } from './reverted.ts';
import { describeRouting, type Routing } from './routing.ts';
import { listTargets, targetKey } from './target.ts';
import { describeRed, isRed } from './verdict.ts';
import { listFew } from './words.ts';

/** A function's version as far as a release cares. */
export interface FunctionVersion {
  /** "$LATEST" or a number. */
  version: string;
  codeSha256: string;
  role: string;
  deadLetterArn?: string;
  /** Pending, Active, Inactive or Failed. */
  state?: string;
  stateReason?: string;
  lastUpdateStatus?: string;
  timeoutSeconds?: number;
  /** Everything else that changes what a version does, in a comparable form. */
  configuration: string;
}

/** What Plan found about one target; what is undefined does not exist. */
export interface TargetFacts extends DayBefore {
  target: ReleaseTarget;
  /** What will be published: $LATEST, or the version that the target names. */
  next: FunctionVersion | undefined;
  routing: Routing | undefined;
  blue: FunctionVersion | undefined;
  hasProvisionedConcurrency: boolean;
  /** Of a target of which errors are judged and nothing reports status codes: whether its answers have any. */
  isCalledOverHttp: boolean;
  /** What a person should know of its alias. */
  drift: string[];
  revertedBefore?: Reverted;
}

/** One thing that must hold before a release begins. */
export interface Check {
  /** What holds when it passes. */
  says: string;
  /** Why it does not, and what to do. */
  problem?: string;
}

export const problemsOf = (checks: Check[]): string[] => checks.flatMap(({ problem }) => problem ?? []);

/** All that must hold of a target. What depends on something that is not there is not asked. */
export function checkTarget(
  { target, next, routing, blue, hasProvisionedConcurrency, revertedBefore }: TargetFacts,
  again: boolean,
): Check[] {
  const name = target.function;
  const what = target.version ? `version ${target.version} of ${name}` : name;
  const exists: Check = { says: `${what} exists` };
  if (!next)
    return [
      {
        ...exists,
        problem: target.version
          ? `function ${name} has no version ${target.version}`
          : `function ${name} does not exist in this account and region`,
      },
    ];
  const alias = `alias ${target.alias} of ${name}`;
  const hasAlias: Check = { says: `${name} has an alias ${target.alias}` };
  if (!routing)
    return [exists, { ...hasAlias, problem: `function ${name} has no alias ${target.alias}; create it on the version that serves now` }];

  const check = (says: string, problem: string | false | undefined): Check => ({ says, ...(problem && { problem }) });
  const isSplit = Object.keys(routing.weights).length > 0;
  return [
    exists,
    hasAlias,
    check(
      `${alias} is on one published version`,
      routing.version === '$LATEST'
        ? `${alias} names $LATEST, which cannot be split; point it at a published version`
        : isSplit && `${alias} is split already (${describeRouting(routing)}); put it on one version first`,
    ),
    check(
      `${alias} has no provisioned concurrency of its own`,
      hasProvisionedConcurrency &&
        `${alias} has provisioned concurrency of its own, with which Lambda moves weights itself; move it to the version`,
    ),
    check(
      `no update of ${name} is under way`,
      next.lastUpdateStatus &&
        next.lastUpdateStatus !== 'Successful' &&
        `the last update of ${name} is ${next.lastUpdateStatus}; wait for it or mend it`,
    ),
    ...(target.codeSha256
      ? [
          check(
            `the code of ${what} is the one that the release names`,
            target.codeSha256 !== next.codeSha256 &&
              `the code of ${target.version ? what : `${name} in $LATEST`} is ${next.codeSha256}, not ${target.codeSha256} as the release says${target.version ? '' : DEPLOYED_SINCE}`,
          ),
        ]
      : []),
    ...(blue ? checkMatch(name, blue, next) : []),
    check(
      `the code of ${what} was not reverted before`,
      revertedBefore &&
        !again &&
        `this code of ${name} was reverted by release ${revertedBefore.releaseId} (${revertedBefore.message}); release other code, or say "again": true`,
    ),
  ];
}

/** Of code that a release pins. */
const DEPLOYED_SINCE =
  ': somebody else has deployed since, and what one deploy put there is never released by another; deploy again what is to be live';

/** An alias splits traffic only between versions with the same role and dead-letter queue. */
export function checkMatch(name: string, blue: FunctionVersion, green: FunctionVersion): Check[] {
  const rule = 'an alias splits traffic only between versions with the same';
  return [
    {
      says: `blue and green of ${name} have the same role`,
      ...(blue.role !== green.role && {
        problem: `${name} has changed its role from ${blue.role} to ${green.role}; ${rule} role: give it the old role back and change that one's policies, and do not delete it, since version ${blue.version} runs with it`,
      }),
    },
    {
      says: `blue and green of ${name} have the same dead-letter queue`,
      ...(blue.deadLetterArn !== green.deadLetterArn && {
        problem: `${name} has changed its dead-letter queue; ${rule} dead-letter queue`,
      }),
    },
  ];
}

/** No alarm may be missing or red before a shift, but for those to be ignored until they have been OK. */
export function checkAlarms(seen: AlarmSeen[], request: ReleaseRequest, awaitingOk: string[]): Check[] {
  return seen.map((alarm) => {
    const says = `alarm ${alarm.name} is not red`;
    if (alarm.state === 'missing') return { says, problem: `alarm ${alarm.name} does not exist in this account and region` };
    if (!isRed(alarm, request.missingData)) return { says };
    if (awaitingOk.includes(alarm.name)) return { says: `alarm ${alarm.name} is red and ignored until it has been OK` };
    return { says, problem: `${describeRed(alarm)} (before any traffic moved; "alarmsAlreadyRed": "ignore" releases all the same)` };
  });
}

/** With "alarmsAlreadyRed": "ignore", the alarms that are red now and count again once they have been OK. */
export function alarmsToIgnore(seen: AlarmSeen[], request: ReleaseRequest): string[] {
  return request.alarmsAlreadyRed === 'ignore' ? seen.filter((alarm) => isRed(alarm, request.missingData)).map((alarm) => alarm.name) : [];
}

/** Plan pins blue and the code that is released. */
export function pin({ target, next, routing, blue, slowLimits, reportsFailures }: TargetFacts): ReleaseTarget {
  const timeoutSeconds = Math.max(next!.timeoutSeconds ?? 0, blue?.timeoutSeconds ?? 0);
  const green = { codeSha256: next!.codeSha256, timeoutSeconds, slowLimits, reportsFailures };
  return { ...target, ...green, blue: routing!.version, blueCodeSha256: blue?.codeSha256 };
}

/** Green equals blue by code and configuration. */
export const isUnchanged = (blue: FunctionVersion, green: FunctionVersion): boolean =>
  blue.version === green.version ||
  (blue.codeSha256 === green.codeSha256 && blue.role === green.role && blue.configuration === green.configuration);

/** What will watch the release, what that will not see, and what smoke tests prove; for the timeline. */
export function describePreflight(record: ReleaseRecord, facts: TargetFacts[]): string[] {
  const { request } = record;
  const { alarms, alarmsAwaitingOk } = record;
  const notes = [
    alarms.length > 0 ? `watching ${listFew(alarms, ', ')}` : 'no alarm is watched',
    ...(alarmsAwaitingOk.length > 0 ? [`red already, ignored until OK: ${listFew(alarmsAwaitingOk, ', ')}`] : []),
    ...describeJudge(record, facts),
    ...facts.flatMap(({ drift }) => drift),
    request.smokeTests.length > 0 ? `smoke tests: ${request.smokeTests.length}` : 'there are no smoke tests',
  ];
  const unproved = request.targets.filter(
    (target) => !request.smokeTests.some((test) => test.target === target.function || test.target === targetKey(target)),
  );
  if (request.smokeTests.length > 0 && unproved.length > 0) notes.push(`without a smoke test: ${listFew(unproved.map(targetKey), ', ')}`);
  return notes;
}

/** What the judge will see and what it will not. */
function describeJudge(record: ReleaseRecord, facts: TargetFacts[]): string[] {
  const { judge } = record.request;
  if (!isJudgedAtAll(record)) {
    const why = record.plan.some(isJudged) ? 'the request judges nothing' : 'no step below 100 % bakes';
    return [
      `green is not judged against blue: ${why}; ${record.alarms.length > 0 ? 'alarms alone decide' : 'nothing but a person stops this release'}`,
    ];
  }
  const named = (some: TargetFacts[]) => listTargets(some.map(({ target }) => target));
  const noted = (some: TargetFacts[], note: (names: string) => string) => (some.length > 0 ? [note(named(some))] : []);
  const shortestBakeSeconds = Math.min(...record.plan.filter(isJudged).map(({ bakeSeconds }) => bakeSeconds));
  return [
    'green is judged against blue in every step below 100 % that bakes',
    ...noted(
      facts.filter(({ isCalledOverHttp }) => isCalledOverHttp),
      (names) =>
        `Teal sees only crashes and timeouts of ${names}: its answers have status codes, and nothing reports them (teal/middleware does)`,
    ),
    ...noted(
      facts.filter(({ slowLimits = [] }) => judge.latency === 'auto' && slowLimits.length === 0),
      (names) => `latency of ${names} is not judged: its alias had no requests the day before`,
    ),
    ...noted(
      facts.filter((one) => latenessSeconds(pin(one)) > shortestBakeSeconds),
      (names) =>
        `a minute of ${names} is judged only when the timeout is over, and a bake of this plan is over before that: it cannot be judged in time`,
    ),
    ...noted(
      facts.filter(({ target }) => !judgesAnything(judge, target)),
      (names) => `nothing of ${names} is judged`,
    ),
    ...facts.flatMap(({ target, silentMetrics }) =>
      silentMetrics.map((metric) => `blue of ${target.function} has reported nothing of ${metric} on the day before: is that its name?`),
    ),
  ];
}
