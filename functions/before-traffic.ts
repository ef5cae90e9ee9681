import { type Aws, connectLambdaToInvoke, connectStepFunctions, connectTable } from './aws/connect.ts';
import { settleTask } from './aws/executions.ts';
import { callHook, type HookEvent } from './flow/call-hook.ts';
import { ReleaseError } from './release/errors.ts';
import { failedHook } from './release/hooks.ts';
import { assertGoingOn } from './release/record.ts';
import { task } from './runtime/task.ts';

/** BeforeTraffic: calls the next hook of this moment. One that fails rejects the release. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'sfn' | 'table'>) =>
  task(async (event: HookEvent, context) => {
    const done = await callHook(aws, 'beforeTraffic', event, context, assertGoingOn);
    if (!done) return;
    const failed = failedHook(done, 'beforeTraffic');
    if (failed) throw new ReleaseError('HookFailed', `before-traffic hook ${failed.function} failed: ${failed.reason}`);
    await settleTask(aws.sfn, event.token, { allHooksDone: true, message: 'all before-traffic hooks passed' });
  });

export const handler = createHandler({ lambda: connectLambdaToInvoke(), sfn: connectStepFunctions(), table: connectTable() });
