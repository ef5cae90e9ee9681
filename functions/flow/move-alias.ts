import pMap from 'p-map';
import { getAlias, isGone, updateAlias } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { getRecord } from '../aws/records.ts';
import { ReleaseError } from '../release/errors.ts';
import type { ReleaseRecord, ReleaseTarget } from '../release/record.ts';
import { decideWrite, describeUnmade, type Intent, type Routing, type Write } from '../release/routing.ts';
import { type ServingNote, withServingNote } from '../release/serving-note.ts';

/** Lambda's control plane takes about 15 requests a second for an account, and a write is two of them. */
export const TARGETS_AT_ONCE = 4;

/** A lost race means that somebody else has just written; nobody writes for ever. */
const MOST_TRIES = 20;

/** What became of a target's alias: as wanted, or left as it is since a person moved it (and where it is). */
export interface Moved {
  target: ReleaseTarget;
  left?: string;
}

/** `createAlias`, which is handed to those alone who may make an alias: what a function's bundle has its role must allow. */
export type CreateAlias = (
  lambda: Aws['lambda'],
  named: Pick<ReleaseTarget, 'function' | 'alias'>,
  version: string,
  description: string,
) => Promise<boolean>;

/** Writes the alias of a target as the rules say. */
export async function moveAlias(
  aws: Pick<Aws, 'lambda' | 'table'>,
  id: string,
  target: ReleaseTarget,
  intent: Intent,
  create?: CreateAlias,
): Promise<Moved> {
  const left = await writeAlias(aws, id, target, (record, found) => decideWrite(intent, record, target, found), {
    create,
    noteOf: (record, version) => servingNoteOf(record, target, version),
  });
  return { target, left };
}

/**
 * The only way to write an alias: GetAlias, then a consistent read of the record, then what the rules say, then
 * UpdateAlias with the RevisionId of that GetAlias, or CreateAlias where there was none; again from the start when the
 * alias has moved meanwhile. Returns why it was left as it is, undefined when it is as wanted.
 */
export async function writeAlias(
  { lambda, table }: Pick<Aws, 'lambda' | 'table'>,
  id: string,
  named: { function: string; alias: string },
  rules: (record: ReleaseRecord, found: Routing | undefined) => Write,
  { create, noteOf }: { create?: CreateAlias; noteOf?: (record: ReleaseRecord, version: string) => ServingNote | undefined },
): Promise<string | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const alias = await getAlias(lambda, named);
    const record = await getRecord(table, id);
    if (!record) throw new ReleaseError('ReleaseOver', `there is no release ${id}`);
    const write = rules(record, alias?.routing);
    if (write.act === 'leave') return write.why;
    if (write.act === 'nothing') return undefined;
    const note = noteOf?.(record, write.act === 'create' ? write.version : write.routing.version);
    const withNote = (description: string | undefined) => (note ? withServingNote(description, note) : undefined);
    if (write.act === 'create' && !create) throw new Error(`whoever calls this may not make alias ${named.alias} of ${named.function}`);
    try {
      const made = `Made by Teal's release ${id}`;
      const isWritten =
        write.act === 'create'
          ? await create!(lambda, named, write.version, withNote(made) ?? made)
          : await updateAlias(lambda, named, write.routing, alias!.revisionId, withNote(alias!.description));
      if (isWritten) return undefined;
    } catch (error) {
      // Nothing names a version before its alias does, so a person may have deleted it.
      if (write.act === 'create' && isGone(error)) return describeUnmade(named, write.version);
      throw error;
    }
  }
  throw new ReleaseError(
    'AwsUnavailable',
    `alias ${named.alias} of ${named.function} changed at every one of ${MOST_TRIES} tries to write it`,
  );
}

/** Of a write that puts green in service for good. */
function servingNoteOf({ rollback }: ReleaseRecord, { blue, green }: ReleaseTarget, version: string): ServingNote | undefined {
  if (version !== green) return undefined;
  return rollback ? { version, rolledBackFrom: blue } : { version, before: blue };
}

/** Moves the aliases of several targets, a few at a time. One that fails does not keep the others from moving; then throws the first failure. */
export async function moveAliases(
  aws: Pick<Aws, 'lambda' | 'table'>,
  record: ReleaseRecord,
  targets: ReleaseTarget[],
  intent: Intent,
  create?: CreateAlias,
): Promise<Moved[]> {
  const failures: unknown[] = [];
  const moved = await pMap(
    targets,
    (target) =>
      moveAlias(aws, record.id, target, intent, create).catch((error: unknown) => {
        failures.push(error);
        return { target };
      }),
    { concurrency: TARGETS_AT_ONCE },
  );
  if (failures.length > 0) throw failures[0];
  return moved;
}
