import { type Aws, connectEvents, connectLambda, connectTable, PERSISTENT } from './aws/connect.ts';
import { getRecord } from './aws/records.ts';
import { settle } from './flow/settle.ts';
import { type Failure, reasonOf } from './release/failure.ts';
import { task } from './runtime/task.ts';

/** Revert: gives blue all traffic again and ends the release. Follows the decision that was written first, also when that is to promote. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'events' | 'table'>) =>
  task(async ({ releaseId, at, state }: { releaseId: string; at: string; state: Partial<Failure> & { message?: string } }) => {
    const reason = state.Error
      ? reasonOf({ ...state, Error: state.Error })
      : { code: 'error' as const, message: state.message ?? 'the state machine asked for it' };
    // An execution that was started by hand with a wrong input never became a release.
    const record = await getRecord(aws.table, releaseId);
    if (!record) return { outcome: 'rejected', message: reason.message };
    const over = await settle(aws, record, reason, at);
    return { outcome: over.status, message: over.reason!.message };
  });

export const handler = createHandler({ lambda: connectLambda(PERSISTENT), events: connectEvents(), table: connectTable(PERSISTENT) });
