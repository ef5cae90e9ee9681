import { putAfterwards } from '../aws/afterwards.ts';
import { createAlias } from '../aws/alias.ts';
import { releaseClaims } from '../aws/claims.ts';
import type { Aws } from '../aws/connect.ts';
import { putEvents } from '../aws/events.ts';
import { markReverted, noteServing } from '../aws/history.ts';
import { changeRecord } from '../aws/records.ts';
import { unwatchAlarms } from '../aws/watches.ts';
import { afterwardsOf } from '../release/afterwards.ts';
import { decide, end, endOf, letGo, sent, targetMoved } from '../release/changes.ts';
import type { Serving } from '../release/drift.ts';
import { changedTargets, isAgainstTheCode, isOver, type Reason, type ReleaseRecord, type ReleaseTarget } from '../release/record.ts';
import { rolledBack } from '../release/rollback.ts';
import { type CreateAlias, moveAliases } from './move-alias.ts';
import { settlePreviews } from './preview.ts';
import { settleWhatIsLeft } from './settle-open.ts';
import { takeBack } from './take-concurrency.ts';

/**
 * Ends a release on the side of its decision, from wherever it is: the aliases first, then everything it holds, then
 * its record and its event. `reason` is why it reverts if nobody has decided yet. Idempotent.
 */
export async function settle(
  aws: Pick<Aws, 'lambda' | 'sfn' | 'table' | 'events'>,
  known: ReleaseRecord,
  reason: Reason,
  at: string,
): Promise<ReleaseRecord> {
  // A stopped execution that somebody has redriven may wait again already. From here on it opens nothing, and what is open ends.
  const left = await changeRecord(aws.table, await revert(aws, known, reason, at), letGo);
  await settleWhatIsLeft(aws.sfn, left);
  return close(aws, left, at);
}

/** Decides to revert, unless somebody has decided already, brings every alias to the side of the decision, and takes from green what it was given. */
export async function revert(aws: Pick<Aws, 'lambda' | 'table'>, known: ReleaseRecord, reason: Reason, at: string): Promise<ReleaseRecord> {
  const record = await changeRecord(aws.table, known, decide('revert', reason, at));
  if (isOver(record)) return record;
  const moved = await settlePreviews(aws, await moveToDecidedSide(aws, record, at, createAlias), at);
  // The aliases first: what green has cost is paid by the minute, what it answers by the second.
  return takeBack(aws, moved, at);
}

/** Brings every alias of a decided release to its side; those that a person moved are left and noted. Returns the record as it is afterwards. */
export async function moveToDecidedSide(
  { lambda, table }: Pick<Aws, 'lambda' | 'table'>,
  record: ReleaseRecord,
  at: string,
  create?: CreateAlias,
): Promise<ReleaseRecord> {
  // Rule 2: before a step is in the record no alias was written, and none may be any more.
  if (record.step === undefined || record.claim !== 'held') return record;
  let noted = record;
  // Lambda's control plane is scarce just when many releases revert: what the brake has done, Revert does not do again.
  const targets = changedTargets(record).filter(({ isBack }) => !isBack);
  for (const { target, left } of await moveAliases({ lambda, table }, record, targets, { kind: 'settle' }, create)) {
    if (left) noted = await changeRecord(table, noted, targetMoved(target, left, at));
  }
  return noted;
}

/** Lets go of everything and writes the end. The aliases must be where they belong. */
export async function close({ table, events }: Pick<Aws, 'table' | 'events'>, known: ReleaseRecord, at: string): Promise<ReleaseRecord> {
  const record = await changeRecord(table, known, letGo);
  await unwatchAlarms(table, record.id, record.alarms);
  if (!isOver(record)) await keepHistory(table, record, at);
  await releaseClaims(table, record.id);
  return flush({ table, events }, await changeRecord(table, record, end(at)));
}

/** Sends the events that are not known to be out. What fails stays in the outbox for the sweep: no release ends badly because nobody could be told. */
export async function flush({ table, events }: Pick<Aws, 'table' | 'events'>, record: ReleaseRecord): Promise<ReleaseRecord> {
  if (Object.keys(record.outbox).length === 0) return record;
  const out = await putEvents(events, record.outbox).catch(() => []);
  return out.length === 0 ? record : changeRecord(table, record, sent(out));
}

async function keepHistory(table: Aws['table'], record: ReleaseRecord, at: string): Promise<void> {
  const { status, reason } = endOf(record);
  const targets = changedTargets(record).filter((target) => !target.moved);
  if (status === 'promoted') {
    await noteServing(
      table,
      targets.map((target) => ({ target, serving: servingOf(record, target, at) })),
    );
    for (const id of new Set(targets.flatMap(({ rollsBack = [] }) => rollsBack))) await changeRecord(table, id, rolledBack(record, at));
  }
  if (status === 'reverted' && isAgainstTheCode(reason)) {
    // Where only the configuration differed, the code is what blue runs: not the code's fault.
    const code = targets
      .filter((target) => target.codeSha256 !== target.blueCodeSha256)
      .map((target) => ({ function: target.function, codeSha256: target.codeSha256! }));
    await markReverted(table, record.id, code, reason, at);
  }
  const todo = afterwardsOf(record, at);
  if (todo) await putAfterwards(table, todo);
}

/** What a promoted release put in service. A rollback says what it took out of it. */
function servingOf({ id, rollback, decision }: ReleaseRecord, { green, blue, blueCodeSha256 }: ReleaseTarget, at: string): Serving {
  const serving = { version: green!, releaseId: id, since: at };
  return rollback ? { ...serving, since: decision!.at, rolledBack: { version: blue!, codeSha256: blueCodeSha256 } } : serving;
}
