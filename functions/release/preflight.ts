import type { Serving } from './drift.ts';
import { latenessSeconds } from './judge/datapoints.ts';
import type { DayBefore } from './judge/day-before.ts';
import { isJudgedAtAll } from './judge/metrics.ts';
import { judgesAnything } from './judge/request.ts';
import { checkNoAlias, describeNoAlias, type ServedBefore } from './no-alias.ts';
import { isJudged } from './plan.ts';
import { checkPreview, type PreviewFacts } from './preview.ts';
import type { AlarmSeen, ReleaseRecord, ReleaseTarget } from './record.ts';
import type { ReleaseRequest } from './request.ts';
import type { Reverted } from './reverted.ts';
import { checkRoles, describeSwitch, isSwitched } from './role-change.ts';
import { describeRouting, type Routing } from './routing.ts';
import { countCalls } from './smoke-test/matrix.ts';
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
  /** Of an alias that is not there. */
  servedBefore?: ServedBefore;
  blue: FunctionVersion | undefined;
  /** Of its alias, with which Lambda moves weights itself. */
  hasProvisionedConcurrency: boolean;
  /** Of blue, how much; undefined when it has none. */
  provisionedConcurrency?: number;
  /** Of a target of which errors are judged and nothing reports status codes: whether its answers have any. */
  isCalledOverHttp: boolean;
  /** Of a release with a preview. */
  preview?: PreviewFacts;
  /** What a person should know of its cold starts. */
  coldStarts?: string[];
  /** What a person should know of its alias. */
  drift: string[];
  revertedBefore?: Reverted;
  /** By a rollback, after the release was asked for. */
  rolledBackSince?: Serving;
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
  { target, next, routing, servedBefore, blue, hasProvisionedConcurrency, revertedBefore, rolledBackSince, preview }: TargetFacts,
  request: ReleaseRequest,
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
  return [
    exists,
    ...(routing ? checkAlias(target, routing, hasProvisionedConcurrency) : [checkNoAlias(target, servedBefore)]),
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
    ...(blue ? checkRoles(name, blue, next, request) : []),
    // The preview of one that is unchanged is left alone.
    ...(preview && !(blue && isUnchanged(blue, next)) ? [checkPreview(request.preview!, target, preview, blue)] : []),
    check(
      `the code of ${what} was not reverted before`,
      revertedBefore &&
        !request.again &&
        `this code of ${name} was reverted by release ${revertedBefore.releaseId} (${revertedBefore.message}); release other code, or say "again": true`,
    ),
    // Whoever rolls back a minute before a release is asked for is believed to know.
    ...(rolledBackSince ? [checkRolledBack(name, rolledBackSince, request)] : []),
  ];
}

const checkRolledBack = (name: string, { releaseId, rolledBack, since }: Serving, { again }: ReleaseRequest): Check =>
  check(
    `the code of ${name} was not rolled back since this release was asked for`,
    !again &&
      `release ${releaseId} rolled version ${rolledBack!.version} of ${name} back at ${since}, while this release waited, and it would bring that code again; release other code, or say "again": true`,
  );

const check = (says: string, problem: string | false | undefined): Check => ({ says, ...(problem && { problem }) });

/** An alias that is there must be one that Teal can split. */
function checkAlias(target: ReleaseTarget, routing: Routing, hasProvisionedConcurrency: boolean): Check[] {
  const alias = `alias ${target.alias} of ${target.function}`;
  const isSplit = Object.keys(routing.weights).length > 0;
  return [
    { says: `${target.function} has an alias ${target.alias}` },
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
  ];
}

/** Of code that a release pins. */
const DEPLOYED_SINCE =
  ': somebody else has deployed since, and what one deploy put there is never released by another; deploy again what is to be live';

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

/** Plan pins blue, the code that is released, and how its alias gets to it. */
export function pin(
  { target, next, routing, blue, slowLimits, reportsFailures, provisionedConcurrency, preview: found }: TargetFacts,
  request: Pick<ReleaseRequest, 'onRoleChange'>,
): ReleaseTarget {
  const timeoutSeconds = Math.max(next!.timeoutSeconds ?? 0, blue?.timeoutSeconds ?? 0);
  const green = { codeSha256: next!.codeSha256, timeoutSeconds, slowLimits, reportsFailures, provisionedConcurrency };
  // A try before this one may have found it otherwise.
  const isFirst = routing ? undefined : true;
  const isSwitch = (blue && isSwitched(blue, next!, request)) || undefined;
  const preview = found && { before: found.routing?.version };
  return { ...target, ...green, blue: routing?.version, blueCodeSha256: blue?.codeSha256, isFirst, isSwitch, preview };
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
    ...facts.flatMap(({ servedBefore }, index) =>
      record.targets[index]!.isFirst ? describeNoAlias(record.targets[index]!, servedBefore) : [],
    ),
    ...facts.flatMap(({ target, blue, next }, index) =>
      record.targets[index]!.isSwitch ? [describeSwitch(target.function, blue!, next!)] : [],
    ),
    ...facts.flatMap(describeProvisioned),
    ...facts.flatMap(({ coldStarts = [] }) => coldStarts),
    request.smokeTests.length > 0 ? `smoke tests: ${countCalls(request.smokeTests)}` : 'there are no smoke tests',
  ];
  const unproved = request.targets.filter(
    (target) => !request.smokeTests.some((test) => test.target === target.function || test.target === targetKey(target)),
  );
  if (request.smokeTests.length > 0 && unproved.length > 0) notes.push(`without a smoke test: ${listFew(unproved.map(targetKey), ', ')}`);
  return notes;
}

/** Lambda scales a version's own by a target of that version: nobody's but its owner's to register for another. */
function describeProvisioned({ target, routing, provisionedConcurrency }: TargetFacts): string[] {
  if (provisionedConcurrency === undefined) return [];
  return [
    `version ${routing!.version} of ${target.function} has a provisioned concurrency of ${provisionedConcurrency}: green is given as much before its first traffic. Where Application Auto Scaling changes it, that stays with version ${routing!.version}: register the new version too`,
  ];
}

/** What the judge will see and what it will not. */
function describeJudge(record: ReleaseRecord, facts: TargetFacts[]): string[] {
  const { judge } = record.request;
  const compared = facts.filter(({ blue }, index) => blue && !record.targets[index]!.isSwitch);
  if (!isJudgedAtAll(record) || compared.length === 0) {
    const why =
      compared.length === 0
        ? 'of no target do both have traffic in the same minutes'
        : record.plan.some(isJudged)
          ? 'the request judges nothing'
          : 'no step below 100 % bakes';
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
      compared.filter(({ slowLimits = [] }) => judge.latency === 'auto' && slowLimits.length === 0),
      (names) => `latency of ${names} is not judged: its alias had no requests the day before`,
    ),
    ...noted(
      compared.filter((one) => latenessSeconds(pin(one, record.request)) > shortestBakeSeconds),
      (names) =>
        `a minute of ${names} is judged only when the timeout is over, and a bake of this plan is over before that: it cannot be judged in time`,
    ),
    ...noted(
      compared.filter(({ target }) => !judgesAnything(judge, target)),
      (names) => `nothing of ${names} is judged`,
    ),
    ...facts.flatMap(({ target, silentMetrics }) =>
      silentMetrics.map((metric) => `blue of ${target.function} has reported nothing of ${metric} on the day before: is that its name?`),
    ),
  ];
}
