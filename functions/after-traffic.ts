import { type Aws, connectEvents, connectLambdaToInvoke, connectStepFunctions, connectTable } from './aws/connect.ts';
import type { HookEvent } from './flow/call-hook.ts';
import { endWithHooks } from './flow/end-with-hooks.ts';
import { task } from './runtime/task.ts';

/** AfterTraffic: calls the next hook of this moment, green serving for good, and ends the release after the last. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'sfn' | 'events' | 'table'>) =>
  task((event: HookEvent, context) => endWithHooks(aws, 'afterTraffic', event, context));

export const handler = createHandler({
  lambda: connectLambdaToInvoke(),
  sfn: connectStepFunctions(),
  events: connectEvents(),
  table: connectTable(),
});
