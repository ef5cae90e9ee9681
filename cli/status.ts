import { ApiError } from '../client/api.ts';
import { visible } from '../client/visible.ts';
import { withCommands } from '../client/with-commands.ts';
import { connect, type Place, type Teal } from './connect.ts';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import { suggestFunctions } from './nearest.ts';
import { showTime } from './table.ts';

/** As `GET /functions/{name}/aliases/{alias}` answers. */
export interface AliasAnswer {
  function: string;
  alias: string;
  version: string;
  /** Percent. */
  weights: Record<string, number>;
  since?: string;
  release?: string;
  inFlight?: string;
  /** Of the release in flight, once they are known. */
  blue?: string;
  green?: string;
  /** Releases that have not begun. */
  waiting?: { id: string; status: string; message: string }[];
  stack: { stack: string; logicalId: string } | 'unknown' | null;
  /** Null when CloudWatch did not answer. */
  requestsOfLastDay: { ofFunction: number; ofAlias: number } | null;
  warnings: string[];
  message?: string;
}

/** `teal status`: who serves an alias's traffic now, since when, and by which release. */
export async function status(machine: Machine, name: string, options: Place & { alias: string; json?: boolean }): Promise<void> {
  const teal = await connect(machine, options);
  const answer = await readAlias(teal, { function: name, alias: options.alias }).catch(async (error) => {
    if (!(error instanceof ApiError) || error.status !== 404 || error.problem.detail === undefined) throw error;
    // Teal knows what served, and has said how to make it again.
    if (error.problem.servedBefore !== undefined) throw new Failure(EXIT.usage, visible(String(error.problem.detail)));
    const [suggestion = `If the function is there, give it the alias: teal adopt ${name} --alias ${options.alias}`] =
      await suggestFunctions(teal.aws, [name]);
    throw new Failure(EXIT.usage, `${String(error.problem.detail)} ${suggestion}`);
  });
  machine.write(options.json ? `${JSON.stringify(answer)}\n` : describe(answer));
}

export const readAlias = (teal: Teal, target: { function: string; alias: string }): Promise<AliasAnswer> =>
  teal.call('GET', `/functions/${encodeURIComponent(target.function)}/aliases/${encodeURIComponent(target.alias)}`);

function describe(answer: AliasAnswer): string {
  const {
    version,
    weights,
    since,
    release,
    inFlight,
    blue,
    green: next,
    waiting = [],
    stack,
    requestsOfLastDay: requests,
    warnings,
    message,
  } = answer;
  const split = Object.entries(weights).map(([green, weight]) => `, version ${green} gets ${weight} %`);
  const sides = blue && next ? ` from version ${blue} to version ${next}` : '';
  return [
    `${answer.function}:${answer.alias} is on version ${version}${split.join('')}`,
    ...(since ? [`since ${showTime(since)} UTC, by release ${release}`] : []),
    ...(message ? [message] : []),
    ...(inFlight ? [`release ${inFlight} is in flight${sides}: teal watch ${inFlight}`] : []),
    ...waiting.map(({ id, status: state, message: why }) => `release ${id} is ${state}: ${why}`),
    ...(typeof stack === 'object' && stack ? [`the alias is ${stack.logicalId} of stack ${stack.stack}`] : []),
    ...(requests
      ? [
          `${requests.ofAlias.toLocaleString('en')} requests in the last day, of ${requests.ofFunction.toLocaleString('en')} to the function by any name`,
        ]
      : []),
    ...warnings.map((warning) => `! ${visible(withCommands(warning))}`),
    '',
  ].join('\n');
}
