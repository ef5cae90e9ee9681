import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 50;

export interface MemoryWatch {
  stop(): void;
}

/**
 * Calls `onExceeded` once the process has more resident memory than `limitMb`. The bound on V8's heap is not enough: buffers lie outside it.
 * Linux only: elsewhere memory is looked at after each request, as everywhere.
 */
export function watchMemory(pid: number, limitMb: number, onExceeded: () => void): MemoryWatch {
  const timer = setInterval(() => {
    const residentMb = residentMbOf(pid);
    if (residentMb === undefined || residentMb <= limitMb) return;
    clearInterval(timer);
    onExceeded();
  }, LOOK_EVERY_MS).unref();
  return { stop: () => clearInterval(timer) };
}

/** undefined when the process has ended, or on a system that has no /proc. */
function residentMbOf(pid: number): number | undefined {
  try {
    // In kB whatever the size of a page is, which `statm` counts in.
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
  } catch {
    return undefined;
  }
}
