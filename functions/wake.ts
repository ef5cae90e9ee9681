import { type Aws, connectNames, connectStepFunctions, connectTable } from './aws/connect.ts';
import { changeRecord, getRecord } from './aws/records.ts';
import { timeOutHook } from './flow/call-hook.ts';
import { settleOpen } from './flow/settle-open.ts';
import { takeTurn } from './flow/take-turn.ts';
import { timeOutApproval } from './release/approving.ts';
import { isDue } from './release/waiting.ts';
import { task } from './runtime/task.ts';

/** From `tick`. */
export interface WakeEvent {
  releaseId: string;
  at: string;
}

/** Wake: sees to a release whose execution waits for something that is over or may be had now. */
export const createHandler = (aws: Pick<Aws, 'sfn' | 'table' | 'names'>) =>
  task(async ({ releaseId, at }: WakeEvent) => {
    const record = await getRecord(aws.table, releaseId);
    if (!record?.waiting || (await settleOpen(aws.sfn, record)) || !isDue(record, at)) return;
    const { for: what } = record.waiting;
    if (what === 'turn') await takeTurn(aws, record, at);
    if (what === 'beforeTraffic' || what === 'afterTraffic' || what === 'afterRevert') await timeOutHook(aws, record, what, at);
    if (what === 'approval') await settleOpen(aws.sfn, await changeRecord(aws.table, record, timeOutApproval(at)));
  });

export const handler = createHandler({ sfn: connectStepFunctions(), table: connectTable(), names: connectNames() });
