import type { Aws } from '../aws/connect.ts';
import { getVersion } from '../aws/function.ts';
import { findServing } from '../aws/history.ts';
import { getRecord } from '../aws/records.ts';
import type { ServedBefore } from '../release/no-alias.ts';
import { targetOf } from '../release/rollback.ts';

/** What Teal put in service by an alias that is gone; undefined when it never did. One that was only a preview of another served nobody. */
export async function findServedBefore(
  { lambda, table }: Pick<Aws, 'lambda' | 'table'>,
  target: { function: string; alias: string },
): Promise<ServedBefore | undefined> {
  const serving = await findServing(table, target);
  if (!serving) return undefined;
  const last = await getRecord(table, serving.releaseId);
  const served = targetOf(last, target);
  if (last && !served) return undefined;
  const version = await getVersion(lambda, target.function, serving.version);
  const isThere = version !== undefined && (served?.codeSha256 ?? version.codeSha256) === version.codeSha256;
  return { ...serving, isThere };
}
