import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packageService } from '../scripts/package-service.ts';

declare module 'vitest' {
  interface ProvidedContext {
    packageFolder: string;
  }
}

/** Packages the service once for all tests: what they deploy is what a person deploys. */
export default async function packageOnce(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'teal-test-package-'));
  await packageService(folder, { isQuiet: true });
  project.provide('packageFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
