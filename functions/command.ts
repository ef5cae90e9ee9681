import { getCheckpoints } from './aws/checkpoints.ts';
import { type Aws, connectStepFunctions, connectTable } from './aws/connect.ts';
import { changeRecord, getRecord } from './aws/records.ts';
import { settleOpen } from './flow/settle-open.ts';
import { type Refusal, refuseAnswer } from './release/approval.ts';
import { approve, decline } from './release/approving.ts';
import { parseReason } from './release/call.ts';
import { type Change, decide } from './release/changes.ts';
import { command, describeHeld, pause, refuseResume, resume } from './release/commands.ts';
import { ReleaseError } from './release/errors.ts';
import { judgementOf } from './release/judge/judgement.ts';
import { type ReleaseRecord, summarize } from './release/record.ts';
import { commandTaken, takeCommand } from './release/take-command.ts';
import { isBeforeTurn } from './release/turn.ts';
import { takeAsked } from './release/verdict.ts';
import { presentWaiting } from './release/waiting.ts';
import { findRelease } from './runtime/find-release.ts';
import { httpRoutes, invalid, Problem, type Route } from './runtime/http.ts';
import { idempotencyOf, usedBefore } from './runtime/idempotency.ts';

type Needs = Pick<Aws, 'sfn' | 'table'>;

/** `POST /releases/{id}/…`: takes a person's commands to a release. */
export const createHandler = (aws: Needs) => httpRoutes(aws, ROUTES);

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
  /** Also of a release that waits for its turn. */
  isForAll?: boolean;
}

/** Commands are written into the record; when a bake or a wait is open it is settled at once, else the next state or bake takes them. */
const act =
  ({ change, refuse, tell, isForAll = false }: Act): Route<Needs> =>
  async ({ sfn, table }, call) => {
    const parsed = parseReason(call.body);
    if ('wrong' in parsed) throw invalid(parsed.wrong);
    const sent = idempotencyOf(call, [call.route, call.body]);
    const before = await findRelease(call, (id) => getRecord(table, id));
    if (!isForAll && isBeforeTurn(before)) throw tooEarly(before);
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

const tooEarly = (record: ReleaseRecord): Problem =>
  new Problem(409, 'Too early', `Release ${record.id} has not begun: it ${presentWaiting(record)?.message ?? 'waits for its turn'}.`, {
    status: record.status,
    releaseId: record.id,
  });

function refuseLate({ id, status }: ReleaseRecord, error: unknown): never {
  if (!(error instanceof ReleaseError) || error.name !== 'ReleaseOver') throw error;
  throw new Problem(409, 'Too late', `R${error.message.slice(1)}.`, { status, releaseId: id });
}

const ROUTES: Record<string, Route<Needs>> = {
  'POST /releases/{id}/promote': act({ change: (asked) => command({ kind: 'promote', ...asked }), tell: describeHeld }),
  'POST /releases/{id}/advance': act({ change: (asked) => command({ kind: 'advance', ...asked }), tell: describeHeld }),
  'POST /releases/{id}/abort': act({
    isForAll: true,
    change: ({ by, reason, at }) => decide('revert', { code: 'aborted', message: `${by} aborted it${reason ? `: ${reason}` : ''}` }, at),
  }),
  'POST /releases/{id}/pause': act({ change: pause }),
  'POST /releases/{id}/resume': act({ change: resume, refuse: refuseResume }),
  'POST /releases/{id}/approve': act({ change: approve, refuse: (record, by) => refuseAnswer('approved', record, by) }),
  'POST /releases/{id}/decline': act({ change: decline, refuse: (record, by) => refuseAnswer('declined', record, by) }),
};

export const handler = createHandler({ sfn: connectStepFunctions(), table: connectTable() });
