import { takeClaims } from './aws/claims.ts';
import {
  type Aws,
  connectCloudFormation,
  connectCloudWatch,
  connectEvents,
  connectLambda,
  connectTable,
  connectTagging,
} from './aws/connect.ts';
import { changeRecord, createRecord, getRecord } from './aws/records.ts';
import { preflight } from './flow/preflight.ts';
import { readRequest } from './flow/read-request.ts';
import { flush } from './flow/settle.ts';
import { hold, planned } from './release/changes.ts';
import { ReleaseError } from './release/errors.ts';
import { newRecord } from './release/new-record.ts';
import { problemsOf } from './release/preflight.ts';
import { claimsOf } from './release/preview.ts';
import { assertGoingOn, type ReleaseRecord } from './release/record.ts';
import { listTargets } from './release/target.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

interface PlanEvent {
  releaseId: string;
  executionArn: string;
  at: string;
  input: unknown;
}

type Needs = Pick<Aws, 'lambda' | 'cloudwatch' | 'cloudformation' | 'tagging' | 'events' | 'table'>;

/** Plan: claims the targets, checks that the release can work at all, and pins blue and the code. Moves nothing. */
export const createHandler = (aws: Needs) =>
  task(async (event: PlanEvent) => {
    const record = await claim(aws, await findOrCreate(aws, event), event.at);
    const told = await flush(aws, record);

    const { checks, pinned, notes } = await preflight(aws, record, event.at);
    if (!pinned) throw new ReleaseError('PreflightFailed', listFew(problemsOf(checks)));
    await changeRecord(aws.table, told, planned(pinned, notes, event.at));
    return { step: 0, message: `${listTargets(record.targets)} can be released in ${record.plan.length} steps` };
  });

/** The record that the API wrote, or one for an execution that was started by hand. */
async function findOrCreate({ table, ...aws }: Needs, { releaseId, executionArn, at, input }: PlanEvent): Promise<ReleaseRecord> {
  const found = await getRecord(table, releaseId);
  if (found) return found;
  const parsed = await readRequest(aws, input);
  if ('wrong' in parsed)
    throw new ReleaseError('PreflightFailed', listFew(parsed.wrong.map(({ field, message }) => `${field || 'the input'}: ${message}`)));
  const record = newRecord({ id: releaseId, ...parsed, at, startedBy: 'an execution started by hand', executionArn });
  return (await createRecord(table, record)) ? record : ((await getRecord(table, releaseId)) ?? record);
}

async function claim({ table }: Pick<Aws, 'table'>, record: ReleaseRecord, at: string): Promise<ReleaseRecord> {
  if (record.claim === 'none') {
    const holder = await takeClaims(table, record.id, claimsOf(record.request));
    if (holder)
      throw new ReleaseError('PreflightFailed', `release ${holder.releaseId} is releasing ${holder.target}; wait for it or abort it`);
  }
  const held = await changeRecord(table, record, hold(at));
  assertGoingOn(held);
  return held;
}

export const handler = createHandler({
  lambda: connectLambda(),
  cloudwatch: connectCloudWatch(),
  cloudformation: connectCloudFormation(),
  tagging: connectTagging(),
  events: connectEvents(),
  table: connectTable(),
});
