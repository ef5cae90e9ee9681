import type { Aws } from '../aws/connect.ts';
import { settleTask } from '../aws/executions.ts';
import { allHooksDone } from '../release/hooks.ts';
import { assertDecided, callHook, type HookEvent } from './call-hook.ts';
import { close } from './settle.ts';

const SIDES = { afterTraffic: 'promote', afterRevert: 'revert' } as const;

/** Calls the next hook of a moment after the decision, and ends the release after the last. One that fails changes nothing any more: the end tells it. */
export async function endWithHooks(
  aws: Pick<Aws, 'lambda' | 'sfn' | 'events' | 'table'>,
  moment: keyof typeof SIDES,
  event: HookEvent,
  context: { invokedFunctionArn: string },
): Promise<void> {
  const done = await callHook(aws, moment, event, context, assertDecided(SIDES[moment]));
  if (!done) return;
  await settleTask(aws.sfn, event.token, allHooksDone(await close(aws, done, event.at)));
}
