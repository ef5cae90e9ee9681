import { readAlarms } from './aws/alarms.ts';
import { type Aws, connectCloudWatch, connectLambda, connectNames, connectStepFunctions, connectTable, PERSISTENT } from './aws/connect.ts';
import { changeRecord, getRecord } from './aws/records.ts';
import { look } from './flow/look.ts';
import { settleBake } from './flow/settle-open.ts';
import type { Attempt } from './release/attempt.ts';
import { openBake } from './release/changes.ts';
import type { AlarmSeen } from './release/record.ts';
import { task } from './runtime/task.ts';

/** From the Bake state, with its task token. */
export interface OpenEvent extends Attempt {
  releaseId: string;
  step: number;
  at: string;
}

/** From `tick`, with the alarms that it read for everyone. */
export interface LookEvent {
  releaseId: string;
  step: number;
  at: string;
  alarms: AlarmSeen[];
  /** Of many releases not each has its turn at each tick. */
  readsAliases: boolean;
}

/** Bake: opens a bake with its task token, or looks at an open one; ends it when there is a verdict. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'sfn' | 'table' | 'names'>) =>
  task(async (event: OpenEvent | LookEvent) => {
    if ('token' in event) await open(aws, event);
    else await lookAgain(aws, event);
  });

async function open(
  aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'sfn' | 'table' | 'names'>,
  { releaseId, step, at, redrive, attempt, token }: OpenEvent,
): Promise<void> {
  const record = await changeRecord(aws.table, releaseId, openBake({ step, redrive, attempt, token, openedAt: at }));
  // A newer attempt holds the bake; this one's token is dead.
  if (record.bake?.token !== token || (await settleBake(aws.sfn, record))) return;
  await look(aws, record, { at, step, alarms: await readAlarms(aws.cloudwatch, record.alarms), readsAliases: true });
}

async function lookAgain(
  aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'sfn' | 'table' | 'names'>,
  { releaseId, step, at, alarms, readsAliases }: LookEvent,
): Promise<void> {
  const record = await getRecord(aws.table, releaseId);
  // The bake that tick saw is over.
  if (record?.bake?.step !== step || (await settleBake(aws.sfn, record))) return;
  await look(aws, record, { at, step, alarms, readsAliases });
}

export const handler = createHandler({
  lambda: connectLambda(PERSISTENT),
  cloudwatch: connectCloudWatch(PERSISTENT),
  sfn: connectStepFunctions(PERSISTENT),
  table: connectTable(PERSISTENT),
  names: connectNames(),
});
