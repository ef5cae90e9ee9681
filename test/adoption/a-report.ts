import type { Caller, Change } from '../../functions/release/adoption/report.ts';
import type { World } from '../world.ts';

/** What POST /adoptions answers. */
export interface Report {
  functions: {
    function: string;
    alias: string;
    aliasArn: string;
    aliasCreated: boolean;
    version: string;
    stack?: string;
    permissions: { copied: string[]; ofFunction: number };
    ready: boolean;
    notes: string[];
    asynchronousSettings?: Change;
    callers?: Caller[];
  }[];
  notSeen: string[];
}

/** Fails the test when the API refuses it. */
export async function adopt(world: World, ...functions: string[]): Promise<Report['functions']> {
  const { status, body } = await world.call<Report>('POST', '/adoptions', { functions });
  if (status !== 200) throw new Error(`POST /adoptions answered ${status}: ${JSON.stringify(body)}`);
  return body.functions;
}

/** What a POSIX shell would hand to `aws`: the operation, and the options by name. */
export function readCommand(command: string): { operation: string; options: Record<string, string> } {
  const words = [...command.matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([word]) => word.replaceAll(/'([^']*)'/g, '$1'));
  const [aws, service, operation, ...rest] = words;
  if (aws !== 'aws') throw new Error(`${command} is not a command of the AWS CLI`);
  const options: Record<string, string> = {};
  for (let index = 0; index < rest.length; index++) {
    const name = rest[index]!;
    const value = rest[index + 1];
    if (!name.startsWith('--')) throw new Error(`${command}: ${name} is not an option`);
    if (value === undefined || value.startsWith('--')) options[name.slice(2)] = 'true';
    else {
      options[name.slice(2)] = value;
      index++;
    }
  }
  return { operation: `${service} ${operation}`, options };
}
