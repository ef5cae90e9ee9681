import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TEMPLATE_FILE } from '../local/cloudformation/folder.ts';
import { oneAtATime } from './one-at-a-time.ts';

const TEAL = fileURLToPath(new URL('..', import.meta.url));
/** The bundler's plugin hangs on a build that fails. */
const TIMEOUT_MS = 90_000;

export interface PackageOptions {
  /** The folder of the service; Teal's unless told. */
  service?: string;
  signal?: AbortSignal;
  /** Says nothing unless it fails; then the error has what was said. */
  isQuiet?: boolean;
}

/**
 * Runs `serverless package` into `folder`. What it prints goes to stderr: stdout is the caller's. Nothing else of it is
 * left: its processes and temporary files are gone when this resolves or rejects, and when this process exits.
 * Teal's own is copied from the folder that TEAL_PACKAGED names, when it is set: of what was packaged from these sources just before.
 */
export async function packageService(folder: string, options: PackageOptions = {}): Promise<void> {
  const { service = TEAL, signal } = options;
  const packaged = process.env.TEAL_PACKAGED;
  if (service === TEAL && packaged) {
    if (!existsSync(join(packaged, TEMPLATE_FILE))) throw new Error(`TEAL_PACKAGED is ${packaged}, in which is no ${TEMPLATE_FILE}`);
    cpSync(packaged, folder, { recursive: true });
    return;
  }
  // The framework works in the service's own `.serverless`, and empties it.
  await oneAtATime(service, () => runPackage(folder, service, options), signal);
}

async function runPackage(folder: string, service: string, { signal, isQuiet = false }: PackageOptions): Promise<void> {
  signal?.throwIfAborted();
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  // The bundler's plugin leaves a folder for each function.
  const temporaryFolder = mkdtempSync(join(tmpdir(), 'teal-packaging-'));
  const output = isQuiet ? 'pipe' : 2;
  const child = spawn(process.execPath, [serverless, 'package', '--package', folder], {
    cwd: service,
    stdio: ['ignore', output, output],
    env: { ...process.env, TMPDIR: temporaryFolder },
    // A process group of its own: so a Ctrl-C reaches it through `signal` only, and its bundler does not cry out.
    detached: true,
  });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nobody of the group is left.
    }
  };
  const clear = () => {
    kill();
    // The second is where Teal's esbuild.config.cjs lets it work, left there when it is killed.
    for (const left of [temporaryFolder, join(service, '.esbuild', String(child.pid))]) {
      rmSync(left, { recursive: true, force: true, maxRetries: 3 });
    }
  };
  process.once('exit', clear);
  signal?.addEventListener('abort', kill);
  const said = Promise.all([child.stdout, child.stderr].map((stream) => (stream ? text(stream).catch(() => '') : '')));
  const timer = setTimeout(kill, TIMEOUT_MS);
  try {
    const ending = await new Promise<string | undefined>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, killedBy) =>
        resolve(code === 0 ? undefined : killedBy ? `was still running after ${TIMEOUT_MS / 1000} s` : `ended with ${code}`),
      );
    });
    signal?.throwIfAborted();
    if (ending)
      throw new Error(`serverless package ${ending}${isQuiet ? `:\n${(await said).join('\n').trim()}` : '; what it said is above'}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    process.off('exit', clear);
    clear();
  }
}
