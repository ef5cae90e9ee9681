import type { Retrier } from './definition.ts';
import { matches, type StateError } from './state-error.ts';

/** Counts the retries of one visit to a state, each retrier by itself. */
export function createRetries(retriers: readonly Retrier[], random: () => number) {
  const taken = retriers.map(() => 0);
  return {
    /** How long to wait before the next attempt; undefined when the first retrier that takes `failure` is used up or none takes it. */
    nextDelayMs(failure: StateError): number | undefined {
      const index = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, failure));
      const retrier = retriers[index];
      if (!retrier || taken[index]! >= (retrier.MaxAttempts ?? 3)) return undefined;
      const seconds = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** taken[index]!++;
      const delayMs = Math.min(seconds, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY) * 1000;
      return retrier.JitterStrategy === 'FULL' ? delayMs * random() : delayMs;
    },
  };
}
