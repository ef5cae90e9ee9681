import type { Ground } from '../../local/service.ts';

/** Where the clients of one running function wait, and what each of them has left to try again with. */
export interface Pauses {
  ground: Ground;
  capacity: Map<object, number>;
}

type ErrorType = 'THROTTLING' | 'TRANSIENT' | 'SERVER_ERROR' | 'CLIENT_ERROR';
interface Token {
  count: number;
  cost?: number;
  getRetryCount(): number;
  getRetryDelay(): number;
}

const token = (count: number, cost?: number): Token => ({ count, cost, getRetryCount: () => count, getRetryDelay: () => 0 });

/** The standard mode of @smithy/core 3.41, in its retries-2026-config.js and constants.js. */
const BASE_MS = { THROTTLING: 1000, TRANSIENT: 50 };
const COST = { THROTTLING: 5, TRANSIENT: 14 };
const LONGEST_MS = 20_000;
const CAPACITY = 500;

/**
 * The SDK's standard retries, with full jitter, on the cloud clock and with the local AWS's chance. The SDK still says
 * what may be tried again. Each running function has its own capacity: on AWS an execution environment runs one at a time.
 */
export function createSdkRetries(pausesOf: () => Pauses, maxAttempts: number) {
  const retryStrategy = {
    async acquireInitialRetryToken() {
      return token(0);
    },
    async refreshRetryTokenForRetry({ count }: Token, { errorType }: { errorType: ErrorType }) {
      const { ground, capacity } = pausesOf();
      const left = capacity.get(retryStrategy) ?? CAPACITY;
      if (!(errorType in BASE_MS) || count + 1 >= maxAttempts) throw new Error('not tried again');
      const kind = errorType as keyof typeof BASE_MS;
      if (left < COST[kind]) throw new Error('no retry capacity is left');
      capacity.set(retryStrategy, left - COST[kind]);
      const waitMs = Math.floor(ground.random() * Math.min(BASE_MS[kind] * 2 ** count, LONGEST_MS));
      const { promise, resolve } = Promise.withResolvers<void>();
      ground.clock.at(ground.clock.nowMs() + waitMs, resolve);
      await ground.work.hold(promise);
      return token(count + 1, COST[kind]);
    },
    recordSuccess({ cost }: Token) {
      const { capacity } = pausesOf();
      capacity.set(retryStrategy, Math.min(CAPACITY, (capacity.get(retryStrategy) ?? CAPACITY) + (cost ?? 1)));
    },
  };
  return { maxAttempts, retryStrategy: retryStrategy as never };
}
