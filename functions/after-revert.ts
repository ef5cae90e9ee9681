import { type Aws, connectEvents, connectLambdaToInvoke, connectStepFunctions, connectTable } from './aws/connect.ts';
import type { HookEvent } from './flow/call-hook.ts';
import { endWithHooks } from './flow/end-with-hooks.ts';
import { task } from './runtime/task.ts';

/** AfterRevert: calls the next hook of this moment, blue serving again, and ends the release after the last. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'sfn' | 'events' | 'table'>) =>
  task((event: HookEvent, context) => endWithHooks(aws, 'afterRevert', event, context));

export const handler = createHandler({
  lambda: connectLambdaToInvoke(),
  sfn: connectStepFunctions(),
  events: connectEvents(),
  table: connectTable(),
});
