/**
 * Counts what is running in the local AWS, so that the virtual clock moves only when everything has come to rest.
 * Whatever may take longer than a few turns of the event loop (a request, an invocation) is tracked.
 */
export interface Work {
  /** Counts `promise` as running until it settles; returns it. */
  track<T>(promise: Promise<T>): Promise<T>;
  /** Resolves when nothing has been running for several turns of the event loop. */
  settle(): Promise<void>;
}

const QUIET_TURNS = 12;

export function createWork(): Work {
  let running = 0;
  return {
    track(promise) {
      running++;
      const done = () => {
        running--;
      };
      promise.then(done, done);
      return promise;
    },
    async settle() {
      for (let quiet = 0; quiet < QUIET_TURNS; quiet = running === 0 ? quiet + 1 : 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
