import { getAlias } from './aws/alias.ts';
import { type Aws, connectEvents, connectLambda, connectTable } from './aws/connect.ts';
import { changeRecord, createRecord, getRecord } from './aws/records.ts';
import { findDirect } from './flow/find-direct.ts';
import { claimRollback } from './flow/roll-back.ts';
import { close } from './flow/settle.ts';
import { newReleaseId } from './release/call.ts';
import { targetMoved } from './release/changes.ts';
import type { ReleaseRecord } from './release/record.ts';
import { newRollback } from './release/rollback.ts';
import { decideWrite } from './release/routing.ts';
import { targetKey } from './release/target.ts';
import { task } from './runtime/task.ts';

/** From `tick`, or from who rolled back. */
export interface DirectRollbackEvent {
  function: string;
  alias: string;
  at: string;
}

/** RecordRollback: gives a rollback that somebody did without Teal its record, as a release of its own. Moves nothing: the alias is there already. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'events' | 'table'>) =>
  task(async ({ function: name, alias, at }: DirectRollbackEvent) => {
    const target = { function: name, alias };
    const found = await findDirect(aws, target);
    const last = found && (await getRecord(aws.table, found.serving.releaseId));
    if (!last) return { message: `nobody has rolled ${targetKey(target)} back without Teal` };
    const { version, direct } = found;
    const created = newRollback({
      // The same whoever finds it: it is recorded once.
      id: newReleaseId(name, Date.parse(direct.at), `${targetKey(target)} ${direct.at} ${version}`),
      ways: [{ target, last, version }],
      reason: direct.reason,
      evenAfterContract: false,
      isDirect: true,
      at: direct.at,
      by: direct.by,
    });
    const known = (await createRecord(aws.table, created)) ? created : await getRecord(aws.table, created.id);
    const claimed = await claimRollback(aws, known ?? created, new Date(at).toISOString());
    // A release in flight sees that its alias was moved, and ends; a later tick finds this again.
    if (!('record' in claimed)) return { message: `another release holds ${targetKey(target)}` };
    const over = await close(aws, await noteIfMoved(aws, claimed.record, at), at);
    return { releaseId: over.id, message: over.reason!.message };
  });

/** The person may have moved the alias once more. */
async function noteIfMoved({ lambda, table }: Pick<Aws, 'lambda' | 'table'>, record: ReleaseRecord, at: string): Promise<ReleaseRecord> {
  const target = record.targets[0]!;
  const routing = (await getAlias(lambda, target))?.routing;
  const write = record.claim === 'held' ? decideWrite({ kind: 'settle' }, record, target, routing) : undefined;
  return write?.act === 'leave' ? changeRecord(table, record, targetMoved(target, write.why, at)) : record;
}

export const handler = createHandler({ lambda: connectLambda(), events: connectEvents(), table: connectTable() });
