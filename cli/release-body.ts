import { inlineFiles, type ReadFile } from '../client/inline-files.ts';
import { fieldsFor, parseTeamFile, type ReleaseFields } from '../client/team-file.ts';
import { parseRequest } from '../functions/release/request.ts';
import { describeWrong } from './explain.ts';
import { EXIT, Failure } from './failure.ts';

/** What a person says of a release on the command line. */
export interface ReleaseFlags {
  alias: string;
  /** A version of the one function that is named. */
  published?: string;
  plan?: string;
  alarms?: 'auto';
  alarm?: string[];
  stack?: string[];
  tag?: string[];
  reason?: string;
  again?: boolean;
  onRoleChange?: string;
  preview?: string;
  unwatched?: boolean;
  approval?: 'traffic' | 'promote';
  startAt?: string;
  ifBusy?: 'fail' | 'wait' | 'replace';
  overrideFreeze?: string;
  warm?: number;
  rollbackWindow?: string;
  keepVersions?: number;
  beforeTraffic?: string[];
  afterTraffic?: string[];
  afterRevert?: string[];
}

/** A file that says something of a release. */
export interface Source {
  text: string;
  /** Reads a file that it names, by the path from its own folder. */
  readFile: ReadFile;
}

/** Undefined when there is none. */
interface Files {
  /** --file */
  given: Source | undefined;
  /** teal.json of the current folder. */
  team: Source | undefined;
}

export type ReleaseBody = Record<string, unknown> & { targets: unknown[] };

/** The body of `POST /releases`: the flags over the file over teal.json. Throws a Failure that says everything that is wrong with it. */
export function releaseBody(functions: string[], flags: ReleaseFlags, files: Files): ReleaseBody {
  const { targets: givenTargets = [], ...given } = readGiven(files.given);
  const { alias, published } = flags;
  if (published !== undefined && functions.length !== 1) throw usage('--published is a version of one function: name that one alone');
  const targets = [
    ...givenTargets,
    ...functions.map((name) => {
      // As every answer of Teal names a target.
      const [own = '', ofOwn = alias] = name.split(':');
      return { function: own, alias: ofOwn, ...(published !== undefined && { version: published }) };
    }),
    ...(flags.stack ?? []).map((stack) => ({ stack, alias })),
    ...(flags.tag ?? []).map((tag) => ({ tag, alias })),
  ];
  if (targets.length === 0) throw usage('name what to release: functions, --stack, --tag, or targets in --file');
  const alarms = flags.alarms ?? flags.alarm;
  const own: ReleaseFields = {
    ...given,
    ...(flags.plan !== undefined && { plan: flags.plan }),
    ...(alarms !== undefined && { alarms }),
    ...(flags.reason !== undefined && { reason: flags.reason }),
    ...(flags.again && { again: true }),
    ...(flags.onRoleChange !== undefined && { onRoleChange: flags.onRoleChange }),
    ...(flags.preview !== undefined && { preview: flags.preview }),
    ...(flags.unwatched && { unwatched: true }),
    ...(flags.approval && { approval: { ...(given.approval as object | undefined), before: flags.approval } }),
    ...(flags.startAt !== undefined && { startAt: flags.startAt }),
    ...(flags.ifBusy !== undefined && { ifBusy: flags.ifBusy }),
    ...(flags.overrideFreeze !== undefined && { overrideFreeze: flags.overrideFreeze }),
    ...(flags.warm !== undefined && { warm: flags.warm }),
    ...(flags.rollbackWindow !== undefined && { rollbackWindow: flags.rollbackWindow }),
    ...(flags.keepVersions !== undefined && { keepVersions: flags.keepVersions }),
    ...withHooks(flags, given),
  };
  const body = { targets, ...withTeam(files.team, functionsOf(targets), own) };
  const parsed = parseRequest(body);
  if ('wrong' in parsed) throw usage(describeWrong(parsed.wrong));
  return body;
}

/** Those of a moment that the command line names go before the file's. */
function withHooks({ beforeTraffic, afterTraffic, afterRevert }: ReleaseFlags, given: ReleaseFields): ReleaseFields {
  const named = Object.entries({ beforeTraffic, afterTraffic, afterRevert }).filter(([, functions]) => functions !== undefined);
  return named.length === 0 ? {} : { hooks: { ...(given.hooks as object | undefined), ...Object.fromEntries(named) } };
}

function readGiven(source: Source | undefined): { targets?: unknown[] } & ReleaseFields {
  if (source === undefined) return {};
  let given: unknown;
  try {
    given = JSON.parse(source.text);
  } catch (error) {
    throw usage(`--file is not JSON: ${(error as Error).message}`);
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw usage('--file is not a JSON object');
  const { targets } = given as { targets?: unknown };
  if (targets !== undefined && !Array.isArray(targets)) throw usage('targets of --file: is a list of functions');
  const { fields, wrong } = inlineFiles(given as { targets?: unknown[] } & ReleaseFields, source.readFile);
  if (wrong.length > 0) throw usage(describeWrong(wrong));
  return fields;
}

/** The names of the functions; undefined where a stack or a tag stands for some. */
function functionsOf(targets: unknown[]): string[] | undefined {
  const names = targets.map((target) => (typeof target === 'string' ? target : (target as { function?: string } | null)?.function));
  return names.every((name) => name !== undefined) ? names : undefined;
}

function withTeam(source: Source | undefined, functions: string[] | undefined, own: ReleaseFields): ReleaseFields {
  if (source === undefined) return own;
  const team = parseTeamFile(source.text, source.readFile);
  if ('wrong' in team)
    throw usage(describeWrong(team.wrong.map(({ field, message }) => ({ field: `teal.json ${field}`.trim(), message }))));
  return fieldsFor(team, functions, own).fields;
}

const usage = (message: string) => new Failure(EXIT.usage, message);
