import {
  type Aws,
  connectCloudFormation,
  connectLambda,
  connectNames,
  connectStepFunctions,
  connectTable,
  connectTagging,
} from './aws/connect.ts';
import { changeRecord } from './aws/records.ts';
import { type BeginEvent, findOrCreate } from './flow/find-or-create.ts';
import { takeTurn } from './flow/take-turn.ts';
import type { Attempt } from './release/attempt.ts';
import { openTurn } from './release/turn.ts';
import { task } from './runtime/task.ts';

/** From the AwaitTurn state, with its task token. */
type TurnEvent = BeginEvent & Attempt;

type Needs = Pick<Aws, 'lambda' | 'cloudformation' | 'tagging' | 'sfn' | 'table' | 'names'>;

/** AwaitTurn: waits until the release's time has come and its targets are free, and takes them. `wake` asks again every minute. */
export const createHandler = (aws: Needs) =>
  task(async ({ redrive, attempt, token, ...event }: TurnEvent) => {
    const known = await findOrCreate(aws, event);
    const record = await changeRecord(aws.table, known, openTurn({ redrive, attempt, token, openedAt: event.at }));
    // A newer attempt holds the wait; this one's token is dead.
    if (record.waiting?.token === token) await takeTurn(aws, record, event.at);
  });

export const handler = createHandler({
  lambda: connectLambda(),
  cloudformation: connectCloudFormation(),
  tagging: connectTagging(),
  sfn: connectStepFunctions(),
  table: connectTable(),
  names: connectNames(),
});
