import { readdirSync, readFileSync } from 'node:fs';

/** The processes that `pid` started and that are still there. Linux only. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const id = Number(name);
    return Number.isInteger(id) && parentOf(id) === pid ? [id] : [];
  });
}

/** Resident memory in MB: now, and the most since the process began. */
export function memoryOf(pid: number): { residentMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)![1]) / 1024;
  return { residentMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}

/** undefined when the process has just ended. */
function parentOf(pid: number): number | undefined {
  try {
    // The name, in parentheses, may hold anything.
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))![1]);
  } catch {
    return undefined;
  }
}
