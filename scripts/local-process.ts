import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface LocalProcess {
  child: ChildProcess & { pid: number };
  readySeconds: number;
  /** The line that it prints for programs. */
  ready: {
    endpoint: string;
    region: string;
    accountId: string;
    api: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
}

/** Starts `npm run local` on a free port, with what `serverless package` left in a folder, and waits until it is ready. */
export async function startLocal(packaged: string, args: string[] = []): Promise<LocalProcess> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ['scripts/local.ts', '--port', '0', '--json', '--package', packaged, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')]);
  if (typeof line[0] !== 'string') throw new Error(`the local AWS ended with ${line[0]}`);
  const readySeconds = (performance.now() - startMs) / 1000;
  return { child: child as LocalProcess['child'], readySeconds, ready: JSON.parse(line[0]) };
}

export async function stopLocal({ child }: LocalProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
