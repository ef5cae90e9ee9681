import type { Odds } from './minute.ts';
import type { Tally } from './tally.ts';
import { FIRST_BETS, LOG_MOST_PER_MINUTE } from './wealth.ts';

/** What a bake could have caught with a probability of 95 %. */
export interface Power {
  /** Times blue's odds. */
  odds: number;
  /** Share of green's requests, from 0 to 1. */
  greenRate: number;
  blueRate: number;
}

/** z of 5 %, for what the exact sum would take too long for. */
const Z = -1.6448536269514722;
/** e^−mean, where the sum begins, is 0 to a double from 746 on. */
const MOST_SUMMED = 500;
const MOST_ODDS_SEARCHED = 1e6;

/**
 * The smallest regression that these requests would have shown with 95 %, or undefined when they would have shown none.
 * It uses blue's bad requests only: with r = green/blue requests and p blue's rate, green at W times the odds has a rate
 * of W·p/(1−p+W·p) and in 95 % of cases at least x bad requests, x the 5 % quantile; W is enough when one of the bets by
 * itself passes the limit, by the closed form that is never more than the evidence (Hoeffding 1963): close where few
 * requests are bad, cautious where many are. `logLimit` is ln of the wealth that this one metric needs.
 */
export function powerOf(
  { minutes, greenTotal, blueBad, blueTotal }: Tally,
  { tolerated, attempts }: Odds,
  logLimit: number,
): Power | undefined {
  if (greenTotal === 0 || blueTotal === 0) return undefined;
  // As much as the cap lets so few minutes say is not enough, whatever is in them.
  if (minutes * LOG_MOST_PER_MINUTE < logLimit) return undefined;
  const r = greenTotal / blueTotal;
  const blueRate = (blueBad + 0.5) / (blueTotal + 1);
  const rateAt = (odds: number) => (odds * blueRate) / (1 - blueRate + odds * blueRate);
  const isCaught = (odds: number) => {
    const bad = leastBad(greenTotal, rateAt(odds));
    return FIRST_BETS.some(({ odds: bet, share }) => {
      const logMean = Math.log1p(tolerated * bet * r) - Math.log1p(tolerated * r);
      return (bad * Math.log(bet) - (bad + blueBad) * logMean) / attempts + Math.log(share) >= logLimit;
    });
  };
  if (!isCaught(MOST_ODDS_SEARCHED)) return undefined;
  let [low, high] = [0, Math.log(MOST_ODDS_SEARCHED)];
  while (high - low > 1e-3) {
    const middle = (low + high) / 2;
    if (isCaught(Math.exp(middle))) high = middle;
    else low = middle;
  }
  return { odds: Math.exp(high), greenRate: rateAt(Math.exp(high)), blueRate };
}

/** The 5 % quantile of the bad requests among so many: of Poisson, and of the normal distribution where the rate is beyond that. */
const leastBad = (requests: number, rate: number): number =>
  rate <= 0.1 ? poissonQuantile(requests * rate) : Math.max(0, Math.floor(requests * rate + Z * Math.sqrt(requests * rate * (1 - rate))));

/** The smallest x that a Poisson count of this mean does not pass with a probability of 5 % or more. */
export function poissonQuantile(mean: number): number {
  if (mean > MOST_SUMMED) return Math.max(0, Math.floor(mean + Z * Math.sqrt(mean) + (Z * Z - 1) / 6));
  let term = Math.exp(-mean);
  let x = 0;
  for (let sum = term; sum < 0.05; sum += term) term *= mean / ++x;
  return x;
}
