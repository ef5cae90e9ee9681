import { type Aws, connectEvents, connectStepFunctions, connectTable } from './aws/connect.ts';
import { changeRecord } from './aws/records.ts';
import { flush } from './flow/settle.ts';
import { settleOpen } from './flow/settle-open.ts';
import { awaitBeforeTraffic } from './release/approving.ts';
import type { Attempt } from './release/attempt.ts';
import { task } from './runtime/task.ts';

/** From the state, with its task token. */
export interface AwaitApprovalEvent extends Attempt {
  releaseId: string;
  at: string;
}

/** AwaitApproval: asks for the approval without which green gets no traffic. Whoever answers settles the token, or the time does; an answer that is there already is taken. */
export const createHandler = (aws: Pick<Aws, 'sfn' | 'events' | 'table'>) =>
  task(async ({ releaseId, ...opened }: AwaitApprovalEvent) => {
    const record = await changeRecord(aws.table, releaseId, awaitBeforeTraffic(opened));
    await settleOpen(aws.sfn, await flush(aws, record));
  });

export const handler = createHandler({ sfn: connectStepFunctions(), events: connectEvents(), table: connectTable() });
