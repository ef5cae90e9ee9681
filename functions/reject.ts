import { type Aws, connectEvents, connectLambda, connectTable } from './aws/connect.ts';
import { changeRecord, getRecord } from './aws/records.ts';
import { close } from './flow/settle.ts';
import { takeBack } from './flow/take-concurrency.ts';
import { decide } from './release/changes.ts';
import { type Failure, reasonOf } from './release/failure.ts';
import { isOver } from './release/record.ts';
import { task } from './runtime/task.ts';

/** Reject: ends a release of which no alias was written. It may not write aliases: where a step was tried, or previews are on green, it hands over to Revert. */
export const createHandler = ({ lambda, events, table }: Pick<Aws, 'lambda' | 'events' | 'table'>) =>
  task(async ({ releaseId, at, state }: { releaseId: string; at: string; state: Failure }) => {
    // An execution that was started by hand with a wrong input never became a release.
    const known = await getRecord(table, releaseId);
    const reason = reasonOf(state, known);
    if (!known) return { outcome: 'rejected', message: reason.message };
    const record = await changeRecord(table, known, decide('revert', reason, at));
    const isWritten = record.step !== undefined || record.previewSince !== undefined;
    if (isWritten && !isOver(record)) return { ...state, outcome: 'shifted', message: 'an alias was written already' };
    const over = await close({ events, table }, isOver(record) ? record : await takeBack({ lambda, table }, record, at), at);
    return { outcome: over.status, message: over.reason!.message };
  });

export const handler = createHandler({ lambda: connectLambda(), events: connectEvents(), table: connectTable() });
