import type { Serving } from '../release/drift.ts';
import type { Reason } from '../release/record.ts';
import type { Reverted } from '../release/reverted.ts';
import { targetKey } from '../release/target.ts';
import type { Table } from './connect.ts';
import { getItem, type Item, queryAll, writeItems } from './items.ts';

/** What outlives a release: code that was reverted, and which release put what in service. */

const revertedKey = (functionName: string, codeSha256: string) => ({ pk: `function#${functionName}`, sk: `reverted#${codeSha256}` });
const servingKey = (target: { function: string; alias: string }) => ({ pk: `target#${targetKey(target)}`, sk: 'serving' });

/** Marks code as reverted, so that it is not released again by mistake. */
export async function markReverted(
  table: Table,
  releaseId: string,
  code: { function: string; codeSha256: string }[],
  reason: Reason,
  at: string,
): Promise<void> {
  await writeItems(
    table,
    code.map((one): Item => ({ ...revertedKey(one.function, one.codeSha256), releaseId, message: reason.message, at })),
  );
}

/** The release that reverted this code, why and when. */
export async function findReverted(table: Table, functionName: string, codeSha256: string): Promise<Reverted | undefined> {
  const item = await getItem(table, revertedKey(functionName, codeSha256));
  return item && { releaseId: item.releaseId as string, message: item.message as string, at: item.at as string | undefined };
}

/** Notes which version a promoted release put in service. */
export async function noteServing(
  table: Table,
  served: { target: { function: string; alias: string }; serving: Serving }[],
): Promise<void> {
  await writeItems(
    table,
    // By kind and name in the index, so that all that Teal put in service can be listed.
    served.map(({ target, serving }): Item => ({ ...servingKey(target), ...serving, kind: 'serving', startedAtId: targetKey(target) })),
  );
}

/** Notes on which version a release left a preview alias. Nobody is served by one: it is not listed. */
export async function notePreviews(table: Table, left: { target: { function: string; alias: string }; serving: Serving }[]): Promise<void> {
  await writeItems(
    table,
    left.map(({ target, serving }): Item => ({ ...servingKey(target), ...serving })),
  );
}

/** Every target of which Teal has put a version in service, by name. The index lags by some milliseconds. */
export async function listServed(table: Table): Promise<{ function: string; alias: string }[]> {
  const items = await queryAll(table, { index: 'byStart', partition: ['kind', 'serving'] });
  return items.map(({ startedAtId }) => {
    const [name, alias] = (startedAtId as string).split(':');
    return { function: name!, alias: alias! };
  });
}

/** What the last promoted release of this target put in service. */
export async function findServing(table: Table, target: { function: string; alias: string }): Promise<Serving | undefined> {
  const item = await getItem(table, servingKey(target));
  if (!item) return undefined;
  const { version, releaseId, since, rolledBack } = item as unknown as Serving;
  return { version, releaseId, since, ...(rolledBack && { rolledBack }) };
}
