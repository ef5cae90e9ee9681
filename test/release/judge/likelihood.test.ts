import { describe, expect, it } from 'vitest';
import { logLikelihoodRatios } from '../../../functions/release/judge/likelihood.ts';
import type { Minute, Odds } from '../../../functions/release/judge/minute.ts';
import { choose, type Fraction, fraction, isAtMost, isSame, over, power, sumOf, times, toNumber } from './fraction.ts';

const MOST_REQUESTS = 14;
const BETS = [fraction(3, 2), fraction(2), fraction(3), fraction(5), fraction(10), fraction(30)];
const ONE = fraction(1);
const logLikelihoodRatio = (minute: Minute, bet: number, odds: Odds) => logLikelihoodRatios(minute, [bet], odds)[0]!;
const ONCE = { tolerated: 1, attempts: 1 };

/** One draw of the bad requests: how many of each version's requests, and how many bad ones there are. */
interface Draw {
  greenTotal: number;
  blueTotal: number;
  bad: number;
}

/** Every draw of up to 14 requests that can say something. */
const DRAWS: Draw[] = [];
for (let all = 2; all <= MOST_REQUESTS; all++)
  for (let greenTotal = 1; greenTotal < all; greenTotal++)
    for (let bad = 1; bad < all; bad++) DRAWS.push({ greenTotal, blueTotal: all - greenTotal, bad });

/** Every table that a draw may end in. */
function minutesOf({ greenTotal, blueTotal, bad }: Draw): Minute[] {
  const minutes: Minute[] = [];
  for (let greenBad = Math.max(0, bad - blueTotal); greenBad <= Math.min(bad, greenTotal); greenBad++)
    minutes.push({ greenBad, greenTotal, blueBad: bad - greenBad, blueTotal });
  return minutes;
}

const ways = ({ greenBad, greenTotal, blueBad, blueTotal }: Minute) => choose(greenTotal, greenBad) * choose(blueTotal, blueBad);
/** Σ h(i)·ω^i over a draw's tables. */
const sumOfDraw = (minutes: Minute[], odds: Fraction) =>
  sumOf(minutes.map((minute) => times(fraction(ways(minute)), power(odds, minute.greenBad))));

/** L by its definition, exactly. */
function exactL(minute: Minute, odds: Fraction, tolerated = ONE): Fraction {
  const minutes = minutesOf({ ...minute, bad: minute.greenBad + minute.blueBad });
  return over(times(power(odds, minute.greenBad), sumOfDraw(minutes, tolerated)), sumOfDraw(minutes, times(tolerated, odds)));
}

/** The mean of L over the tables of a draw, when green's odds of a bad request are so many times blue's. */
function meanOfL(draw: Draw, bet: Fraction, tolerated: Fraction, real: Fraction): Fraction {
  const minutes = minutesOf(draw);
  const weight = (minute: Minute) => times(fraction(ways(minute)), power(real, minute.greenBad));
  return over(sumOf(minutes.map((minute) => times(weight(minute), exactL(minute, bet, tolerated)))), sumOf(minutes.map(weight)));
}

