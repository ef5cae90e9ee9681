import { readAlarms } from './aws/alarms.ts';
import { type Aws, connectCloudWatch, connectEvents, connectLambda, connectNames, connectTable } from './aws/connect.ts';
import { changeRecord } from './aws/records.ts';
import { watchAlarms } from './aws/watches.ts';
import { askFreeze } from './flow/ask-freeze.ts';
import { getGoingOn } from './flow/going-on.ts';
import { moveAliases } from './flow/move-alias.ts';
import { flush } from './flow/settle.ts';
import { shifted, tryStep, watch } from './release/changes.ts';
import { ReleaseError } from './release/errors.ts';
import { checkAlarms, problemsOf } from './release/preflight.ts';
import { changedTargets, type ReleaseRecord, targetWeightOf, weightOf } from './release/record.ts';
import { listTargets } from './release/target.ts';
import { checkFreeze } from './release/within-freeze.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

/** ShiftTraffic: gives green the weight of a step on every target. Before the first it begins to watch the alarms, and looks at them and at the freeze windows once more. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'events' | 'table' | 'names'>) =>
  task(async ({ releaseId, step, at }: { releaseId: string; step: number; at: string }) => {
    const record = await getGoingOn(aws.table, releaseId);
    const watching = record.step === undefined ? await beginToWatch(aws, record, at) : record;

    const trying = await changeRecord(aws.table, watching, tryStep(step, at));
    const moved = await moveAliases(aws, trying, changedTargets(trying), { kind: 'shift', step });
    const left = moved.flatMap((one) => one.left ?? []);
    if (left.length > 0) throw new ReleaseError('AliasMoved', listFew(left));

    const done = await flush(aws, await changeRecord(aws.table, trying, shifted(at)));
    const shifting = changedTargets(done).filter((target) => targetWeightOf(done, target) > 0);
    return {
      step,
      message:
        shifting.length > 0
          ? `${weightOf(done)} % of ${listTargets(shifting)} goes to green (step ${step + 1} of ${done.plan.length})`
          : `there is no traffic to shift: the promotion makes the alias of ${listTargets(changedTargets(done))}`,
    };
  });

/** Watch first, then look: an alarm that goes red in between is seen by both rather than by none. */
async function beginToWatch(
  { cloudwatch, table, ...aws }: Pick<Aws, 'lambda' | 'cloudwatch' | 'table' | 'names'>,
  record: ReleaseRecord,
  at: string,
): Promise<ReleaseRecord> {
  const watching = await changeRecord(table, record, watch(at));
  await watchAlarms(table, record.id, record.alarms);
  // Plan took it that this is its time: an approval or a hook may have taken hours since. What comes after is held step by step.
  const freeze = await askFreeze(aws, { request: record.request, plan: record.plan.slice(0, 1) }, at);
  const problems = problemsOf([
    checkFreeze(record.request, freeze),
    ...checkAlarms(await readAlarms(cloudwatch, record.alarms), record.request, record.alarmsAwaitingOk),
  ]);
  if (problems.length > 0) throw new ReleaseError('PreflightFailed', listFew(problems));
  return watching;
}

export const handler = createHandler({
  lambda: connectLambda(),
  cloudwatch: connectCloudWatch(),
  events: connectEvents(),
  table: connectTable(),
  names: connectNames(),
});
