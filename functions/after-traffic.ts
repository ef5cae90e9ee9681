import { type Aws, connectEvents, connectLambdaToInvoke, connectStepFunctions, connectTable } from './aws/connect.ts';
import { settleTask } from './aws/executions.ts';
import { assertDecided, callHook, type HookEvent } from './flow/call-hook.ts';
import { close } from './flow/settle.ts';
import { task } from './runtime/task.ts';

/** AfterTraffic: calls the next hook of this moment, green serving for good, and ends the release after the last. One that fails changes nothing any more: the end tells it. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'sfn' | 'events' | 'table'>) =>
  task(async (event: HookEvent, context) => {
    const done = await callHook(aws, 'afterTraffic', event, context, assertDecided('promote'));
    if (!done) return;
    const over = await close(aws, done, event.at);
    await settleTask(aws.sfn, event.token, { allHooksDone: true, outcome: over.status, message: over.reason!.message });
  });

export const handler = createHandler({
  lambda: connectLambdaToInvoke(),
  sfn: connectStepFunctions(),
  events: connectEvents(),
  table: connectTable(),
});
