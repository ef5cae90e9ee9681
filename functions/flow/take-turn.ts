import { readClaims, releaseClaims, takeClaims } from '../aws/claims.ts';
import type { Aws } from '../aws/connect.ts';
import { settleTask } from '../aws/executions.ts';
import { changeRecord, getRecord, getRecords, listInFlight } from '../aws/records.ts';
import { decide, hold } from '../release/changes.ts';
import { findPutOff } from '../release/freeze.ts';
import { claimsOf } from '../release/preview.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { targetKey } from '../release/target.ts';
import { describeNewer, findNewer, findTooEarly, type NotYet, waitOn } from '../release/turn.ts';
import { settleOpen } from './settle-open.ts';

type Needs = Pick<Aws, 'sfn' | 'table' | 'names'>;

/**
 * Begins a release that waits for its turn, when that has come: takes its targets, then ends its wait. Otherwise notes why
 * it waits on. Whatever dies in between is done again by the next minute's.
 */
export async function takeTurn(aws: Needs, record: ReleaseRecord, at: string): Promise<void> {
  if (await settleOpen(aws.sfn, record)) return;
  const tooEarly = findTooEarly(record, at) ?? findPutOff(record, aws.names.freezeWindows, at);
  if (tooEarly) return waitOnFor(aws, record, tooEarly, at);
  if (record.request.ifBusy !== undefined && (await giveWay(aws, record, at))) return;

  const heldBy = await takeClaims(aws.table, record.id, claimsOf(record.request));
  if (!heldBy) return begin(aws, record, at);
  // As it would have been told by the API: Plan says who holds the target, and rejects.
  if (record.request.ifBusy === undefined)
    return settleTask(aws.sfn, record.waiting!.token, {
      status: 'begins',
      message: `its time has come, and release ${heldBy.releaseId} is releasing ${heldBy.target}`,
    });
  if (record.request.ifBusy === 'replace') await replace(aws, record, at);
  await waitOnFor(aws, record, { why: `waits until release ${heldBy.releaseId} lets go of ${heldBy.target}` }, at);
}

async function waitOnFor({ sfn, table }: Needs, record: ReleaseRecord, notYet: NotYet, at: string): Promise<void> {
  // Somebody may have decided meanwhile.
  await settleOpen(sfn, await changeRecord(table, record, waitOn(notYet, at)));
}

async function begin({ sfn, table }: Needs, record: ReleaseRecord, at: string): Promise<void> {
  const held = await changeRecord(table, record, hold(at));
  // It was ended meanwhile, and has let go of all that it held then.
  if (held.claim !== 'held') await releaseClaims(table, record.id);
  else await settleOpen(sfn, held);
}

/** Of several releases that wait for the same targets only the newest begins. */
async function giveWay({ sfn, table, names }: Needs, record: ReleaseRecord, at: string): Promise<boolean> {
  const others = (await getRecords(table, await listInFlight(table))).filter(({ id }) => id !== record.id);
  // One that a freeze puts off cannot begin either: what overrides the freeze need not wait for it.
  const newer = findNewer(
    record,
    others.filter((other) => !findPutOff(other, names.freezeWindows, at)),
    at,
  );
  if (!newer) return false;
  await settleOpen(sfn, await changeRecord(table, record, decide('revert', { code: 'replaced', message: describeNewer(newer) }, at)));
  return true;
}

/** Those who hold its targets revert, unless they have decided already. */
async function replace({ sfn, table }: Needs, { id, request, startedBy }: ReleaseRecord, at: string): Promise<void> {
  const held = await readClaims(table);
  const holders = new Set(claimsOf(request).flatMap((target) => held.get(targetKey(target)) ?? []));
  holders.delete(id);
  for (const holder of holders) {
    const known = await getRecord(table, holder);
    if (!known) continue;
    const reason = { code: 'replaced' as const, message: `release ${id} of ${startedBy} replaces it` };
    await settleOpen(sfn, await changeRecord(table, known, decide('revert', reason, at)));
  }
}
