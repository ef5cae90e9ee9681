import { targetKey } from '../functions/release/target.ts';
import { connect, type Place } from './connect.ts';
import { explain } from './explain.ts';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import type { ReleaseSummary } from './release-answer.ts';

export interface RollbackOptions extends Place {
  alias: string;
  reason: string;
  evenAfterContract?: boolean;
  direct?: boolean;
  /** A version; only direct. */
  to?: string;
  json?: boolean;
}

/** `teal rollback`: back to the version before the last release, after its end. Returns the exit code. */
export async function rollback(machine: Machine, functions: string[], options: RollbackOptions): Promise<number> {
  if (options.to !== undefined && !options.direct)
    throw new Failure(
      EXIT.usage,
      `--to goes only with --direct: without it, release the version that you want: teal release ${functions[0]} --alias ${options.alias} --published ${options.to}`,
    );
  if (options.to !== undefined && functions.length > 1)
    throw new Failure(EXIT.usage, '--to is a version of one function: roll the others back by themselves');
  if (options.direct) return (await import('./direct-rollback.ts')).rollBackDirectly(machine, functions, options);

  const { alias, reason, evenAfterContract } = options;
  const targets = functions.map((name) => ({ function: name, alias }));
  const body = { targets, reason, ...(evenAfterContract && { evenAfterContract }) };
  const answer = await connect(machine, options)
    .then((teal) => teal.call<ReleaseSummary>('POST', '/rollbacks', { body, idempotencyKey: machine.newKey() }))
    .catch((error) => {
      throw withDirect(explain(error), functions);
    });
  machine.write(options.json ? `${JSON.stringify(answer)}\n` : describe(answer));
  return answer.targets.some(({ moved }) => moved) ? EXIT.moved : EXIT.ok;
}

function describe({ id, targets }: ReleaseSummary): string {
  const lines = targets.map((target) =>
    target.moved
      ? `${targetKey(target)} is left as it is: ${target.moved}`
      : `${targetKey(target)} is on version ${target.green} again (it was on ${target.blue})`,
  );
  return `${[...lines, `In the history: teal show ${id}`].join('\n')}\n`;
}

/** Whoever cannot reach Teal needs it least of all to be back on the version before. */
function withDirect(error: unknown, functions: string[]): unknown {
  if (!(error instanceof Failure) || error.exitCode !== EXIT.unreachable) return error;
  return new Failure(
    error.exitCode,
    `${error.message}\nWithout Teal, by your own permissions in Lambda: teal rollback ${functions.join(' ')} --direct --reason …`,
    {
      cause: error,
    },
  );
}
