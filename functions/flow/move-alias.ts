import pMap from 'p-map';
import { createAlias, getAlias, isGone, updateAlias } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { getRecord } from '../aws/records.ts';
import { ReleaseError } from '../release/errors.ts';
import type { ReleaseRecord, ReleaseTarget } from '../release/record.ts';
import { decideWrite, describeUnmade, type Intent } from '../release/routing.ts';

/** Lambda's control plane takes about 15 requests a second for an account, and a write is two of them. */
export const TARGETS_AT_ONCE = 4;

/** A lost race means that somebody else has just written; nobody writes for ever. */
const MOST_TRIES = 20;

/** What became of a target's alias: as wanted, or left as it is since a person moved it (and where it is). */
export interface Moved {
  target: ReleaseTarget;
  left?: string;
}

/**
 * The only way to write an alias: GetAlias, then a consistent read of the record, then what the rules say, then
 * UpdateAlias with the RevisionId of that GetAlias, or CreateAlias where there was none; again from the start when the
 * alias has moved meanwhile.
 */
export async function moveAlias(
  { lambda, table }: Pick<Aws, 'lambda' | 'table'>,
  id: string,
  target: ReleaseTarget,
  intent: Intent,
): Promise<Moved> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const alias = await getAlias(lambda, target);
    const record = await getRecord(table, id);
    if (!record) throw new ReleaseError('ReleaseOver', `there is no release ${id}`);
    const write = decideWrite(intent, record, target, alias?.routing);
    if (write.act === 'leave') return { target, left: write.why };
    if (write.act === 'nothing') return { target };
    try {
      const isWritten =
        write.act === 'create'
          ? await createAlias(lambda, target, write.version, `Made by Teal's release ${id}`)
          : await updateAlias(lambda, target, write.routing, alias!.revisionId);
      if (isWritten) return { target };
    } catch (error) {
      // Nothing names a version before its alias does, so a person may have deleted it.
      if (write.act === 'create' && isGone(error)) return { target, left: describeUnmade(target) };
      throw error;
    }
  }
  throw new ReleaseError(
    'AwsUnavailable',
    `alias ${target.alias} of ${target.function} changed at every one of ${MOST_TRIES} tries to write it`,
  );
}

/** Moves the aliases of several targets, a few at a time. One that fails does not keep the others from moving; then throws the first failure. */
export async function moveAliases(
  aws: Pick<Aws, 'lambda' | 'table'>,
  record: ReleaseRecord,
  targets: ReleaseTarget[],
  intent: Intent,
): Promise<Moved[]> {
  const failures: unknown[] = [];
  const moved = await pMap(
    targets,
    (target) =>
      moveAlias(aws, record.id, target, intent).catch((error: unknown) => {
        failures.push(error);
        return { target };
      }),
    { concurrency: TARGETS_AT_ONCE },
  );
  if (failures.length > 0) throw failures[0];
  return moved;
}
