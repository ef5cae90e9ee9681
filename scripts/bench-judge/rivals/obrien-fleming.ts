import type { Watch } from '../watch.ts';
import { createExcess } from './totals.ts';

/** The normal quantile of 1 − 0.01 / 2: a Brownian motion passes it by time 1 with a probability of 1 %, by reflection. */
const CONTINUOUS_BOUNDARY = 2.5758;
/** By how much a walk of standard normal steps jumps over a boundary on average (Siegmund 1985, Sequential Analysis). */
const OVERSHOOT = 0.5826;

/** The c of `looks` equally spaced looks for which a standard z passes c·√(looks / k) at some look k with a probability of 1 %. */
export const boundaryOf = (looks: number) => CONTINUOUS_BOUNDARY - OVERSHOOT / Math.sqrt(looks);

/** O'Brien and Fleming (1979) on the pooled z of two proportions, one-sided 1 % over the looks that are planned, one a minute. */
export function createObrienFleming(looks: number): Watch {
  const addMinute = createExcess();
  const boundary = boundaryOf(looks);
  let look = 0;
  return (minute) => {
    look++;
    const excess = addMinute(minute);
    return excess !== undefined && excess.difference / Math.sqrt(excess.variance) >= boundary * Math.sqrt(looks / look);
  };
}
