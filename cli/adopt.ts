import { ApiError } from '../client/api.ts';
import { connect, type Place } from './connect.ts';
import { explain } from './explain.ts';
import { Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import { suggestFunctions } from './nearest.ts';

/** As `POST /adoptions` answers. */
export interface Adoptions {
  functions: {
    function: string;
    alias: string;
    aliasCreated: boolean;
    version: string;
    permissions: { copied: string[]; ofFunction: number };
    ready: boolean;
    notes: string[];
    asynchronousSettings?: { commands: string[]; words: string[] };
    callers?: { kind: string; where: Record<string, string | string[]>; change: { commands: string[]; words: string[] } }[];
  }[];
  notSeen: string[];
}

/** `teal adopt`: gives functions the alias, and tells who still calls them without it. */
export async function adopt(machine: Machine, functions: string[], options: Place & { alias: string; json?: boolean }): Promise<void> {
  const teal = await connect(machine, options);
  const answer = await teal.call<Adoptions>('POST', '/adoptions', { body: { functions, alias: options.alias } }).catch(async (error) => {
    const failure = explain(error);
    if (!(error instanceof ApiError) || error.status !== 400 || !(failure instanceof Failure)) throw error;
    throw new Failure(failure.exitCode, [failure.message, ...(await suggestFunctions(teal.aws, functions))].join('\n'));
  });
  machine.write(options.json ? `${JSON.stringify(answer)}\n` : describeAdoptions(answer));
}

/** A checklist: what is done, what is left to do and how, and what nobody looked at. */
export function describeAdoptions({ functions, notSeen }: Adoptions): string {
  return [
    ...functions.flatMap((adopted) => [...describeFunction(adopted), '']),
    'Not looked at:',
    ...notSeen.map((text) => `  [ ] ${text}`),
    '',
  ].join('\n');
}

function describeFunction(adopted: Adoptions['functions'][number]): string[] {
  const { permissions, callers, asynchronousSettings: settings } = adopted;
  const { copied, ofFunction } = permissions;
  return [
    adopted.function,
    done(`alias ${adopted.alias} ${adopted.aliasCreated ? 'is made' : 'is there already'}, on version ${adopted.version}`),
    done(ofFunction === 0 ? 'nobody is named by a policy of the function' : describeCopied(copied)),
    ...(adopted.ready ? [] : [toDo('the alias cannot serve every caller yet: see the notes, and call again')]),
    ...adopted.notes.map((note) => `  ! ${note}`),
    ...(settings && settings.commands.length + settings.words.length > 0
      ? [toDo('give the alias the settings for asynchronous calls'), ...steps(settings)]
      : []),
    ...(callers ?? []).flatMap(({ kind, where, change }) => [
      toDo(`${kind.replaceAll('-', ' ')} calls it without the alias (${describeWhere(where)})`),
      ...steps(change),
    ]),
    ...(callers?.length === 0 ? [done('nobody whom Teal can see calls it without the alias')] : []),
  ];
}

const done = (text: string) => `  [x] ${text}`;
const toDo = (text: string) => `  [ ] ${text}`;
const describeCopied = (copied: string[]) =>
  copied.length > 0 ? `permissions are copied to the alias: ${copied.join(', ')}` : 'the alias has the permissions of the function';
const describeWhere = (where: Record<string, string | string[]>) =>
  Object.entries(where)
    .map(([name, value]) => `${name} ${[value].flat().join(', ')}`)
    .join('; ');
const steps = ({ commands, words }: { commands: string[]; words: string[] }) => [
  ...commands.map((text) => `        ${text.replaceAll('\n', '\n        ')}`),
  ...words.map((text) => `        ${text}`),
];
