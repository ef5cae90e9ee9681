import pMap from 'p-map';
import { type Aws, connectLambdaToWarm, connectTable } from './aws/connect.ts';
import { invokeAtOnce } from './aws/function.ts';
import { changeRecord } from './aws/records.ts';
import { isTransient } from './aws/transient.ts';
import { getGoingOn } from './flow/going-on.ts';
import { TARGETS_AT_ONCE } from './flow/move-alias.ts';
import { note } from './release/changes.ts';
import { ReleaseError } from './release/errors.ts';
import { changedTargets, type ReleaseRecord, type ReleaseTarget } from './release/record.ts';
import { callsOf } from './release/smoke-test/calls.ts';
import { describeWarmUp, type WarmedUp, warmUpPayload } from './release/warm.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

/**
 * WarmUp: sends each green so many requests at once, just before its first traffic. They go to the version and not through the
 * alias, so the judge counts none. What green answers is noted and rejects nothing; that it cannot be invoked does.
 */
export const createHandler = ({ lambda, table }: Pick<Aws, 'lambda' | 'table'>) =>
  task(async ({ releaseId, at }: { releaseId: string; at: string }) => {
    const record = await getGoingOn(table, releaseId);
    const warmed = await pMap(changedTargets(record), (target) => warmUp(lambda, record, target, at), { concurrency: TARGETS_AT_ONCE });
    const texts = warmed.map(describeWarmUp);
    await changeRecord(table, record, note(texts, at));
    return { step: 0, message: listFew(texts) };
  });

async function warmUp(lambda: Aws['lambda'], record: ReleaseRecord, target: ReleaseTarget, at: string): Promise<WarmedUp> {
  const { warm } = record.request;
  if (!warm) throw new Error('the release says nothing of a warm-up');
  const payload = warmUpPayload(warm, callsOf(record, at), target);
  try {
    return { target, count: warm.count, ...(await invokeAtOnce(lambda, target.function, target.green!, payload, warm.count)) };
  } catch (error) {
    if (isTransient(error)) throw error;
    const { name, message } = error as Error;
    throw new ReleaseError(
      'PreflightFailed',
      `version ${target.green} of ${target.function} could not be invoked for its warm-up: ${name}: ${message}`,
      {
        cause: error,
      },
    );
  }
}

export const handler = createHandler({ lambda: connectLambdaToWarm(), table: connectTable() });
