import * as v from 'valibot';
import type { Serving } from './drift.ts';
import { NOT_JUDGED } from './judge/request.ts';
import { newRecord } from './new-record.ts';
import { formatPlan, type Step } from './plan.ts';
import type { FunctionVersion } from './preflight.ts';
import { noted, type ReleaseRecord, type ReleaseTarget } from './record.ts';
import { describeIssues, MAX_TARGETS, type ReleaseRequest, repeated } from './request.ts';
import { allTraffic, describeRouting, isSameRouting, type Routing } from './routing.ts';
import { known, text, type WrongField } from './schema.ts';
import { type DirectRollback, readServingNote } from './serving-note.ts';
import { listTargets, targetKey } from './target.ts';
import { aliasName, functionName } from './target-schema.ts';

/**
 * Rollback: back to the version before the last promoted release, after its end. It is a release of its own whose decision to
 * promote that version is written with its record, so that one call does it, and whoever comes after a call that died finishes it.
 */

/** What a record says of itself when it is a rollback. */
export interface Rollback {
  /** The person wanted it though a contract hook had run. */
  evenAfterContract?: boolean;
  /** Done by `teal rollback --direct`, and recorded afterwards. */
  isDirect?: boolean;
}

const MOST_REASON = 1000;
const OF_A_ROLLBACK = 'a rollback';

const schema = known(
  {
    targets: v.pipe(
      v.array(
        v.union(
          [functionName, known({ function: functionName, alias: v.optional(aliasName, 'live') }, 'is an object', OF_A_ROLLBACK)],
          'is a function name or an object with "function" and "alias"',
        ),
        'is a list of functions',
      ),
      v.minLength(1, 'names at least one function'),
      v.maxLength(MAX_TARGETS, `has at most ${MAX_TARGETS} targets`),
    ),
    reason: v.pipe(text(MOST_REASON), v.minLength(1, 'says why, for the record')),
    evenAfterContract: v.optional(v.boolean('is true or false'), false),
  },
  'is an object',
  OF_A_ROLLBACK,
);

export interface RollbackRequest {
  targets: { function: string; alias: string }[];
  reason: string;
  evenAfterContract: boolean;
}

/** Reads what a person sent. Everything that is wrong is told at once. */
export function parseRollback(input: unknown): RollbackRequest | { wrong: WrongField[] } {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { wrong: [{ field: '', message: 'a rollback is a JSON object such as { "targets": ["orders-api"], "reason": "…" }' }] };
  const parsed = v.safeParse(schema, input, { abortPipeEarly: true });
  if (!parsed.success) return { wrong: describeIssues(parsed.issues) };
  const { targets: said, reason, evenAfterContract } = parsed.output;
  const targets = said.map((one) => (typeof one === 'string' ? { function: one, alias: 'live' } : one));
  const twice = repeated(targets.map(targetKey), 'targets');
  return twice.length > 0 ? { wrong: twice } : { targets, reason, evenAfterContract };
}

/** What is known of a target that is to go back; what is undefined does not exist. */
export interface WayBack {
  target: { function: string; alias: string };
  routing: Routing | undefined;
  serving: Serving | undefined;
  /** The release that put in service what serves. */
  last: ReleaseRecord | undefined;
  /** The version before it. */
  before: FunctionVersion | undefined;
}

/** The target as that release had it: its blue is the version before. */
export const targetOf = (last: ReleaseRecord | undefined, named: { function: string; alias: string }): ReleaseTarget | undefined =>
  last?.targets.find((one) => targetKey(one) === targetKey(named));

/** The target of which an alias is only the preview. */
const previewedBy = ({ request, targets }: ReleaseRecord, { function: name, alias }: WayBack['target']): ReleaseTarget | undefined =>
  request.preview === alias ? targets.find((one) => one.function === name) : undefined;

/** Why a target cannot go back, and what to do; undefined when it can. */
export function problemOf({ target, routing, serving, last, before }: WayBack, evenAfterContract: boolean): string | undefined {
  const alias = `alias ${target.alias} of ${target.function}`;
  if (!routing) return `function ${target.function} has no alias ${target.alias} in this account and region`;
  if (!serving || !last) return `no release has promoted a version of ${targetKey(target)} yet, so there is none to go back from`;
  const previewed = previewedBy(last, target);
  if (previewed)
    return `${alias} is a preview of alias ${previewed.alias}, on which release ${last.id} has left it: it goes where that goes. Roll back ${targetKey(previewed)}`;
  if (last.rollback)
    return `${targetKey(target)} was rolled back already: release ${last.id} put version ${serving.version} in service at ${serving.since}. To go further back release the version that you want: POST /releases of { "function": "${target.function}", "alias": "${target.alias}", "version": "…" }`;
  if (!isSameRouting(routing, allTraffic(serving.version)))
    return `somebody has moved ${alias} since release ${last.id} put version ${serving.version} in service: it is on ${describeRouting(routing)}. Put it where you want it, or back on version ${serving.version} and roll back again`;
  const version = targetOf(last, target)?.blue;
  if (!version) return `release ${last.id} was the first of ${targetKey(target)}: there is no version before it`;
  if (!before) return `version ${version} of ${target.function}, which served before release ${last.id}, is gone: release it anew`;
  if (before.state !== undefined && before.state !== 'Active') return describeAsleep(target.function, before);
  const contract = contractOf(last);
  if (contract && !evenAfterContract)
    return `release ${last.id} called its afterTraffic hook ${contract.function} at ${contract.at}: version ${version} may not work with the data as it is now. "evenAfterContract": true (--even-after-contract) rolls back all the same`;
  return undefined;
}

