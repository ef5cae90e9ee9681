import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { oneAtATime } from '../../scripts/one-at-a-time.ts';

const lockOf = (folder: string) => join(tmpdir(), `teal-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.lock`);

describe('work that is done one at a time in a folder', () => {
  it('waits for the work before it, and lets others in after it has failed', async () => {
    const order: string[] = [];
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const first = oneAtATime('/a folder', async () => {
      order.push('first begins');
      await held;
      order.push('first ends');
      throw new Error('failed');
    });
    const second = oneAtATime('/a folder', async () => void order.push('second'));
    await oneAtATime('/another folder', async () => void order.push('elsewhere'));
    release();
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(order).toEqual(['first begins', 'elsewhere', 'first ends', 'second']);
    expect(existsSync(lockOf('/a folder'))).toBe(false);
  });

  it('is not held up by a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['--eval', '']);
    writeFileSync(lockOf('/left behind'), String(pid));
    expect(await oneAtATime('/left behind', async () => 'done')).toBe('done');
  });
});
