import { readClaims } from '../aws/claims.ts';
import type { Table } from '../aws/connect.ts';
import { getRecords, listInFlight } from '../aws/records.ts';
import type { ReleaseRecord } from '../release/record.ts';

/** Every release in flight. The index lags by some milliseconds, the claims do not. */
export async function findInFlight(table: Table): Promise<ReleaseRecord[]> {
  return getRecords(table, [...new Set([...(await listInFlight(table)), ...(await readClaims(table)).values()])]);
}
