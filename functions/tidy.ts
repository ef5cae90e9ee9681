import { deleteAfterwards, getAfterwards, putAfterwards } from './aws/afterwards.ts';
import { type Aws, connectLambda, connectTable } from './aws/connect.ts';
import { getRecord } from './aws/records.ts';
import { prune } from './flow/prune.ts';
import { coolDown } from './flow/take-concurrency.ts';
import { earliest, isDueBy } from './release/afterwards.ts';
import { task } from './runtime/task.ts';

export interface TidyEvent {
  releaseId: string;
  at: string;
}

/** Tidy: does what is due of a release that is over. Whatever it did not get to, the next minute's tick hands it again. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'table'>) =>
  task(async ({ releaseId, at }: TidyEvent) => {
    const todo = await getAfterwards(aws.table, releaseId);
    if (!todo || !isDueBy(todo, at)) return;
    const record = await getRecord(aws.table, releaseId);
    if (!record) return deleteAfterwards(aws.table, releaseId);
    const cooled = await coolDown(aws, record, at);
    const { quiet, dueAt: pruned } = await prune(aws, record, todo.quiet, at);
    const dueAt = [...cooled, ...pruned];
    if (dueAt.length === 0) await deleteAfterwards(aws.table, releaseId);
    else await putAfterwards(aws.table, { releaseId, quiet, dueAt: earliest(dueAt) });
  });

export const handler = createHandler({ lambda: connectLambda(), table: connectTable() });