/** Lambda puts versions to sleep that nobody calls: with SnapStart after 14 days. A call wakes one, and fails until it is awake. */
function describeAsleep(name: string, { version, state, stateReason }: FunctionVersion): string {
  const why = stateReason ? ` (${stateReason})` : '';
  if (state !== 'Inactive') return `version ${version} of ${name} is ${state}${why}: it cannot serve`;
  return `version ${version} of ${name} is Inactive${why}: Lambda has put it to sleep, and requests would fail. Wake it and roll back again once it is Active, in a minute or two: aws lambda invoke --function-name ${name} --qualifier ${version} /dev/null`;
}

/** The contract end of a schema change, which a rollback cannot take back: the first afterTraffic hook that was called, whatever came of it. */
export const contractOf = ({ hooks }: ReleaseRecord): { function: string; at: string } | undefined =>
  hooks?.find(({ moment }) => moment === 'afterTraffic');

const PLAN: Step[] = [{ weightPercent: 100, bakeSeconds: 0 }];

export interface NewRollback {
  id: string;
  /** Back from which release each target goes, and to which version: unless said, to the one before it. */
  ways: { target: WayBack['target']; last: ReleaseRecord; version?: string }[];
  reason: string;
  evenAfterContract: boolean;
  /** Without Teal: it only records what was done. */
  isDirect?: boolean;
  at: string;
  /** The caller's ARN. */
  by: string;
  idempotencyKey?: string;
}

/** The record of a rollback: blue is what serves, green the version before it. */
export function newRollback({ id, ways, reason, evenAfterContract, isDirect, at, by, idempotencyKey }: NewRollback): ReleaseRecord {
  const targets = ways.map(({ target, last, version }): ReleaseTarget => {
    const { blue, green, codeSha256, blueCodeSha256 } = targetOf(last, target)!;
    const back = version === undefined || version === blue ? { green: blue, codeSha256: blueCodeSha256 } : { green: version };
    return { ...target, blue: green, blueCodeSha256: codeSha256, ...back, rollsBack: last.id };
  });
  const request: ReleaseRequest = {
    targets: targets.map(({ function: name, alias, green: version }) => ({ function: name, alias, version })),
    plan: formatPlan(PLAN),
    alarms: [],
    alarmsAlreadyRed: 'reject',
    missingData: 'notBreaching',
    smokeTests: [],
    judge: NOT_JUDGED,
    unwatched: true,
    again: false,
    reason,
    labels: {},
  };
  const message = `${by} rolled back ${listTargets(targets)}${isDirect ? ' without Teal' : ''}: ${reason}`;
  const record: ReleaseRecord = {
    ...newRecord({ id, request, plan: PLAN, at, startedBy: by, idempotencyKey }),
    rollback: { ...(evenAfterContract && { evenAfterContract }), ...(isDirect && { isDirect }) },
    status: 'promoting',
    targets,
    step: 0,
    decision: { side: 'promote', reason: { code: 'rolled-back', message }, at },
    recent: [],
  };
  return [message, ...targets.map(describeWay), ...ways.flatMap(({ last }) => describeContract(last))].reduce(
    (noting, line) => noted(noting, at, line),
    record,
  );
}

const describeWay = (target: ReleaseTarget): string =>
  `${targetKey(target)} goes from version ${target.blue} to version ${target.green}, back from release ${target.rollsBack}`;

function describeContract(last: ReleaseRecord): string[] {
  const contract = contractOf(last);
  return contract ? [`although release ${last.id} called its afterTraffic hook ${contract.function} at ${contract.at}`] : [];
}

/** The rollback that somebody did to an alias without Teal, and that brought it to where it is; undefined when there is none. */
export function directRollbackOf({
  description,
  routing,
}: {
  description: string | undefined;
  routing: Routing;
}): { from: string; version: string; direct: DirectRollback } | undefined {
  const note = readServingNote(description);
  if (!note?.direct || !note.rolledBackFrom || !isSameRouting(routing, allTraffic(note.version))) return undefined;
  return { from: note.rolledBackFrom, version: note.version, direct: note.direct };
}

/** A release whose green is out of service again; undefined when it says so already. */
export const rolledBack =
  ({ id, targets, startedBy, request }: ReleaseRecord, at: string) =>
  (last: ReleaseRecord): ReleaseRecord | undefined => {
    const isBack = (target: ReleaseTarget) =>
      target.rolledBackBy === undefined &&
      targets.some((one) => one.rollsBack === last.id && !one.moved && targetKey(one) === targetKey(target));
    const back = last.targets.filter(isBack);
    if (back.length === 0) return undefined;
    const marked = { ...last, targets: last.targets.map((target) => (isBack(target) ? { ...target, rolledBackBy: id } : target)) };
    return noted(marked, at, `${startedBy} rolled back ${listTargets(back)} by release ${id}: ${request.reason}`);
  };
