import { readAlarms, readAllAlarms } from './aws/alarms.ts';
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
import { gatherFacts } from './flow/gather-facts.ts';
import { readRequest } from './flow/read-request.ts';
import { flush } from './flow/settle.ts';
import { alarmsOf, describeUnnamed, findAutoProblems } from './release/auto-alarms.ts';
import { hold, planned } from './release/changes.ts';
import { ReleaseError } from './release/errors.ts';
import { alarmsToIgnore, describePreflight, findAlarmProblems, findTargetProblems, pin } from './release/preflight.ts';
import { assertGoingOn, newRecord, type ReleaseRecord } from './release/record.ts';
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

    const facts = await gatherFacts(aws, record, event.at);
    // Of "auto" what was found is what counts from here on, whatever alarms come and go.
    const found = record.request.alarms === 'auto' ? alarmsOf(record.targets, await readAllAlarms(aws.cloudwatch)) : undefined;
    const alarms = found ?? (await readAlarms(aws.cloudwatch, record.alarms));
    const ignored = alarmsToIgnore(alarms, record.request);
    const problems = [
      ...facts.flatMap((one) => findTargetProblems(one, record.request.again)),
      ...findAlarmProblems(alarms, record.request, ignored),
      ...(found ? findAutoProblems(record, found) : []),
    ];
    if (problems.length > 0) throw new ReleaseError('PreflightFailed', listFew(problems));

    const pinned = { targets: facts.map(pin), alarms: alarms.map(({ name }) => name), alarmsAwaitingOk: ignored };
    const notes = [...(found ? describeUnnamed(record.targets, found) : []), ...describePreflight({ ...record, ...pinned }, facts)];
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
    const holder = await takeClaims(table, record.id, record.targets);
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
