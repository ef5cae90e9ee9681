import { readClaims, releaseClaims, takeClaims } from './aws/claims.ts';
import { type Aws, connectEvents, connectLambda, connectNames, connectStepFunctions, connectTable } from './aws/connect.ts';
import { startExecution } from './aws/executions.ts';
import { forgetKey } from './aws/idempotency.ts';
import { changeRecord, deleteUnclaimed, getRecord } from './aws/records.ts';
import { finishRollback } from './flow/roll-back.ts';
import { close, flush, settle } from './flow/settle.ts';
import { hold, stuck } from './release/changes.ts';
import { ReleaseError } from './release/errors.ts';
import { reasonOfStatus } from './release/failure.ts';
import { claimsOf } from './release/preview.ts';
import { isOver, type ReleaseRecord } from './release/record.ts';
import { targetKey } from './release/target.ts';
import { isBeforeTurn } from './release/turn.ts';
import { task } from './runtime/task.ts';

/** "Step Functions Execution Status Change", as far as it is read here; `tick` sends the same for what its sweep finds. */
export interface ExecutionStatusChange {
  time: string;
  detail: { name: string; status: string };
}

/** Heal: an execution is over (or never began, or left an event behind): brings whatever its release left to the side of its decision. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'sfn' | 'events' | 'table' | 'names'>) =>
  task(async ({ time, detail: { name: id, status } }: ExecutionStatusChange) => {
    const at = new Date(time).toISOString();
    const record = await getRecord(aws.table, id);
    if (!record) return releaseClaims(aws.table, id);
    if (isOver(record)) assertTold(await close(aws, record, at));
    else if (status === 'RUNNING') assertTold(await flush(aws, record));
    else if (status === 'NOT_STARTED' && !isDecidedForGood(record)) await startOrRemove(aws, record, at);
    else await settleOrSayStuck(aws, record, status, at);
  });

/** A rollback is decided as it is written, and is none before it has its claims. Any other was decided by somebody: aborted before it began, it ends. */
const isDecidedForGood = ({ rollback, claim, decision }: ReleaseRecord): boolean => (rollback ? claim === 'held' : decision !== undefined);

/** Events that will not leave show here, in the log and the metric of errors; the sweep comes again every minute. */
function assertTold({ id, outbox }: ReleaseRecord): void {
  const left = Object.keys(outbox);
  if (left.length > 0)
    throw new ReleaseError('AwsUnavailable', `EventBridge did not take ${left.length} events of release ${id}: ${left.join(', ')}`);
}

async function settleOrSayStuck(
  aws: Pick<Aws, 'lambda' | 'sfn' | 'events' | 'table'>,
  record: ReleaseRecord,
  status: string,
  at: string,
): Promise<void> {
  try {
    await settle(aws, record, reasonOfStatus(status), at);
  } catch (error) {
    // The claim stays: nobody releases onto an alias that is not back yet. The sweep comes again every minute.
    await flush(aws, await changeRecord(aws.table, record.id, stuck((error as Error).message, at)));
    throw error;
  }
}

/** A record whose execution never began, or whose rollback was not done: the API died in between. With its claims, or before its turn, it starts now; else it never was. */
async function startOrRemove(
  aws: Pick<Aws, 'lambda' | 'sfn' | 'events' | 'table' | 'names'>,
  record: ReleaseRecord,
  at: string,
): Promise<void> {
  const { sfn, table, names } = aws;
  if (isBeforeTurn(record)) return startExecution(sfn, names.stateMachineArn, record.id, record.request);
  const held = await readClaims(table);
  if (record.claim === 'none' && !claimsOf(record.request).every((target) => held.get(targetKey(target)) === record.id)) {
    if ((await deleteUnclaimed(table, record)) && record.idempotencyKey) await forgetKey(table, record.idempotencyKey, record.id);
    return;
  }
  if (record.rollback) return void (await finishRollback(aws, record, at));
  await takeClaims(table, record.id, claimsOf(record.request));
  await changeRecord(table, record, hold(at));
  await startExecution(sfn, names.stateMachineArn, record.id, record.request);
}

export const handler = createHandler({
  lambda: connectLambda(),
  sfn: connectStepFunctions(),
  events: connectEvents(),
  table: connectTable(),
  names: connectNames(),
});
