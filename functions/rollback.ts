import { type Aws, connectEvents, connectLambda, connectTable } from './aws/connect.ts';
import { getRecord } from './aws/records.ts';
import { type RolledBack, rollBack } from './flow/roll-back.ts';
import { newReleaseId } from './release/call.ts';
import { ReleaseError } from './release/errors.ts';
import { summarize } from './release/record.ts';
import { parseRollback } from './release/rollback.ts';
import { http, invalid, Problem } from './runtime/http.ts';
import { idempotencyOf, usedBefore } from './runtime/idempotency.ts';

/** Rollback: the call `POST /rollbacks`. Puts aliases back on the version before the last promoted release, at once, and answers when it is done. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'events' | 'table'>) =>
  http(async (call) => {
    const idempotency = idempotencyOf(call, call.body);
    const request = parseRollback(call.body);
    if ('wrong' in request) throw invalid(request.wrong);
    const id = newReleaseId(request.targets[0]!.function, call.atMs, call.requestId);
    const done = await rollBack(aws, { ...request, id, atMs: call.atMs, by: call.caller, idempotency }).catch(sayUnfinished);
    if ('record' in done) return { status: 200, body: summarize(done.record), headers: { location: `/releases/${done.record.id}` } };
    throw await refusal(aws.table, done);
  });

/** What is decided is done by the sweep, whoever else gives up. */
function sayUnfinished(error: Error): never {
  throw error instanceof ReleaseError ? new Problem(503, 'Not done yet', error.message) : error;
}

async function refusal(table: Aws['table'], refused: Exclude<RolledBack, { record: unknown }>): Promise<Problem> {
  if ('otherBody' in refused) return usedBefore('Another body was sent under this key within the last day. Use a new key.');
  if ('problems' in refused)
    return new Problem(409, 'Cannot roll back', `${refused.problems.join('; ')}. Nothing was moved.`, { problems: refused.problems });
  const { target, releaseId } = refused.heldBy;
  const holder = await getRecord(table, releaseId);
  const now = holder?.decision
    ? `It has decided to ${holder.decision.side}: wait for its end, and look who serves then.`
    : `Abort it, which puts users back on the version before: POST /releases/${releaseId}/abort.`;
  return new Problem(409, 'Target is busy', `Release ${releaseId} is releasing ${target}. ${now}`, { releaseId, target });
}

export const handler = createHandler({ lambda: connectLambda(), events: connectEvents(), table: connectTable() });
