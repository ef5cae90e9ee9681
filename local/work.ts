/**
 * Counts what is running in the local AWS, so that the virtual clock moves only when everything has come to rest.
 * Whatever may take longer than a few turns of the event loop (a request, an invocation) is tracked.
 */
export interface Work {
  /** Counts `promise` as running until it settles; returns it. */
  track<T>(promise: Promise<T>): Promise<T>;
  /** Something that runs waits for the clock: until `promise` settles, what else is running may be waiting for it. Returns it. */
  hold<T>(promise: Promise<T>): Promise<T>;
  /** Resolves when nothing has been running for several turns of the event loop; while something is held, when nothing has begun or ended for many. */
  settle(): Promise<void>;
}

const QUIET_TURNS = 12;
const QUIET_TURNS_WHILE_HELD = 200;

export function createWork(): Work {
  let running = 0;
  let held = 0;
  /** Of beginnings and ends: while it stands still, nothing but waiting goes on. */
  let changes = 0;
  const counted =
    (count: (by: 1 | -1) => void) =>
    <T>(promise: Promise<T>): Promise<T> => {
      count(1);
      changes++;
      const done = () => {
        count(-1);
        changes++;
      };
      promise.then(done, done);
      return promise;
    };
  return {
    track: counted((by) => {
      running += by;
    }),
    hold: counted((by) => {
      held += by;
    }),
    async settle() {
      let seen = changes;
      for (let quiet = 0; quiet < (running === 0 ? QUIET_TURNS : QUIET_TURNS_WHILE_HELD); ) {
        await new Promise((resolve) => setImmediate(resolve));
        const isStill = running === 0 || (held > 0 && changes === seen);
        quiet = isStill ? quiet + 1 : 0;
        seen = changes;
      }
    },
  };
}
