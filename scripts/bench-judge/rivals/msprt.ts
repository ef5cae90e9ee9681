import type { Watch } from '../watch.ts';
import { createExcess } from './totals.ts';

/** One-sided 1 %: the two-sided test at 2 %, of which only an excess of green counts. */
const LOG_LIMIT = Math.log(1 / 0.02);
/** The standard deviation of the mixture, as a difference of failure rates: 1 % is about the regression that it finds soonest. */
const MIXTURE_VARIANCE = 0.01 ** 2;

/**
 * The mixture sequential probability ratio test with a normal mixture of differences (Johari, Pekelis, Walsh 2015, "Always valid
 * inference"): Λ = √(V / (V + τ²)) · exp(d²·τ² / (2V·(V + τ²))), d the difference of the failure rates, V its pooled variance.
 */
export function createMsprt(): Watch {
  const addMinute = createExcess();
  return (minute) => {
    const excess = addMinute(minute);
    if (!excess || excess.difference <= 0) return false;
    const { difference, variance } = excess;
    const spread = variance + MIXTURE_VARIANCE;
    return (Math.log(variance / spread) + (difference ** 2 * MIXTURE_VARIANCE) / (variance * spread)) / 2 >= LOG_LIMIT;
  };
}
