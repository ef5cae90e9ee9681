import {
  type Aws,
  connectCloudFormation,
  connectLambda,
  connectNames,
  connectStepFunctions,
  connectTable,
  connectTagging,
} from './aws/connect.ts';
import { readKey } from './aws/idempotency.ts';
import { getRecord } from './aws/records.ts';
import { askFreeze } from './flow/ask-freeze.ts';
import { type ReadRequest, readNewRequest } from './flow/read-request.ts';
import { type Start, startRelease } from './flow/start-release.ts';
import { newReleaseId } from './release/call.ts';
import { summarize } from './release/record.ts';
import { WAYS_OUT, withinFreeze } from './release/within-freeze.ts';
import { http, invalid, Problem } from './runtime/http.ts';
import { idempotencyOf, usedBefore } from './runtime/idempotency.ts';

type Needs = Pick<Aws, 'lambda' | 'cloudformation' | 'tagging' | 'sfn' | 'table' | 'names'>;

/** `POST /releases`: takes the request, claims its targets, and starts its execution. */
export const createHandler = (aws: Needs) =>
  http(async (call) => {
    const idempotency = idempotencyOf(call, call.body);
    const begun = await readBegun(aws, idempotency, call.atMs);
    const at = new Date(call.atMs).toISOString();
    const parsed = begun ?? (await readNewRequest(aws, call.body, at));
    if ('wrong' in parsed) throw invalid(parsed.wrong);
    const within = begun ?? withinFreeze(parsed.request, await askFreeze(aws, parsed, at));
    if ('frozen' in within) throw new Problem(409, 'Frozen', `${within.frozen[0]!.toUpperCase()}${within.frozen.slice(1)}. ${WAYS_OUT}`);

    const started = await startRelease(aws, {
      id: newReleaseId(parsed.request.targets[0]!.function, call.atMs, call.requestId),
      request: within.request,
      plan: parsed.plan,
      notes: [...parsed.notes, ...within.notes],
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
  });

/** What was asked for before in the same words under the same key. Stacks and tags may stand for something else by now, or for nothing. */
async function readBegun({ table }: Needs, idempotency: Start['idempotency'], atMs: number): Promise<ReadRequest | undefined> {
  const first = idempotency && (await readKey(table, idempotency.key, atMs));
  const record = first?.bodyHash === idempotency?.bodyHash ? first && (await getRecord(table, first.releaseId)) : undefined;
  return record && { request: record.request, plan: record.plan, notes: [] };
}

export const handler = createHandler({
  lambda: connectLambda(),
  cloudformation: connectCloudFormation(),
  tagging: connectTagging(),
  sfn: connectStepFunctions(),
  table: connectTable(),
  names: connectNames(),
});
