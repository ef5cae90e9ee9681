/**
 * The clock of the local AWS. Whatever waits in the cloud (schedules, heartbeats, periods, bakes, retry delays)
 * waits on it; function and integration timeouts, SigV4 and HTTP dates run on the machine's clock.
 */
export interface Clock {
  /** Cloud time in milliseconds since 1970. */
  nowMs(): number;
  /** Runs `task` once cloud time has reached `dueMs`; at once, though never within this call, when it has already. */
  at(dueMs: number, task: () => void): Timer;
  /** Stops every timer. */
  close(): void;
}

export interface Timer {
  cancel(): void;
}

/** setTimeout fires at once beyond 2^31-1 ms, so longer waits are taken in legs. */
const LONGEST_LEG_MS = 2_000_000_000;

/** Cloud time that runs `speed` times as fast as the machine's: 1 is real time, 60 makes a cloud minute a second. */
export function createScaledClock(speed = 1, startMs = Date.now()): Clock {
  const machineStartMs = performance.now();
  const timers = new Set<NodeJS.Timeout>();
  const nowMs = () => startMs + (performance.now() - machineStartMs) * speed;
  return {
    nowMs,
    at(dueMs, task) {
      let timer: NodeJS.Timeout;
      const arm = () => {
        const waitMs = Math.max(0, (dueMs - nowMs()) / speed);
        timer = setTimeout(
          () => {
            timers.delete(timer);
            if (nowMs() >= dueMs) task();
            else arm();
          },
          Math.ceil(Math.min(waitMs, LONGEST_LEG_MS)),
        );
        timers.add(timer);
      };
      arm();
      return {
        cancel() {
          clearTimeout(timer);
          timers.delete(timer);
        },
      };
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

export interface VirtualClock extends Clock {
  /** Lets cloud time pass up to `untilMs`: each timer fires in the order it is due, and what it set off ends before the next. */
  advanceTo(untilMs: number): Promise<void>;
  /** Lets cloud time pass, timer by timer, until `isDone` holds. Throws when `limitMs` of cloud time went by first. */
  advanceUntil(isDone: () => boolean | Promise<boolean>, limitMs: number): Promise<void>;
}

interface Waiting {
  dueMs: number;
  order: number;
  task: () => void;
}

/** Cloud time that stands still until it is advanced. `settle` resolves when nothing in the local AWS is running. */
export function createVirtualClock(startMs: number, settle: () => Promise<void>): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  let waiting: Waiting[] = [];

  const next = () => waiting.reduce<Waiting | undefined>((first, timer) => (!first || isBefore(timer, first) ? timer : first), undefined);
  const fire = async (timer: Waiting) => {
    waiting = waiting.filter((other) => other !== timer);
    nowMs = Math.max(nowMs, timer.dueMs);
    timer.task();
    await settle();
  };

  return {
    nowMs: () => nowMs,
    at(dueMs, task) {
      const timer = { dueMs, order: order++, task };
      waiting.push(timer);
      return {
        cancel() {
          waiting = waiting.filter((other) => other !== timer);
        },
      };
    },
    close() {
      waiting = [];
    },
    async advanceTo(untilMs) {
      await settle();
      for (let timer = next(); timer && timer.dueMs <= untilMs; timer = next()) await fire(timer);
      nowMs = Math.max(nowMs, untilMs);
    },
    async advanceUntil(isDone, limitMs) {
      const limit = nowMs + limitMs;
      await settle();
      while (!(await isDone())) {
        const timer = next();
        if (!timer || timer.dueMs > limit) throw new Error(`not done after ${Math.round(limitMs / 1000)} s of cloud time`);
        await fire(timer);
      }
    },
  };
}

const isBefore = (a: Waiting, b: Waiting) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
