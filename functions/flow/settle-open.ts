import type { Aws } from '../aws/connect.ts';
import { settleTask } from '../aws/executions.ts';
import { toldEndOf } from '../release/changes.ts';
import { allHooksDone } from '../release/hooks.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { bakeOutput } from '../release/verdict.ts';
import { comesAfterDecision, waitOutput } from '../release/waiting.ts';

/** Ends whatever a release's execution waits for, a bake or another state, when that is over: by a verdict, or by the decision. False when it goes on. */
export async function settleOpen(sfn: Aws['sfn'], record: ReleaseRecord): Promise<boolean> {
  if (await settleBake(sfn, record)) return true;
  const output = waitOutput(record);
  if (!output) return false;
  await settleTask(sfn, record.waiting!.token, output);
  return true;
}

/** The same of a release that ends here, outside its execution: the hooks that it waits for can do nothing for it any more. */
export async function settleWhatIsLeft(sfn: Aws['sfn'], record: ReleaseRecord): Promise<void> {
  if (!record.waiting || !comesAfterDecision(record.waiting)) return void (await settleOpen(sfn, record));
  await settleTask(sfn, record.waiting.token, allHooksDone(toldEndOf(record)));
}

/** Ends the Bake state when the bake has a verdict or the release a decision. False when it goes on. */
export async function settleBake(sfn: Aws['sfn'], record: ReleaseRecord): Promise<boolean> {
  const output = bakeOutput(record);
  if (!output || !record.bake) return false;
  await settleTask(sfn, record.bake.token, output);
  return true;
}
