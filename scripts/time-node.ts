import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Milliseconds of a whole process of this Node with these arguments, whose output nobody reads. Throws when it ends with anything but 0. */
export async function timeNode(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const began = performance.now();
  const [code] = await once(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 2], env }), 'exit');
  const tookMs = performance.now() - began;
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}; what it said is above`);
  return tookMs;
}