describe('the evidence of a minute, over every table of up to 14 requests', () => {
  it('is the exact likelihood ratio', () => {
    for (const draw of DRAWS)
      for (const minute of minutesOf(draw))
        for (const bet of BETS)
          for (const tolerated of [fraction(1), fraction(6, 5)]) {
            const exact = toNumber(exactL(minute, bet, tolerated));
            const log = logLikelihoodRatio(minute, toNumber(bet), { tolerated: toNumber(tolerated), attempts: 1 });
            if (Math.abs(Math.exp(log) / exact - 1) > 1e-12)
              expect.fail(`${JSON.stringify(minute)} at ${toNumber(bet)}: ${Math.exp(log)}, exactly ${exact}`);
          }
  });

  it('has the mean 1 on a green that is as good as blue, and at most 1 on a better one', () => {
    for (const draw of DRAWS)
      for (const bet of BETS) {
        if (!isSame(meanOfL(draw, bet, ONE, ONE), ONE)) expect.fail(`the mean of ${JSON.stringify(draw)} at ${toNumber(bet)} is not 1`);
        for (const better of [fraction(9, 10), fraction(1, 2), fraction(1, 100)])
          if (!isAtMost(meanOfL(draw, bet, ONE, better), ONE))
            expect.fail(`the mean of ${JSON.stringify(draw)} is above 1 on a better green`);
      }
  });

  it('has the mean 1 on a green at the odds that are tolerated, and at most 1 on a better one', () => {
    for (const draw of DRAWS)
      for (const bet of BETS) {
        if (!isSame(meanOfL(draw, bet, fraction(2), fraction(2)), ONE)) expect.fail(`the mean of ${JSON.stringify(draw)} is not 1`);
        for (const better of [fraction(3, 2), ONE, fraction(1, 3)])
          if (!isAtMost(meanOfL(draw, bet, fraction(2), better), ONE)) expect.fail(`the mean of ${JSON.stringify(draw)} is above 1`);
      }
  });

  it('has a mean of at most 1 also by the closed form for attempts that stay on one version', () => {
    for (const draw of DRAWS)
      for (const bet of [1.5, 3, 30])
        for (const tolerated of [1, 2]) {
          const minutes = minutesOf(draw);
          const weights = minutes.map((minute) => Number(ways(minute)) * tolerated ** minute.greenBad);
          // The closed form itself: what is divided by the attempts is less.
          const mean = minutes.reduce(
            (sum, minute, index) => sum + weights[index]! * Math.exp(3 * logLikelihoodRatio(minute, bet, { tolerated, attempts: 3 })),
            0,
          );
          expect(mean / weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(1 + 1e-12);
        }
  });

  it('never rises when green loses a bad request or blue gets one more', () => {
    for (const draw of DRAWS)
      for (const minute of minutesOf(draw))
        for (const bet of BETS) {
          const L = exactL(minute, bet);
          const { greenBad, blueBad, blueTotal } = minute;
          if (greenBad > 0 && !isAtMost(exactL({ ...minute, greenBad: greenBad - 1 }, bet), L))
            expect.fail(`less of ${JSON.stringify(minute)} says more`);
          if (blueBad < blueTotal && !isAtMost(exactL({ ...minute, blueBad: blueBad + 1 }, bet), L))
            expect.fail(`more of ${JSON.stringify(minute)} says more`);
        }
  });
});

describe('the evidence of a minute', () => {
  it('is none without a bad request, with nothing else, or without requests of both', () => {
    for (const minute of [
      { greenBad: 0, greenTotal: 10, blueBad: 0, blueTotal: 90 },
      { greenBad: 10, greenTotal: 10, blueBad: 90, blueTotal: 90 },
      { greenBad: 0, greenTotal: 0, blueBad: 5, blueTotal: 90 },
      { greenBad: 5, greenTotal: 10, blueBad: 0, blueTotal: 0 },
    ])
      expect(logLikelihoodRatio(minute, 2, ONCE)).toBe(0);
  });

  it('agrees with exact sums at a million requests a minute', () => {
    for (const minute of [
      { greenBad: 150, greenTotal: 100_000, blueBad: 900, blueTotal: 900_000 },
      { greenBad: 1000, greenTotal: 900_000, blueBad: 40, blueTotal: 100_000 },
      { greenBad: 2, greenTotal: 1000, blueBad: 700, blueTotal: 999_000 },
    ])
      for (const bet of BETS) {
        const log = logLikelihoodRatio(minute, toNumber(bet), ONCE);
        const exact = logOf(exactRatioByRecurrence(minute, bet));
        if (exact > -60) expect(Math.abs(log - exact)).toBeLessThan(1e-10 * Math.max(1, Math.abs(log)));
        // What is nothing beside cash is told as an upper bound that still is.
        else expect(log).toSatisfy((bound: number) => bound >= exact && bound < -50);
      }
  });

  it('is finite for five million requests a minute, and speaks against a green that alone fails', () => {
    const total = 5_000_000;
    for (const odds of [1.5, 2, 3, 5, 10, 30]) {
      for (const [greenBad, blueBad] of [
        [total, 0],
        [0, total],
        [total, 1],
        [1, total - 1],
        [total / 2, total / 2],
        [1, 0],
        [0, 1],
        [total - 1, total],
      ] as const)
        for (const [greenTotal, blueTotal] of [
          [total, total],
          [total, 9 * total],
        ] as const)
          for (const settings of [ONCE, { tolerated: 2, attempts: 1 }, { tolerated: 1.5, attempts: 3 }])
            expect(logLikelihoodRatio({ greenBad, greenTotal, blueBad, blueTotal }, odds, settings)).toSatisfy(Number.isFinite);
      expect(logLikelihoodRatio({ greenBad: total, greenTotal: total, blueBad: 0, blueTotal: total }, odds, ONCE)).toBeGreaterThan(1e5);
      expect(logLikelihoodRatio({ greenBad: 0, greenTotal: total, blueBad: total, blueTotal: total }, odds, ONCE)).toBeLessThan(0);
    }
  });
});

/** L as a fraction of integers of fixed width: the terms by their recurrence, each to 60 digits. */
function exactRatioByRecurrence({ greenBad, greenTotal, blueBad, blueTotal }: Minute, odds: Fraction): Fraction {
  const bad = greenBad + blueBad;
  const least = Math.max(0, bad - blueTotal);
  const digits = 10n ** 400n;
  let term = digits;
  let tilted = digits;
  let [sum, tiltedSum] = [term, tilted];
  for (let i = least; i < Math.min(bad, greenTotal); i++) {
    const up = BigInt(greenTotal - i) * BigInt(bad - i);
    const down = BigInt(i + 1) * BigInt(blueTotal - bad + i + 1);
    term = (term * up) / down;
    tilted = (tilted * up * odds.up) / (down * odds.down);
    sum += term;
    tiltedSum += tilted;
  }
  // Both sums begin at ω^least, which the second has not been given.
  const scale = power(odds, greenBad - least);
  return { up: scale.up * sum, down: scale.down * tiltedSum };
}

/** ln of a fraction of integers of any size. */
function logOf({ up, down }: Fraction): number {
  const log = (value: bigint) => {
    const bits = value.toString(2).length;
    const shift = BigInt(Math.max(0, bits - 60));
    return Math.log(Number(value >> shift)) + Number(shift) * Math.LN2;
  };
  return log(up) - log(down);
}
