import { takeClaims } from '../aws/claims.ts';
import type { Aws } from '../aws/connect.ts';
import { executionArn, startExecution } from '../aws/executions.ts';
import { claimKey, forgetKey } from '../aws/idempotency.ts';
import { changeRecord, createRecord, deleteUnclaimed, getRecord } from '../aws/records.ts';
import { hold } from '../release/changes.ts';
import { newRecord } from '../release/new-record.ts';
import type { Step } from '../release/plan.ts';
import { claimsOf } from '../release/preview.ts';
import type { ReleaseRecord } from '../release/record.ts';
import type { ReleaseRequest } from '../release/request.ts';
import { waitsForTurn } from '../release/turn.ts';

export interface Start {
  id: string;
  request: ReleaseRequest;
  plan: Step[];
  /** What the request's stacks and tags stood for. */
  notes: string[];
  atMs: number;
  startedBy: string;
  idempotency?: { key: string; bodyHash: string };
}

export type Started = { record: ReleaseRecord } | { heldBy: { target: string; releaseId: string } } | { otherBody: true };

/** Record, claims, execution: in this order, each idempotent, so that whatever dies in between can be finished by the same call or by the sweep. */
export async function startRelease({ sfn, table, names }: Pick<Aws, 'sfn' | 'table' | 'names'>, start: Start): Promise<Started> {
  const { request, plan, notes, startedBy, idempotency, atMs } = start;
  const first = idempotency && (await claimKey(table, idempotency.key, { bodyHash: idempotency.bodyHash, releaseId: start.id }, atMs));
  if (first && first.bodyHash !== idempotency.bodyHash) return { otherBody: true };

  const id = first?.releaseId ?? start.id;
  const at = new Date(atMs).toISOString();
  const created = newRecord({
    id,
    request,
    plan,
    at,
    startedBy,
    executionArn: executionArn(names.stateMachineArn, id),
    idempotencyKey: idempotency?.key,
    notes,
  });
  const existing = (await createRecord(table, created)) ? undefined : await getRecord(table, id);
  if (existing && existing.claim !== 'none') {
    // The first call has got this far. Starting twice is starting once; what lets go already is not started again.
    if (existing.claim === 'held') await startExecution(sfn, names.stateMachineArn, id, existing.request);
    return { record: existing };
  }

  // It takes its targets when its turn comes.
  if (waitsForTurn(request)) {
    await startExecution(sfn, names.stateMachineArn, id, (existing ?? created).request);
    return { record: existing ?? created };
  }

  const heldBy = await takeClaims(table, id, claimsOf(request));
  if (heldBy) {
    await deleteUnclaimed(table, existing ?? created);
    if (idempotency) await forgetKey(table, idempotency.key, id);
    return { heldBy };
  }
  const record = await changeRecord(table, existing ?? created, hold(at));
  await startExecution(sfn, names.stateMachineArn, id, record.request);
  return { record };
}
