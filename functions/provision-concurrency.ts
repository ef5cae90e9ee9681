import pMap from 'p-map';
import { putAfterwards } from './aws/afterwards.ts';
import { type Aws, connectLambda, connectTable } from './aws/connect.ts';
import { getProvisioned, putProvisioned } from './aws/provisioned-concurrency.ts';
import { changeRecord } from './aws/records.ts';
import { getGoingOn } from './flow/going-on.ts';
import { TARGETS_AT_ONCE } from './flow/move-alias.ts';
import { assertReady, givenTargets, givingConcurrency, lookAgainAt, provisionedTargets } from './release/provisioned-concurrency.ts';
import type { ReleaseTarget } from './release/record.ts';
import { targetKey } from './release/target.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

/**
 * ProvisionConcurrency: gives each green the provisioned concurrency that blue has, unless somebody gave it some already, and
 * passes once it is there. Not yet is the error VersionNotActive, which the state machine tries again.
 */
export const createHandler = ({ lambda, table }: Pick<Aws, 'lambda' | 'table'>) =>
  task(async ({ releaseId, at }: { releaseId: string; at: string }) => {
    const record = await getGoingOn(table, releaseId);
    const found = await pMap(
      provisionedTargets(record),
      async (target) => ({ target, has: await getProvisioned(lambda, target.function, target.green!) }),
      { concurrency: TARGETS_AT_ONCE },
    );
    // What is to be taken back is noted before Lambda is asked, and looked at again however this release ends.
    await putAfterwards(table, { releaseId, dueAt: lookAgainAt(at), quiet: {} });
    const lacking = found.flatMap(({ target, has }) => (has ? [] : [target]));
    const marked = await changeRecord(table, record, givingConcurrency(lacking, at));
    await pMap(lacking, (target) => putProvisioned(lambda, target.function, target.green!, target.provisionedConcurrency!), {
      concurrency: TARGETS_AT_ONCE,
    });

    const given = new Set(givenTargets(marked).map(targetKey));
    for (const { target, has } of found)
      if (given.has(targetKey(target)))
        assertReady(target, has ?? { requested: target.provisionedConcurrency!, available: 0, status: 'IN_PROGRESS' });
    return { step: 0, message: listFew(found.map(({ target }) => describe(target, given.has(targetKey(target))))) };
  });

const describe = ({ function: name, green, provisionedConcurrency }: ReleaseTarget, isGiven: boolean) =>
  isGiven
    ? `version ${green} of ${name} has a provisioned concurrency of ${provisionedConcurrency}, as blue`
    : `version ${green} of ${name} has provisioned concurrency of its own already, which stays as it is`;

export const handler = createHandler({ lambda: connectLambda(), table: connectTable() });
