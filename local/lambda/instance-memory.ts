import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 50;
/** What `statm` counts in; every Linux that Node runs on has pages of this size, or larger ones and a stricter bound then. */
const PAGE_BYTES = 4096;
const MB = 1024 * 1024;

export interface MemoryWatch {
  stop(): void;
}

/**
 * Calls `onExceeded` once the process has more resident memory than `limitMb`. The bound on V8's heap is not enough: buffers lie outside it.
 * Linux only: elsewhere nothing but the heap is bounded.
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
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES) / MB;
  } catch {
    return undefined;
  }
}
