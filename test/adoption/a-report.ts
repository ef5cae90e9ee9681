import { execFileSync } from 'node:child_process';
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

/** What a POSIX shell hands to `aws`: the operation, and the options by name. */
export function readCommand(command: string): { operation: string; options: Record<string, string> } {
  const printed = execFileSync('sh', ['-c', `aws() { printf '%s\\0' "$@"; }\n${command}`], { encoding: 'utf8' });
  const [service, operation, ...rest] = printed.split('\0').slice(0, -1);
  const options: Record<string, string> = {};
  for (const [index, word] of rest.entries()) {
    const next = rest[index + 1];
    if (word.startsWith('--')) options[word.slice(2)] = next === undefined || next.startsWith('--') ? 'true' : next;
  }
  return { operation: `${service} ${operation}`, options };
}
