import pMap from 'p-map';
import { type Aws, connectLambdaToInvoke, connectTable } from './aws/connect.ts';
import { invokeVersion } from './aws/function.ts';
import { getGoingOn } from './flow/going-on.ts';
import { TARGETS_AT_ONCE } from './flow/move-alias.ts';
import { ReleaseError } from './release/errors.ts';
import { provisionedTargets } from './release/provisioned-concurrency.ts';
import { changedTargets } from './release/record.ts';
import { findSmokeProblem } from './release/smoke-test.ts';
import { targetsNamed } from './release/target.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

/** SmokeTest: calls each green with the release's test requests before any user does. A wrong answer rejects the release. */
export const createHandler = ({ lambda, table }: Pick<Aws, 'lambda' | 'table'>) =>
  task(async ({ releaseId }: { releaseId: string }) => {
    const record = await getGoingOn(table, releaseId);
    const tests = record.request.smokeTests.flatMap((test) =>
      targetsNamed(test.target, changedTargets(record)).map((target) => ({ test, target })),
    );
    const problems = await pMap(
      tests,
      async ({ test, target }) => {
        const problem = findSmokeProblem(test, await invokeVersion(lambda, target.function, target.green!, test.payload));
        return problem ? [`smoke test of version ${target.green} of ${target.function}: ${problem}`] : [];
      },
      { concurrency: TARGETS_AT_ONCE },
    );
    if (problems.flat().length > 0) throw new ReleaseError('SmokeTestFailed', listFew(problems.flat()));
    // What the state machine asks before the first shift; absent where no blue has any.
    const provisions = provisionedTargets(record).length > 0 ? true : undefined;
    return {
      step: 0,
      provisions,
      message: tests.length === 0 ? 'no smoke test to run' : `${tests.length} of ${tests.length} smoke tests passed`,
    };
  });

export const handler = createHandler({ lambda: connectLambdaToInvoke(), table: connectTable() });
