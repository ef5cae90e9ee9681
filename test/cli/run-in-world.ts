import { connectAws } from '../../cli/aws.ts';
import type { Machine } from '../../cli/machine.ts';
import { runTeal } from '../../cli/run.ts';
import type { World } from '../world.ts';

export interface Run {
  exitCode: number;
  /** What programs read. */
  output: string;
  /** What the person reads beside. */
  said: string;
  /** By path. */
  written: Record<string, string>;
}

export interface Circumstances {
  env?: Record<string, string>;
  files?: Record<string, string>;
  terminal?: Machine['terminal'];
  /** Something that is done once the output matches. */
  when?: [RegExp, () => Promise<unknown>];
  /** Stands for a disk. */
  appendFile?: Machine['appendFile'];
  /** Sees each call. */
  onUrl?: (url: string) => void;
  onBody?: (body: unknown) => void;
  onHeaders?: (headers: Record<string, string>) => void;
  /** Stands before the API. */
  connection?: (path: string, send: () => Promise<Response>) => Promise<Response>;
  /** Stands for what the person's credentials may do. */
  aws?: Partial<ReturnType<Machine['connectAws']>>;
}

const BETWEEN_READINGS_MS = 3000;

export const API = 'https://teal.execute-api.eu-west-1.amazonaws.com';

/** Runs `teal` in this process, as a person in the world's account would. Time passes in the world while it waits. */
export async function runInWorld(world: World, args: string[], circumstances: Circumstances = {}): Promise<Run> {
  const { env = { TEAL_API: API }, files = {}, terminal, connection = (_, send) => send(), aws = {} } = circumstances;
  let { when } = circumstances;
  let [output, said] = ['', ''];
  const written: Record<string, string> = {};
  const { clock } = world.aws.ground;
  const exitCode = await runTeal(args, {
    env,
    terminal,
    newKey: () => `key-${clock.nowMs()}`,
    nowMs: () => clock.nowMs(),
    async wait(ms) {
      if (when?.[0].test(output + said)) {
        const [, act] = when;
        when = undefined;
        await act();
      }
      // Between two readings of a release more time passes than for a person: none of what they tell is shorter.
      await clock.advanceTo(clock.nowMs() + (ms === BETWEEN_READINGS_MS ? 5 * ms : ms));
    },
    async fetch(url, { method = 'GET', body, headers }) {
      circumstances.onUrl?.(url);
      if (body) circumstances.onBody?.(JSON.parse(body as string));
      circumstances.onHeaders?.(headers as Record<string, string>);
      const { pathname, search } = new URL(url);
      return connection(pathname, async () => {
        const answer = await world.call(method, pathname + search, body ?? undefined, headers as Record<string, string>);
        return Response.json(answer.body, { status: answer.status });
      });
    },
    write: (text) => {
      output += text;
    },
    warn: (line) => {
      said += `${line}\n`;
    },
    connectAws: ({ region }) => ({ ...connectAws({ region }, world.aws.clientConfig), ...aws }),
    readFile: (path) => files[path],
    appendFile:
      circumstances.appendFile ??
      ((path, text) => {
        written[path] = (written[path] ?? '') + text;
      }),
    onInterrupt: () => () => {},
  });
  return { exitCode, output, said, written };
}
