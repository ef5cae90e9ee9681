import { listTargets } from '../functions/release/target.ts';
import { connect, type Place } from './connect.ts';
import type { Machine } from './machine.ts';
import type { ReleaseSummary } from './release-answer.ts';
import { formatTable, showTime } from './table.ts';

export interface ListOptions extends Place {
  function?: string;
  status?: string;
  limit?: string;
  json?: boolean;
}

/** `teal list`: the newest releases. */
export async function list(machine: Machine, options: ListOptions): Promise<void> {
  const teal = await connect(machine, options);
  const query = new URLSearchParams();
  for (const name of ['function', 'status', 'limit'] as const) if (options[name] !== undefined) query.set(name, options[name]);
  const answer = await teal.call<{ releases: ReleaseSummary[] }>('GET', `/releases${query.size > 0 ? `?${query}` : ''}`);
  if (options.json) return machine.write(`${JSON.stringify(answer)}\n`);
  if (answer.releases.length === 0) return machine.write('No release.\n');
  machine.write(
    formatTable(
      ['RELEASE', 'STATUS', 'STEP', 'STARTED (UTC)', 'TARGETS'],
      answer.releases.map(({ id, kind, status, approval, waiting, step, startedAt, targets }) => [
        id,
        status === 'awaiting-approval' && approval?.until ? `${status} until ${showTime(approval.until)}` : status,
        kind ?? (step ? `${step.number}/${step.of} ${step.weight} %` : '-'),
        showTime(startedAt),
        `${listTargets(targets)}${waiting ? `: ${waiting.message}` : ''}`,
      ]),
    ),
  );
}
