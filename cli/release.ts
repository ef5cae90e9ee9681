import { dirname, isAbsolute, join } from 'node:path';
import { listTargets } from '../functions/release/target.ts';
import { connect, type Place } from './connect.ts';
import { dryRun } from './dry-run.ts';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import { suggestFunctions } from './nearest.ts';
import type { ReleaseSummary } from './release-answer.ts';
import { type ReleaseFlags, releaseBody, type Source } from './release-body.ts';
import { watchToEnd } from './watch.ts';

export interface ReleaseOptions extends Place, ReleaseFlags {
  file?: string;
  detach?: boolean;
  dryRun?: boolean;
  json?: boolean;
  color: boolean;
}

const TEAM_FILE = 'teal.json';

/** `teal release`: starts a release and watches it to its end. Returns the exit code. */
export async function release(machine: Machine, functions: string[], options: ReleaseOptions): Promise<number> {
  const given = options.file === undefined ? undefined : readSource(machine, options.file);
  if (options.file !== undefined && given === undefined) throw new Failure(EXIT.usage, `There is no file ${options.file}`);
  const body = releaseBody(functions, options, { given, team: readSource(machine, TEAM_FILE) });

  const teal = await connect(machine, options);
  if (options.dryRun) return dryRun(machine, teal, body, options);
  const started = await teal.call<ReleaseSummary>('POST', '/releases', { body, idempotencyKey: machine.newKey() });
  const { id, targets } = started;
  if (options.detach) {
    const later = `Release ${id} of ${listTargets(targets)} goes on by itself. To watch it: teal watch ${id}`;
    machine.write(options.json ? `${JSON.stringify(started)}\n` : `${later}\n`);
    return EXIT.ok;
  }
  if (!options.json) machine.write(`Release ${id} of ${listTargets(targets)}\n`);
  const { exitCode, ended } = await watchToEnd(machine, teal, id, options);
  if (ended.reason?.code === 'preflight')
    for (const line of await suggestFunctions(
      teal.aws,
      ended.targets.map((target) => target.function),
    ))
      machine.warn(line);
  return exitCode;
}

function readSource(machine: Machine, file: string): Source | undefined {
  const text = machine.readFile(file);
  return text === undefined
    ? undefined
    : { text, readFile: (path) => machine.readFile(isAbsolute(path) ? path : join(dirname(file), path)) };
}
