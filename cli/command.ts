import { ApiError } from '../client/api.ts';
import { visible } from '../client/visible.ts';
import { withCommands } from '../client/with-commands.ts';
import { connect, type Place } from './connect.ts';
import { explain } from './explain.ts';
import { Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import type { ReleaseSummary } from './release-answer.ts';

export type CommandName = 'promote' | 'advance' | 'abort' | 'pause' | 'resume' | 'approve' | 'decline';

const DONE: Record<CommandName, string> = {
  promote: 'is asked to promote at once, without the bakes that are left',
  advance: 'is asked to go on to the next step',
  abort: 'is aborted: users are put back on the version before',
  pause: 'stays at its weight, watched, until teal resume: at this bake, or at the next where none is open',
  resume: 'goes on',
  approve: 'is approved',
  decline: 'is declined: users stay on the version before, or are put back on it',
};

/** `teal promote`, `advance`, `abort`, `pause`, `resume`, `approve` and `decline`: what a person asks of a release in flight. */
export async function command(
  machine: Machine,
  name: CommandName,
  id: string,
  options: Place & { reason?: string; json?: boolean },
): Promise<void> {
  const teal = await connect(machine, options);
  const body = options.reason === undefined ? {} : { reason: options.reason };
  const path = `/releases/${encodeURIComponent(id)}/${name}`;
  const answer = await teal
    .call<ReleaseSummary & { message?: string }>('POST', path, { body, idempotencyKey: machine.newKey() })
    .catch((error) => {
      const failure = explain(error);
      // The next command has a key of its own, and so would be another one: to advance twice skips two steps.
      const isUnknown = error instanceof ApiError && (error.status === undefined || error.status >= 500);
      if (!isUnknown || !(failure instanceof Failure)) throw error;
      const unknown = `Whether Teal has taken it is not known: before you ask again, look at teal show ${id}`;
      throw new Failure(failure.exitCode, `${failure.message}. ${unknown}`, { cause: error });
    });
  if (options.json) return machine.write(`${JSON.stringify(answer)}\n`);
  const besides = answer.message === undefined ? '' : ` ${visible(withCommands(answer.message))}`;
  machine.write(`Release ${id} ${DONE[name]} (now ${answer.status}).${besides} To see it: teal watch ${id}\n`);
}
