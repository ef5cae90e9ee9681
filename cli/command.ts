import { ApiError } from '../client/api.ts';
import { connect, type Place } from './connect.ts';
import { explain } from './explain.ts';
import { Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import type { ReleaseSummary } from './release-answer.ts';

export type CommandName = 'promote' | 'advance' | 'abort';

const DONE: Record<CommandName, string> = {
  promote: 'is asked to promote at once, without the bakes that are left',
  advance: 'is asked to go on to the next step',
  abort: 'is aborted: users are put back on the version before',
};

/** `teal promote`, `advance` and `abort`: what a person asks of a release in flight. */
export async function command(
  machine: Machine,
  name: CommandName,
  id: string,
  options: Place & { reason?: string; json?: boolean },
): Promise<void> {
  const teal = await connect(machine, options);
  const body = options.reason === undefined ? {} : { reason: options.reason };
  const path = `/releases/${encodeURIComponent(id)}/${name}`;
  const answer = await teal.call<ReleaseSummary>('POST', path, { body, idempotencyKey: machine.newKey() }).catch((error) => {
    const failure = explain(error);
    // The next command has a key of its own, and so would be another one: to advance twice skips two steps.
    const isUnknown = error instanceof ApiError && (error.status === undefined || error.status >= 500);
    if (!isUnknown || !(failure instanceof Failure)) throw error;
    const unknown = `Whether Teal has taken it is not known: before you ask again, look at teal show ${id}`;
    throw new Failure(failure.exitCode, `${failure.message}. ${unknown}`, { cause: error });
  });
  machine.write(
    options.json ? `${JSON.stringify(answer)}\n` : `Release ${id} ${DONE[name]} (now ${answer.status}). To see it: teal watch ${id}\n`,
  );
}
