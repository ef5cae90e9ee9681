import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    packageFolder: string;
  }
}

/** Packages the service once for all tests: what they deploy is what a person deploys. */
export default function packageOnce(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'teal-test-package-'));
  const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  // The bundler's plugin hangs on a build that fails, hence the timeout.
  const packaged = spawnSync(process.execPath, [serverless, 'package', '--package', folder], { encoding: 'utf8', timeout: 90_000 });
  if (packaged.status !== 0) throw new Error(`serverless package failed:\n${packaged.stdout}\n${packaged.stderr}`);
  project.provide('packageFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
