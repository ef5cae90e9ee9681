import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

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

/** Runs `serverless package` into `folder`. What it prints goes to stderr: stdout is the caller's. */
export async function packageService(folder: string, { service = TEAL, signal, isQuiet = false }: PackageOptions = {}): Promise<void> {
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const output = isQuiet ? 'pipe' : 2;
  const child = spawn(process.execPath, [serverless, 'package', '--package', folder], {
    cwd: service,
    stdio: ['ignore', output, output],
    signal,
  });
  const said = Promise.all([child.stdout, child.stderr].map((stream) => (stream ? text(stream).catch(() => '') : '')));
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  try {
    const ending = await new Promise<string | undefined>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, killedBy) =>
        resolve(code === 0 ? undefined : killedBy ? `was still running after ${TIMEOUT_MS / 1000} s` : `ended with ${code}`),
      );
    });
    if (ending)
      throw new Error(`serverless package ${ending}${isQuiet ? `:\n${(await said).join('\n').trim()}` : '; what it said is above'}`);
  } finally {
    clearTimeout(timer);
  }
}
