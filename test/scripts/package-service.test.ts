import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { packageService } from '../../scripts/package-service.ts';

/** What Teal is packaged into where TEAL_PACKAGED names a folder. */
async function packageWith(packaged: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'teal-packaged-'));
  vi.stubEnv('TEAL_PACKAGED', packaged);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  await packageService(join(folder, 'package'), { isQuiet: true });
  return readdirSync(join(folder, 'package'));
}

describe('Teal that is packaged already', () => {
  it('is taken as it is', async () => {
    expect(await packageWith(inject('packageFolder'))).toEqual(readdirSync(inject('packageFolder')));
  });

  it('is refused by name where there is none', async () => {
    await expect(packageWith(tmpdir())).rejects.toThrow(/^TEAL_PACKAGED is .*, in which is no cloudformation-template-update-stack\.json$/);
  });
});
