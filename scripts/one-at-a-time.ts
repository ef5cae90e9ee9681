import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 200;

/** Runs `work` while no other process of this machine does so for the same `folder`. What a process that is gone has left holds nobody up. */
export async function oneAtATime<Result>(folder: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  const lock = join(tmpdir(), `teal-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.lock`);
  const release = () => rmSync(lock, { force: true });
  while (!isTaken(lock)) {
    signal?.throwIfAborted();
    if (isStale(lock)) release();
    else await pause(LOOK_AGAIN_MS);
  }
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function isTaken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether the process that holds it is gone. One whose number cannot be read is just being written, or given back. */
function isStale(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
