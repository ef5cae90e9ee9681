import type { Clock } from '../clock.ts';

/** A bucket holds `burst` tokens at most, and is refilled evenly. */
export interface Rate {
  burst: number;
  perSecond: number;
}

export interface TokenBucket {
  /** Takes a token; false when there is none. */
  take(): boolean;
  /** Whether nothing can be had now. */
  isEmpty(): boolean;
  /** Pays for what was had already, on credit if need be. Answers the cloud milliseconds until that is paid back. */
  pay(tokens: number): number;
}

/** A bucket that is full at first, on the cloud clock. */
export function createTokenBucket({ nowMs }: Pick<Clock, 'nowMs'>, { burst, perSecond }: Rate): TokenBucket {
  let tokens = burst;
  let filledAtMs = nowMs();
  const level = () => {
    const atMs = nowMs();
    tokens = Math.min(burst, tokens + ((atMs - filledAtMs) / 1000) * perSecond);
    filledAtMs = atMs;
    return tokens;
  };
  // A token that is nearly whole is whole: refills are sums of floats.
  const hasOne = () => level() > 1 - 1e-6;
  return {
    take() {
      if (!hasOne()) return false;
      tokens -= 1;
      return true;
    },
    isEmpty: () => level() <= 0,
    pay(count) {
      tokens = level() - count;
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000;
    },
  };
}
