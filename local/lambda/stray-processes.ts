import { readdirSync, readFileSync } from 'node:fs';

/**
 * Ends what functions started and left in a process group of its own: it still has the environment of a function beneath `root`.
 * Linux only: elsewhere nothing tells whose such a process is.
 */
export function endStrayProcesses(root: string): void {
  for (const name of list('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || !hasTaskRoot(pid, root)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** false also for what has ended, and for what belongs to someone else. */
function hasTaskRoot(pid: number, root: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .some((entry) => entry.startsWith(`LAMBDA_TASK_ROOT=${root}/`));
  } catch {
    return false;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
