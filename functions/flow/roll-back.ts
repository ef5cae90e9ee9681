import pMap from 'p-map';
import { getAlias } from '../aws/alias.ts';
import { readClaims, releaseClaims, takeClaims } from '../aws/claims.ts';
import type { Aws } from '../aws/connect.ts';
import { getVersion } from '../aws/function.ts';
import { findServing } from '../aws/history.ts';
import { claimKey, forgetKey } from '../aws/idempotency.ts';
import { changeRecord, createRecord, deleteUnclaimed, getRecord } from '../aws/records.ts';
import { hold } from '../release/changes.ts';
import { ReleaseError } from '../release/errors.ts';
import { isOver, type ReleaseRecord } from '../release/record.ts';
import { newRollback, problemOf, type RollbackRequest, targetOf, type WayBack } from '../release/rollback.ts';
import { listTargets, targetKey } from '../release/target.ts';
import { TARGETS_AT_ONCE } from './move-alias.ts';
import { close, moveToDecidedSide } from './settle.ts';

export interface StartRollback extends RollbackRequest {
  id: string;
  atMs: number;
  /** The caller's ARN. */
  by: string;
  idempotency?: { key: string; bodyHash: string };
}

export type RolledBack =
  | { record: ReleaseRecord }
  /** Why not, a sentence for each target that cannot go back. */
  | { problems: string[] }
  | { heldBy: { target: string; releaseId: string } }
  | { otherBody: true };

type Needs = Pick<Aws, 'lambda' | 'events' | 'table'>;

/**
 * Record, claims, aliases, end: in this order, each idempotent, so that whatever dies in between is finished by the same call or
 * by the sweep. Nothing is written before every target is known to have a way back.
 */
export async function rollBack(aws: Needs, start: StartRollback): Promise<RolledBack> {
  const { table } = aws;
  const { targets, reason, evenAfterContract, by, idempotency, atMs } = start;
  const first = idempotency && (await claimKey(table, idempotency.key, { bodyHash: idempotency.bodyHash, releaseId: start.id }, atMs));
  if (first && first.bodyHash !== idempotency.bodyHash) return { otherBody: true };
  const id = first?.releaseId ?? start.id;
  const at = new Date(atMs).toISOString();
  const begun = first && (await getRecord(table, id));
  if (begun) return finishRollback(aws, begun, at);

  const ways = await pMap(targets, (target) => findWayBack(aws, target), { concurrency: TARGETS_AT_ONCE });
  const problems = ways.flatMap((way) => problemOf(way, evenAfterContract) ?? []);
  if (problems.length > 0) {
    if (idempotency) await forgetKey(table, idempotency.key, id);
    // A release in flight is why an alias is not where the last one left it.
    const heldBy = await findHolder(table, targets);
    return heldBy ? { heldBy } : { problems };
  }
  const sound = ways.map(({ target, last }) => ({ target, last: last! }));
  const created = newRollback({ id, ways: sound, reason, evenAfterContract, at, by, idempotencyKey: idempotency?.key });
  const record = (await createRecord(table, created)) ? created : await getRecord(table, id);
  return finishRollback(aws, record ?? created, at);
}

async function findWayBack({ lambda, table }: Pick<Aws, 'lambda' | 'table'>, target: WayBack['target']): Promise<WayBack> {
  const [alias, serving] = await Promise.all([getAlias(lambda, target), findServing(table, target)]);
  const last = serving && (await getRecord(table, serving.releaseId));
  const version = targetOf(last, target)?.blue;
  const before = version === undefined ? undefined : await getVersion(lambda, target.function, version);
  return { target, routing: alias?.routing, serving, last, before };
}

async function findHolder(table: Aws['table'], targets: WayBack['target'][]): Promise<{ target: string; releaseId: string } | undefined> {
  const held = await readClaims(table);
  const target = targets.map(targetKey).find((key) => held.has(key));
  return target === undefined ? undefined : { target, releaseId: held.get(target)! };
}

/** Brings a rollback that has a record to its end: claims, aliases, history, event. Idempotent; the sweep calls it too. */
export async function finishRollback(aws: Needs, known: ReleaseRecord, at: string): Promise<RolledBack> {
  const claimed = await claimRollback(aws, known, at);
  if (!('record' in claimed)) return claimed;
  try {
    return { record: await close(aws, await moveToDecidedSide(aws, claimed.record, at), at) };
  } catch (error) {
    const { id, targets } = known;
    // Another call of this rollback was faster, and writes no alias any more.
    const current = await getRecord(aws.table, id);
    if (current?.claim === 'released') return { record: isOver(current) ? current : await close(aws, current, at) };
    throw new ReleaseError(
      'AwsUnavailable',
      `rollback ${id} of ${listTargets(targets)} is decided and not done yet (${(error as Error).message}): Teal goes on trying every minute by itself`,
      { cause: error },
    );
  }
}

/** Takes all targets of a rollback that has a record, or none: then it never was. */
export async function claimRollback(
  { table }: Pick<Aws, 'table'>,
  known: ReleaseRecord,
  at: string,
): Promise<Exclude<RolledBack, { otherBody: true }>> {
  if (known.claim !== 'none') return { record: known };
  const heldBy = await takeClaims(table, known.id, known.targets);
  if (heldBy) {
    await undo(table, known);
    return { heldBy };
  }
  // From here on no release changes what serves. One may have done so since this rollback was checked.
  const changed = await findChanged(table, known);
  if (changed.length === 0) return { record: await changeRecord(table, known, hold(at)) };
  await undo(table, known);
  return { problems: changed.map((key) => `another release has put a version of ${key} in service meanwhile: look, and roll back again`) };
}

async function findChanged(table: Aws['table'], { targets }: ReleaseRecord): Promise<string[]> {
  const serving = await pMap(targets, (target) => findServing(table, target), { concurrency: TARGETS_AT_ONCE });
  return targets.filter(({ rollsBack }, index) => serving[index]?.releaseId !== rollsBack).map(targetKey);
}

/** Nothing was written but the record: it never was. The record goes first, since a claim without one is released by the sweep. */
async function undo(table: Aws['table'], record: ReleaseRecord): Promise<void> {
  if (!(await deleteUnclaimed(table, record))) return;
  await releaseClaims(table, record.id);
  if (record.idempotencyKey) await forgetKey(table, record.idempotencyKey, record.id);
}
