import { connect, type Place } from './connect.ts';
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
  const answer = await teal.call<ReleaseSummary>('POST', `/releases/${encodeURIComponent(id)}/${name}`, {
    body,
    idempotencyKey: machine.newKey(),
  });
  machine.write(
    options.json ? `${JSON.stringify(answer)}\n` : `Release ${id} ${DONE[name]} (now ${answer.status}). To see it: teal watch ${id}\n`,
  );
}
