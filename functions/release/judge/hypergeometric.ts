/**
 * The hypergeometric distribution in logarithms, as exact for millions of requests as for ten. Log-gammas of such numbers
 * lose eight digits in their differences; Loader's deviances do not (C. Loader, Fast and accurate computation of binomial
 * probabilities, 2000).
 */

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/** ln P(X = drawn) by `drawn`: X of the `marked` ones among `draws` taken from `marked` + `others` without putting back. */
export function logHypergeometric(marked: number, others: number, draws: number): (drawn: number) => number {
  const share = draws / (marked + others);
  const rest = (marked + others - draws) / (marked + others);
  const ofAll = logBinomial(draws, marked + others, share, rest);
  return (drawn) => logBinomial(drawn, marked, share, rest) + logBinomial(draws - drawn, others, share, rest) - ofAll;
}

/** ln of the binomial probability of x in n, with p + q = 1. */
function logBinomial(x: number, n: number, p: number, q: number): number {
  if (x === 0) return p < 0.5 ? n * Math.log1p(-p) : n * Math.log(q);
  if (x === n) return p > 0.5 ? n * Math.log1p(-q) : n * Math.log(p);
  return (
    stirlingError(n) -
    stirlingError(x) -
    stirlingError(n - x) -
    deviance(x, n * p) -
    deviance(n - x, n * q) -
    HALF_LOG_2PI +
    0.5 * Math.log(n / x / (n - x))
  );
}

/** x·ln(x/mean) + mean − x, without the loss of digits where the two are close. */
function deviance(x: number, mean: number): number {
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference;
  const ratio = difference / (x + mean);
  let sum = difference * ratio;
  let term = 2 * x * ratio;
  for (let odd = 3; ; odd += 2) {
    term *= ratio * ratio;
    const next = sum + term / odd;
    if (next === sum) return sum;
    sum = next;
  }
}

/** ln n! less Stirling's formula. */
function stirlingError(n: number): number {
  if (n <= 15) return SMALL_ERRORS[n]!;
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

const SMALL_ERRORS = Array.from({ length: 16 }, (_, n) => {
  let factorial = 1;
  for (let factor = 2; factor <= n; factor++) factorial *= factor;
  return n === 0 ? 0 : Math.log(factorial) - ((n + 0.5) * Math.log(n) - n + HALF_LOG_2PI);
});
