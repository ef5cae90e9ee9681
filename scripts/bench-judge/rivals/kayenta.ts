import type { Watch } from '../watch.ts';
import { hodgesLehmann, rankSumZ, rateOf } from './rank-sum.ts';

/** The normal quantile of 1 − 0.02 / 2. */
const Z_LIMIT = 2.3263;
/** Of the estimate: what Kayenta takes for no effect. */
const TOLERANCE = 0.25;
const FEWEST_MINUTES = 5;

/**
 * Kayenta's rule for "High" (its MannWhitneyClassifier): the lower end of the 98 % confidence interval of the shift is above a
 * quarter of the Hodges-Lehmann estimate. The lower end is where z falls to its quantile, so it is above what still has more.
 */
export function createKayenta(lookEveryMinutes: number, windowMinutes: number): Watch {
  const green: number[] = [];
  const blue: number[] = [];
  let minutes = 0;
  return (minute) => {
    minutes++;
    green.push(rateOf(minute.greenBad, minute.greenTotal));
    blue.push(rateOf(minute.blueBad, minute.blueTotal));
    if (green.length > windowMinutes) {
      green.shift();
      blue.shift();
    }
    if (minutes < FEWEST_MINUTES || minutes % lookEveryMinutes !== 0) return false;
    const sortedGreen = green.toSorted((a, b) => a - b);
    const sortedBlue = blue.toSorted((a, b) => a - b);
    // The tolerance only raises the bar, and the estimate of all pairs is dear.
    if (rankSumZ(sortedGreen, sortedBlue, 0) <= Z_LIMIT) return false;
    return rankSumZ(sortedGreen, sortedBlue, TOLERANCE * hodgesLehmann(sortedGreen, sortedBlue)) > Z_LIMIT;
  };
}
