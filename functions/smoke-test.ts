import pMap from 'p-map';
import { type Aws, connectLambdaToInvoke, connectTable } from './aws/connect.ts';
import { invokeVersion } from './aws/function.ts';
import { getGoingOn } from './flow/going-on.ts';
import { ReleaseError } from './release/errors.ts';
import { provisionedTargets } from './release/provisioned-concurrency.ts';
import { callsOf, type SmokeCall } from './release/smoke-test/calls.ts';
import { findSmokeProblem } from './release/smoke-test/problem.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

/** A function may have few instances: a call that it has none for would be a smoke test that says nothing. */
const CALLS_AT_ONCE = 4;
/** For the record of what had no answer, before Lambda ends this function. */
const MARGIN_MS = 10_000;

interface Needs extends Pick<Aws, 'lambda' | 'table'> {
  pause(ms: number): Promise<void>;
}

/** SmokeTest: calls each green with the release's test requests before any user does. A wrong answer rejects the release. */
export const createHandler = ({ lambda, table, pause }: Needs) =>
  task(async ({ releaseId, at }: { releaseId: string; at: string }, context) => {
    const record = await getGoingOn(table, releaseId);
    // What the state machine asks before the first shift; absent where no blue has any.
    const provisions = provisionedTargets(record).length > 0 ? true : undefined;
    const calls = callsOf(record, at);
    if (calls.length === 0) return { step: 0, provisions, message: 'no smoke test to run' };
    const leftMs = context.getRemainingTimeInMillis() - MARGIN_MS;
    const unanswered = new Set(calls);
    const late = pause(leftMs).then(() => {
      throw new ReleaseError('SmokeTestFailed', describeLate([...unanswered], calls.length, leftMs));
    });
    const run = pMap(
      calls,
      async (call) => {
        const problem = await findProblem(lambda, call);
        unanswered.delete(call);
        return problem ? [`${call.name}: ${problem}`] : [];
      },
      { concurrency: CALLS_AT_ONCE },
    );
    const problems = (await Promise.race([run, late])).flat();
    if (problems.length > 0) throw new ReleaseError('SmokeTestFailed', listFew(problems));
    const compared = calls.filter(({ blue }) => blue !== undefined).length;
    const comparison = compared > 0 ? `, ${compared} of them compared with blue` : '';
    return { step: 0, provisions, message: `${calls.length} of ${calls.length} smoke tests passed${comparison}` };
  });

async function findProblem(lambda: Aws['lambda'], { test, target, payload, blue }: SmokeCall): Promise<string | undefined> {
  const invoke = (version: string, isLogWanted: boolean) => invokeVersion(lambda, target.function, version, payload, { isLogWanted });
  const [green, blues] = await Promise.all([
    invoke(target.green!, test.maxDurationMs !== undefined),
    blue === undefined ? undefined : invoke(blue, false),
  ]);
  return findSmokeProblem(test, green, blues && { ...blues, version: blue! });
}

function describeLate(unanswered: SmokeCall[], count: number, leftMs: number): string {
  const names = listFew(
    unanswered.map(({ name }) => name),
    '; ',
    3,
  );
  return `${unanswered.length} of ${count} smoke tests had no answer after ${Math.round(leftMs / 1000)} s, which is all the time that there is for them: ${names}. Have fewer, or call what answers sooner`;
}

export const handler = createHandler({
  lambda: connectLambdaToInvoke(),
  table: connectTable(),
  // A release that is done with does not wait for it.
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
});
