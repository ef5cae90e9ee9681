import { logHypergeometric } from './hypergeometric.ts';
import { isTelling, type Minute, type Odds } from './minute.ts';

/**
 * ln L of one minute: how much better the bet "a request of green has `odds` times the odds that are tolerated" explains
 * the minute than "it has those that are tolerated".
 *
 * Of the k bad requests of the minute the number that met green is Fisher's noncentral hypergeometric, whatever the rate
 * of bad requests was. With h(i) = C(green, i)·C(blue, k−i) and ω₀ the tolerated odds
 *
 *     L = ω^e · Σ h(i)·ω₀^i / Σ h(i)·(ω₀ω)^i,     e the bad requests of green,
 *
 * so its mean on a green at ω₀ is 1, and on a better one less (Fisher's conditional test). Where several attempts of a
 * request stay on one version, the larger closed form takes the place of the sums (Hoeffding 1963) and its logarithm is
 * divided by the attempts. 0 for a minute that says nothing. Source: JUDGE.md; Liao and Rosen 2001 for the sums.
 */
export function logLikelihoodRatio(minute: Minute, odds: number, { tolerated, attempts }: Odds): number {
  if (!isTelling(minute)) return 0;
  const gained = minute.greenBad * Math.log(odds);
  if (attempts > 1) return (gained - logBoundOfMean(minute, tolerated * odds) + logBoundOfMean(minute, tolerated)) / attempts;
  return gained - logMean(minute, tolerated * odds) + logMean(minute, tolerated);
}

/** ln of the mean of ω^e when every request has the same odds: ln(Σ h(i)·ω^i / Σ h(i)), summed from the mode outwards. */
function logMean({ greenBad, greenTotal, blueBad, blueTotal }: Minute, odds: number): number {
  if (odds === 1) return 0;
  const bad = greenBad + blueBad;
  const least = Math.max(0, bad - blueTotal);
  const most = Math.min(bad, greenTotal);
  const mode = Math.min(most, Math.max(least, modeOf(greenTotal, blueTotal, bad, odds)));
  let sum = 1;
  for (let term = 1, i = mode; i < most; i++) {
    term *= (((greenTotal - i) / (i + 1)) * (bad - i) * odds) / (blueTotal - bad + i + 1);
    sum += term;
    if (term < sum * NEGLIGIBLE) break;
  }
  for (let term = 1, i = mode; i > least; i--) {
    term *= ((i / (greenTotal - i + 1)) * (blueTotal - bad + i)) / (bad - i + 1) / odds;
    sum += term;
    if (term < sum * NEGLIGIBLE) break;
  }
  return mode * Math.log(odds) + logHypergeometric(mode, greenTotal, blueTotal, bad) + Math.log(sum);
}

/** The terms fall ever faster, so what follows such a one adds nothing to a double. */
const NEGLIGIBLE = 1e-18;

/** Where h(i)·ω^i is greatest: the smaller root of h(i)·ω = h(i−1). */
function modeOf(greenTotal: number, blueTotal: number, bad: number, odds: number): number {
  const a = odds - 1;
  const b = odds * (greenTotal + bad + 2) + blueTotal - bad;
  const c = odds * (greenTotal + 1) * (bad + 1);
  return Math.floor((2 * c) / (b + Math.sqrt(b * b - 4 * a * c)));
}

/** Not less than logMean: as if every bad request had been drawn by itself. */
function logBoundOfMean({ greenBad, greenTotal, blueBad, blueTotal }: Minute, odds: number): number {
  return (greenBad + blueBad) * Math.log1p((odds - 1) * (greenTotal / (greenTotal + blueTotal)));
}
