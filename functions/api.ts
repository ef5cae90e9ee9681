import { getAlias } from './aws/alias.ts';
import { getCheckpoints } from './aws/checkpoints.ts';
import { readClaims } from './aws/claims.ts';
import {
  type Aws,
  connectCloudFormation,
  connectCloudWatch,
  connectLambda,
  connectNames,
  connectStepFunctions,
  connectTable,
  connectTagging,
} from './aws/connect.ts';
import { getVersion } from './aws/function.ts';
import { readKey } from './aws/idempotency.ts';
import { changeRecord, getRecord, listRecords, readTimeline } from './aws/records.ts';
import { createOwnerFinder, findAliasFacts, findRevertedLatest, readRequests } from './flow/alias-facts.ts';
import { type ReadRequest, readRequest } from './flow/read-request.ts';
import { settleOpen } from './flow/settle-open.ts';
import { type Start, startRelease } from './flow/start-release.ts';
import { type Refusal, refuseAnswer } from './release/approval.ts';
import { approve, decline } from './release/approving.ts';
import { formatCursor, newReleaseId, parseListQuery, parseReason, readIdempotency } from './release/call.ts';
import { type Change, decide } from './release/changes.ts';
import { command, describeHeld, pause, refuseResume, resume } from './release/commands.ts';
import { ReleaseError } from './release/errors.ts';
import { judgementOf, shownAt } from './release/judge/judgement.ts';
import { presentAlias, presentRelease } from './release/present.ts';
import { type ReleaseRecord, summarize } from './release/record.ts';
import { commandTaken, takeCommand } from './release/take-command.ts';
import { targetKey } from './release/target.ts';
import { takeAsked } from './release/verdict.ts';
import { type Answer, type Call, http, invalid, Problem } from './runtime/http.ts';

type Needs = Pick<Aws, 'lambda' | 'cloudwatch' | 'cloudformation' | 'tagging' | 'sfn' | 'table' | 'names'>;
type Route = (aws: Needs, call: Call) => Promise<Answer>;

/** The HTTP API: starts releases, shows them, and takes a person's commands. */
export const createHandler = (aws: Needs) =>
  http((call) => {
    const route = ROUTES[call.route];
    if (!route) throw new Problem(404, 'No such call', `There is no ${call.route}.`);
    return route(aws, call);
  });

const start: Route = async (aws, call) => {
  const idempotency = idempotencyOf(call, call.body);
  const parsed = (await readBegun(aws, idempotency, call.atMs)) ?? (await readRequest(aws, call.body));
  if ('wrong' in parsed) throw invalid(parsed.wrong);

  const started = await startRelease(aws, {
    id: newReleaseId(parsed.request.targets[0]!.function, call.atMs, call.requestId),
    request: parsed.request,
    plan: parsed.plan,
    notes: parsed.notes,
    atMs: call.atMs,
    startedBy: call.caller,
    idempotency,
  });
  if ('otherBody' in started)
    throw usedBefore(`Another body was sent under the key ${idempotency?.key} within the last day. Use a new key for a new release.`);
  if ('heldBy' in started) {
    const { target, releaseId } = started.heldBy;
    throw new Problem(
      409,
      'Target is busy',
      `Release ${releaseId} is releasing ${target}. Wait for its end, or abort it: POST /releases/${releaseId}/abort.`,
      { releaseId, target },
    );
  }
  return { status: 202, body: summarize(started.record), headers: { location: `/releases/${started.record.id}` } };
};

/** The Idempotency-Key of a call, with a hash of what it says. */
function idempotencyOf(call: Call, said: unknown): Start['idempotency'] {
  const read = readIdempotency(call.headers, said);
  if (read && 'wrong' in read) throw invalid(read.wrong);
  return read;
}

const usedBefore = (detail: string): Problem => new Problem(422, 'Idempotency key used before', detail);

/** What was asked for before in the same words under the same key. Stacks and tags may stand for something else by now, or for nothing. */
async function readBegun({ table }: Needs, idempotency: Start['idempotency'], atMs: number): Promise<ReadRequest | undefined> {
  const first = idempotency && (await readKey(table, idempotency.key, atMs));
  const record = first?.bodyHash === idempotency?.bodyHash ? first && (await getRecord(table, first.releaseId)) : undefined;
  return record && { request: record.request, plan: record.plan, notes: [] };
}

const list: Route = async ({ table }, call) => {
  const query = parseListQuery(call.query);
  if ('wrong' in query) throw invalid(query.wrong);
  const { records, next } = await listRecords(table, query);
  return { status: 200, body: { releases: records.map(summarize), cursor: next && formatCursor(next) } };
};

const show: Route = async ({ table }, call) => {
  const record = await find(table, call);
  const judgement = judgementOf(record, (await getCheckpoints(table, record.id)).checkpoints);
  const at = new Date(call.atMs).toISOString();
  const shown = judgement && shownAt(record.endedAt ?? at, judgement);
  return { status: 200, body: presentRelease(record, await readTimeline(table, record), shown, at) };
};

