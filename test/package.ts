import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { TestProject } from 'vitest/node';
import { packageService } from '../scripts/package-service.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What `serverless package` wrote. */
    packageFolder: string;
    /** Its template beside zips with nothing in them, for hosts that run functions from their source. */
    templateFolder: string;
  }
}

/** Packages the service once for all tests: what they deploy is what a person deploys. */
export default async function packageOnce(project: TestProject): Promise<() => void> {
  const { packageFolder, templateFolder, remove } = await packageForTests();
  project.provide('packageFolder', packageFolder);
  project.provide('templateFolder', templateFolder);
  return remove;
}

export async function packageForTests(signal?: AbortSignal) {
  const folder = mkdtempSync(join(tmpdir(), 'teal-test-package-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const [packageFolder, templateFolder] = [join(folder, 'package'), join(folder, 'template')];
  await packageService(packageFolder, { isQuiet: true, ...(signal && { signal }) }).catch((error) => {
    remove();
    throw error;
  });
  mkdirSync(templateFolder);
  const empty = zipSync({ 'empty.txt': new Uint8Array() });
  for (const name of readdirSync(packageFolder)) {
    if (name.endsWith('.zip')) writeFileSync(join(templateFolder, name), empty);
    else if (name.endsWith('.json')) copyFileSync(join(packageFolder, name), join(templateFolder, name));
  }
  return { packageFolder, templateFolder, remove };
}
