import { takeClaims } from './aws/claims.ts';
import {
  type Aws,
  connectCloudFormation,
  connectCloudWatch,
  connectEvents,
  connectLambda,
  connectNames,
  connectTable,
  connectTagging,
} from './aws/connect.ts';
import { changeRecord } from './aws/records.ts';
import { type BeginEvent, findOrCreate } from './flow/find-or-create.ts';
import { preflight } from './flow/preflight.ts';
import { flush } from './flow/settle.ts';
import { hold, planned } from './release/changes.ts';
import { ReleaseError } from './release/errors.ts';
import { problemsOf } from './release/preflight.ts';
import { claimsOf } from './release/preview.ts';
import { assertGoingOn, isOver, type ReleaseRecord } from './release/record.ts';
import { listTargets } from './release/target.ts';
import { findTooEarly, isBeforeTurn } from './release/turn.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

type Needs = Pick<Aws, 'lambda' | 'cloudwatch' | 'cloudformation' | 'tagging' | 'events' | 'table' | 'names'>;

/** Plan: claims the targets, checks that the release can work at all, and pins blue and the code. Moves nothing. */
export const createHandler = (aws: Needs) =>
  task(async (event: BeginEvent) => {
    const record = await claim(aws, await findOrCreate(aws, event), event.at);
    const told = await flush(aws, record);

    const { checks, pinned, notes } = await preflight(aws, record, event.at);
    if (!pinned) throw new ReleaseError('PreflightFailed', listFew(problemsOf(checks)));
    await changeRecord(aws.table, told, planned(pinned, notes, event.at));
    return {
      step: 0,
      message: `${listTargets(record.targets)} can be released in ${record.plan.length === 1 ? '1 step' : `${record.plan.length} steps`}`,
    };
  });

/** Throws PreflightFailed. A state machine of an older Teal knows of no time, and goes to Plan at once. */
function assertTimeHasCome(record: ReleaseRecord, at: string): void {
  const tooEarly = isBeforeTurn(record) && findTooEarly(record, at);
  if (tooEarly)
    throw new ReleaseError(
      'PreflightFailed',
      `it ${tooEarly.why}, and its execution does not wait for that, since it runs a state machine of an older Teal: release again`,
    );
}

async function claim({ table }: Pick<Aws, 'table'>, record: ReleaseRecord, at: string): Promise<ReleaseRecord> {
  assertTimeHasCome(record, at);
  // One that was aborted before its turn takes nothing any more.
  if (record.claim === 'none' && !record.decision && !isOver(record)) {
    const holder = await takeClaims(table, record.id, claimsOf(record.request));
    if (holder)
      throw new ReleaseError('PreflightFailed', `release ${holder.releaseId} is releasing ${holder.target}; wait for it or abort it`);
  }
  const held = record.decision ? record : await changeRecord(table, record, hold(at));
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
  names: connectNames(),
});