const showAlias: Route = async (aws, call) => {
  const { lambda, table } = aws;
  const target = { function: call.parameters.name ?? '', alias: call.parameters.alias ?? '' };
  const alias =
    /^[a-zA-Z0-9-_]{1,64}$/.test(target.function) && /^[a-zA-Z0-9-_]{1,128}$/.test(target.alias)
      ? await getAlias(lambda, target)
      : undefined;
  if (!alias)
    throw new Problem(404, 'No such alias', `Function ${target.function} has no alias ${target.alias} in this account and region.`);
  const inFlight = (await readClaims(table)).get(targetKey(target));
  const [requests] = await readRequests(aws.cloudwatch, [target], new Date(call.atMs).toISOString());
  const latest = await getVersion(lambda, target.function, '$LATEST');
  const facts = {
    ...(await findAliasFacts(table, createOwnerFinder(aws.cloudformation), target, alias, latest?.codeSha256)),
    requests,
    reverted: latest && (await findRevertedLatest(aws, target.function, latest, alias.routing.version)),
  };
  return { status: 200, body: presentAlias(target, facts, inFlight) };
};

interface Asked {
  by: string;
  reason?: string;
  at: string;
}

interface Act {
  change(asked: Asked): Change;
  /** Why a release in flight does not take it from this caller. */
  refuse?(record: ReleaseRecord, by: string): Refusal | undefined;
  /** What the person should know besides. */
  tell?(record: ReleaseRecord): string | undefined;
}

/** Commands are written into the record; when a bake or a wait is open it is settled at once, else the next state or bake takes them. */
const act =
  ({ change, refuse, tell }: Act): Route =>
  async ({ sfn, table }, call) => {
    const parsed = parseReason(call.body);
    if ('wrong' in parsed) throw invalid(parsed.wrong);
    const sent = idempotencyOf(call, [call.route, call.body]);
    const before = await find(table, call);
    const at = new Date(call.atMs).toISOString();
    const judgement = judgementOf(before, (await getCheckpoints(table, before.id)).checkpoints);
    const taken = takeAsked(change({ by: call.caller, reason: parsed.reason, at }), at, judgement);
    // Asked of the record as it is written: whoever comes second is told what the first has done.
    const allowed: Change = (current) => {
      const refusal = refuse?.(current, call.caller);
      if (refusal) throw new Problem(refusal.status, refusal.title, refusal.detail, { releaseId: current.id });
      return taken(current);
    };
    const record = await changeRecord(table, before, takeCommand(sent, allowed)).catch((error) => refuseLate(before, error));
    if (sent && (commandTaken(record, sent.key)?.bodyHash ?? sent.bodyHash) !== sent.bodyHash)
      throw usedBefore(`Release ${record.id} took another command under the key ${sent.key}. Use a new key for a new command.`);
    await settleOpen(sfn, record);
    return { status: 202, body: { ...summarize(record), message: tell?.(record) } };
  };

function refuseLate({ id, status }: ReleaseRecord, error: unknown): never {
  if (!(error instanceof ReleaseError) || error.name !== 'ReleaseOver') throw error;
  throw new Problem(409, 'Too late', `R${error.message.slice(1)}.`, { status, releaseId: id });
}

const ROUTES: Record<string, Route> = {
  'POST /releases': start,
  'GET /releases': list,
  'GET /releases/{id}': show,
  'POST /releases/{id}/promote': act({ change: (asked) => command({ kind: 'promote', ...asked }), tell: describeHeld }),
  'POST /releases/{id}/advance': act({ change: (asked) => command({ kind: 'advance', ...asked }), tell: describeHeld }),
  'POST /releases/{id}/abort': act({
    change: ({ by, reason, at }) => decide('revert', { code: 'aborted', message: `${by} aborted it${reason ? `: ${reason}` : ''}` }, at),
  }),
  'POST /releases/{id}/pause': act({ change: pause }),
  'POST /releases/{id}/resume': act({ change: resume, refuse: refuseResume }),
  'POST /releases/{id}/approve': act({ change: approve, refuse: (record, by) => refuseAnswer('approved', record, by) }),
  'POST /releases/{id}/decline': act({ change: decline, refuse: (record, by) => refuseAnswer('declined', record, by) }),
  'GET /functions/{name}/aliases/{alias}': showAlias,
};

async function find(table: Aws['table'], call: Call): Promise<ReleaseRecord> {
  const id = call.parameters.id ?? '';
  // A release is named after its execution, and so within 80 characters.
  const record = id.length <= 80 ? await getRecord(table, id) : undefined;
  if (!record) throw new Problem(404, 'No such release', `There is no release ${id.slice(0, 80)}. GET /releases lists them.`);
  return record;
}

export const handler = createHandler({
  lambda: connectLambda(),
  cloudwatch: connectCloudWatch(),
  cloudformation: connectCloudFormation(),
  tagging: connectTagging(),
  sfn: connectStepFunctions(),
  table: connectTable(),
  names: connectNames(),
});
