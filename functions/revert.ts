import { type Aws, connectEvents, connectLambda, connectTable, PERSISTENT } from './aws/connect.ts';
import { getRecord } from './aws/records.ts';
import { close, revert } from './flow/settle.ts';
import { type Failure, reasonOf } from './release/failure.ts';
import { hooksOf } from './release/hooks.ts';
import { hasShifted, isOver, type ReleaseRecord } from './release/record.ts';
import { task } from './runtime/task.ts';

/** What failed, or the output of the state before; `hookFailure` when a hook could not even be called. */
type RevertState = Partial<Failure> & { message?: string; hookFailure?: unknown };

/** Revert: gives blue all traffic again and ends the release, or leaves that to its hooks. Follows the decision that was written first, also when that is to promote. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'events' | 'table'>) =>
  task(async ({ releaseId, at, state }: { releaseId: string; at: string; state: RevertState }) => {
    const record = await getRecord(aws.table, releaseId);
    const reason = state.Error
      ? reasonOf({ ...state, Error: state.Error }, record)
      : { code: 'error' as const, message: state.message ?? 'the state machine asked for it' };
    // An execution that was started by hand with a wrong input never became a release.
    if (!record) return { outcome: 'rejected', message: reason.message };
    const moved = await revert(aws, record, reason, at);
    if (isTidiedByHooks(moved) && !state.hookFailure)
      return { outcome: 'afterRevert', hook: 0, message: `blue serves all traffic: ${moved.decision!.reason.message}; its hooks follow` };
    const over = await close(aws, moved, at);
    return { outcome: over.status, message: over.reason!.message };
  });

const isTidiedByHooks = (record: ReleaseRecord) =>
  !isOver(record) && record.decision!.side === 'revert' && hasShifted(record) && hooksOf(record, 'afterRevert').length > 0;

export const handler = createHandler({ lambda: connectLambda(PERSISTENT), events: connectEvents(), table: connectTable(PERSISTENT) });
