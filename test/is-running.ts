import { existsSync, readFileSync } from 'node:fs';

/** A process that nobody has waited for yet has ended too. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (!existsSync('/proc')) return true;
    return /\) [^ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
