import type { Clock } from '../clock.ts';
import type { Execution } from './execution.ts';

/** What runs of an execution from its start or redrive to its end. */
export interface Stretch {
  execution: Execution;
  /** Aborted when the execution has ended from outside: nothing of the stretch has an effect after that. */
  signal: AbortSignal;
  /** Adds to the history; answers the event's id. Throws when the stretch is over, so no step is taken without it. */
  record(type: string, details?: Record<string, unknown>): number;
}

/** Calls `task` should the stretch be ended; answers how to forget it. */
export function whenStopped({ signal }: Stretch, task: () => void): () => void {
  signal.addEventListener('abort', task, { once: true });
  return () => signal.removeEventListener('abort', task);
}

/** Waits on the cloud clock, or until the stretch is ended. */
export function waitUntil(dueMs: number, clock: Clock, stretch: Stretch): Promise<void> {
  if (stretch.signal.aborted || dueMs <= clock.nowMs()) return Promise.resolve();
  return new Promise((resolve) => {
    const forget = whenStopped(stretch, () => {
      timer.cancel();
      resolve();
    });
    const timer = clock.at(dueMs, () => {
      forget();
      resolve();
    });
  });
}
