import { logHypergeometric } from './hypergeometric.ts';
import { isTelling, type Minute, type Odds } from './minute.ts';

/**
 * ln L of one minute for each of `bets`: how much better "a request of green has `bet` times the odds that are tolerated"
 * explains the minute than "it has those that are tolerated".
 *
 * Of the k bad requests of the minute the number that met green is Fisher's noncentral hypergeometric, whatever the rate
 * of bad requests was. With h(i) = C(green, i)·C(blue, k−i) and ω₀ the tolerated odds
 *
 *     L = ω^e · Σ h(i)·ω₀^i / Σ h(i)·(ω₀ω)^i,     e the bad requests of green,
 *
 * so its mean on a green at ω₀ is 1, and on a better one less (Fisher's conditional test). Where several attempts of a
 * request stay on one version, the larger closed form takes the place of the sums (Hoeffding 1963) and its logarithm is
 * divided by the attempts. 0 for a minute that says nothing. The sums are exact (Liao and Rosen 2001); below
 * e^−60 an upper bound takes their place.
 */
export function logLikelihoodRatios(minute: Minute, bets: readonly number[], { tolerated, attempts }: Odds): number[] {
  if (!isTelling(minute)) return bets.map(() => 0);
  const gained = (bet: number) => minute.greenBad * Math.log(bet);
  if (attempts > 1) {
    const ofTolerated = logBoundOfMean(minute, tolerated);
    return bets.map((bet) => (gained(bet) - logBoundOfMean(minute, tolerated * bet) + ofTolerated) / attempts);
  }
  const logOfTerm = logHypergeometric(minute.greenTotal, minute.blueTotal, minute.greenBad + minute.blueBad);
  const ofTolerated = tolerated === 1 ? 0 : logMean(minute, tolerated, greatestTerm(minute, tolerated, logOfTerm));
  return bets.map((bet) => {
    if (bet === 1) return 0;
    const greatest = greatestTerm(minute, tolerated * bet, logOfTerm);
    const atMost = gained(bet) - greatest.log + ofTolerated;
    return atMost < LOG_NEGLIGIBLE_BET ? atMost : gained(bet) - logMean(minute, tolerated * bet, greatest) + ofTolerated;
  });
}

/** A bet that lost so much beside cash, which is at 0, is nothing to a double, whatever share of the wealth it had: an upper bound of it is enough, and no sum over thousands of terms needed. */
const LOG_NEGLIGIBLE_BET = -60;

/** ln of the mean of ω^e when every request has the same odds: ln(Σ h(i)·ω^i / Σ h(i)), summed from the mode outwards. */
function logMean({ greenBad, greenTotal, blueBad, blueTotal }: Minute, odds: number, { mode, log }: GreatestTerm): number {
  const bad = greenBad + blueBad;
  const rest = blueTotal - bad;
  let sum = 1;
  for (let term = 1, i = mode; i < Math.min(bad, greenTotal); i++) {
    term *= ((greenTotal - i) * (bad - i) * odds) / ((i + 1) * (rest + i + 1));
    sum += term;
    if (term < sum * NEGLIGIBLE_TERM) break;
  }
  for (let term = 1, i = mode; i > Math.max(0, -rest); i--) {
    term *= (i * (rest + i)) / ((greenTotal - i + 1) * (bad - i + 1) * odds);
    sum += term;
    if (term < sum * NEGLIGIBLE_TERM) break;
  }
  return log + Math.log(sum);
}

/** The terms fall ever faster: all that follow such a one are far below what a logarithm shows. */
const NEGLIGIBLE_TERM = 1e-16;

interface GreatestTerm {
  mode: number;
  log: number;
}

/** Where h(i)·ω^i is greatest (the smaller root of h(i)·ω = h(i−1)), and ln of it there, with Σ h(i) for 1; `logOfTerm` is ln h(i). */
function greatestTerm({ greenBad, greenTotal, blueBad, blueTotal }: Minute, odds: number, logOfTerm: (i: number) => number): GreatestTerm {
  const bad = greenBad + blueBad;
  const a = odds - 1;
  const b = odds * (greenTotal + bad + 2) + blueTotal - bad;
  const c = odds * (greenTotal + 1) * (bad + 1);
  const root = Math.floor((2 * c) / (b + Math.sqrt(b * b - 4 * a * c)));
  const mode = Math.min(bad, greenTotal, Math.max(0, bad - blueTotal, root));
  return { mode, log: mode * Math.log(odds) + logOfTerm(mode) };
}

/** Not less than logMean: as if every bad request had been drawn by itself. */
function logBoundOfMean({ greenBad, greenTotal, blueBad, blueTotal }: Minute, odds: number): number {
  return (greenBad + blueBad) * Math.log1p((odds - 1) * (greenTotal / (greenTotal + blueTotal)));
}
