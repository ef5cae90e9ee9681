import type { Table } from '../aws/connect.ts';
import { getRecord } from '../aws/records.ts';
import { ReleaseError } from '../release/errors.ts';
import { assertGoingOn, type ReleaseRecord } from '../release/record.ts';

/** Rule 7: what every state's handler does first. Throws ReleaseOver when this execution has nothing more to do. */
export async function getGoingOn(table: Table, id: string): Promise<ReleaseRecord> {
  const record = await getRecord(table, id);
  if (!record) throw new ReleaseError('ReleaseOver', `there is no release ${id}`);
  assertGoingOn(record);
  return record;
}
