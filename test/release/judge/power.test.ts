import { describe, expect, it } from 'vitest';
import { poissonQuantile, powerOf } from '../../../functions/release/judge/power.ts';
import { count, newTally, type Tally } from '../../../functions/release/judge/tally.ts';
import { bet, newWealth } from '../../../functions/release/judge/wealth.ts';
import { createRandom } from '../../../local/random.ts';
import { type Binomial, createBinomial } from '../../../scripts/bench-judge/binomial.ts';

const LOG_100 = Math.log(100);
const ONCE = { tolerated: 1, attempts: 1 };

/** A tally of minutes that are all alike. */
function aTally(minutes: number, minute: Pick<Tally, 'greenBad' | 'greenTotal' | 'blueBad' | 'blueTotal'>): Tally {
  let tally = newTally(0);
  for (let index = 0; index < minutes; index++) tally = count(tally, minute);
  return tally;
}

/** The smallest x at which the exact sum of a Poisson count reaches 5 %, its terms added in logarithms. */
function exactQuantile(mean: number): number {
  let logFactorial = 0;
  for (let x = 0, sum = 0; ; x++) {
    if (x > 0) logFactorial += Math.log(x);
    sum += Math.exp(x * Math.log(mean) - mean - logFactorial);
    if (sum >= 0.05) return x;
  }
}

describe('the 5 % quantile of a Poisson count', () => {
  it('is that of the exact sum', () => {
    for (let mean = 0.01; mean < 400; mean *= 1.07) expect([mean, poissonQuantile(mean)]).toEqual([mean, exactQuantile(mean)]);
  });

  it('is within one of it for means beyond what doubles can begin a sum with', () => {
    for (let mean = 400; mean < 20_000; mean *= 1.11) expect(Math.abs(poissonQuantile(mean) - exactQuantile(mean))).toBeLessThanOrEqual(1);
  });

  it('is none of a mean of up to 3, which comes to none in 5 % of cases', () => {
    expect([0, 0.05, 2.99, 3].map(poissonQuantile)).toEqual([0, 0, 0, 1]);
  });
});

interface Setting {
  requestsPerMinute: number;
  weight: number;
  blueRate: number;
  minutes: number;
  tolerated?: number;
  attempts?: number;
  /** How many times the odds that are named green has. */
  timesNamed?: number;
}

/** Of so many bakes how many are caught whose green has just the rate that the power statement names, with blue as it was. */
function shareCaught(
  { requestsPerMinute, weight, blueRate, minutes, tolerated = 1, attempts = 1, timesNamed = 1 }: Setting,
  bakes: number,
  binomial: Binomial,
) {
  let caught = 0;
  for (let bake = 0; bake < bakes; bake++) {
    const drawn = Array.from({ length: minutes }, () => {
      const greenTotal = binomial(requestsPerMinute, weight);
      const blueTotal = requestsPerMinute - greenTotal;
      return { greenBad: 0, greenTotal, blueTotal, blueBad: binomial(blueTotal, blueRate) };
    });
    const power = powerOf(drawn.reduce(count, newTally(0)), { tolerated, attempts }, LOG_100)!;
    const odds = (timesNamed * power.greenRate) / (1 - power.greenRate);
    const rate = odds / (1 + odds);
    let wealth = newWealth();
    for (const minute of drawn) {
      if (wealth.logWealth >= LOG_100) break;
      wealth = bet(wealth, { ...minute, greenBad: binomial(minute.greenTotal, rate) }, { tolerated, attempts });
    }
    if (wealth.logWealth >= LOG_100) caught++;
  }
  return caught / bakes;
}

describe('what a bake says it would have caught is caught', () => {
  it.each<[string, Setting]>([
    ['of an hour at 10 %', { requestsPerMinute: 600, weight: 0.1, blueRate: 0.01, minutes: 60 }],
    ['of twenty minutes at 50 %', { requestsPerMinute: 600, weight: 0.5, blueRate: 0.01, minutes: 20 }],
    ['of eight busy minutes with rare failures', { requestsPerMinute: 6000, weight: 0.1, blueRate: 0.001, minutes: 8 }],
    ['that tolerates 1.5 times the odds', { requestsPerMinute: 600, weight: 0.1, blueRate: 0.01, minutes: 60, tolerated: 1.5 }],
    ['of attempts that stay on a version', { requestsPerMinute: 600, weight: 0.1, blueRate: 0.01, minutes: 30, attempts: 3 }],
  ])('in 90 to 99 of 100 bakes: one %s', (_, setting) => {
    const share = shareCaught(setting, 400, createBinomial(createRandom(5)));
    expect(share).toBeGreaterThanOrEqual(0.9);
    expect(share).toBeLessThanOrEqual(0.99);
  });

  it.each<[string, Setting]>([
    ['at 95 %, where little is left of blue', { requestsPerMinute: 600, weight: 0.95, blueRate: 0.01, minutes: 20 }],
    [
      'in three minutes, within 7 % of the odds,',
      { requestsPerMinute: 60_000, weight: 0.1, blueRate: 0.001, minutes: 3, timesNamed: 1.07 },
    ],
    [
      'with hardly a request a minute, within 7 % of the odds,',
      { requestsPerMinute: 3, weight: 0.1, blueRate: 0.05, minutes: 600, timesNamed: 1.07 },
    ],
  ])('in no fewer than 90 of 100 bakes %s', (_, setting) => {
    expect(shareCaught(setting, 400, createBinomial(createRandom(5)))).toBeGreaterThanOrEqual(0.9);
  });
});

describe('a bake could have caught', () => {
  const minute = { greenBad: 0, greenTotal: 10_000, blueBad: 900, blueTotal: 90_000 };

  it('nothing in fewer minutes than the cap of one minute lets decide', () => {
    expect(powerOf(aTally(1, minute), ONCE, LOG_100)).toBeUndefined();
    expect(powerOf(aTally(2, minute), ONCE, LOG_100)).toBeDefined();
    expect(powerOf(aTally(2, minute), ONCE, Math.log(1e4))).toBeUndefined();
  });

  it('nothing without requests of both', () => {
    expect(powerOf(newTally(0), ONCE, LOG_100)).toBeUndefined();
    expect(powerOf(aTally(9, { ...minute, greenTotal: 0 }), ONCE, LOG_100)).toBeUndefined();
    expect(powerOf(aTally(9, { ...minute, blueTotal: 0, blueBad: 0 }), ONCE, LOG_100)).toBeUndefined();
  });

  it('nothing with too few requests of green, even if all of them failed', () => {
    expect(powerOf(aTally(9, { greenBad: 0, greenTotal: 0.2, blueBad: 1, blueTotal: 100 }), ONCE, LOG_100)).toBeUndefined();
  });

  it('less with more requests, and more where more is tolerated or the limit is higher', () => {
    const oddsOf = (minutes: number, odds = ONCE, logLimit = LOG_100) =>
      powerOf(aTally(minutes, { greenBad: 0, greenTotal: 60, blueBad: 5, blueTotal: 540 }), odds, logLimit)!.odds;
    expect(oddsOf(60)).toBeLessThan(oddsOf(20));
    expect(oddsOf(60, { tolerated: 1.5, attempts: 1 })).toBeGreaterThan(1.3 * oddsOf(60));
    expect(oddsOf(60, { tolerated: 1, attempts: 3 })).toBeGreaterThan(oddsOf(60));
    expect(oddsOf(60, ONCE, Math.log(1000))).toBeGreaterThan(oddsOf(60));
  });

  it('the rate that these odds make of blue’s', () => {
    const { odds, greenRate, blueRate } = powerOf(aTally(60, { greenBad: 0, greenTotal: 60, blueBad: 5, blueTotal: 540 }), ONCE, LOG_100)!;
    expect(blueRate).toBeCloseTo(300.5 / 32_401, 12);
    expect(greenRate / (1 - greenRate)).toBeCloseTo((odds * blueRate) / (1 - blueRate), 12);
  });

  it('something for any counts, in no time: also where green has hundreds to thousands of bad requests', () => {
    for (let greenTotal = 100; greenTotal < 1e9; greenTotal *= 1.3)
      for (const blueBad of [0, 3, 1e3])
        expect(powerOf(aTally(10, { greenBad: 0, greenTotal: Math.round(greenTotal), blueBad, blueTotal: 1e4 }), ONCE, LOG_100)).toSatisfy(
          (power) => power === undefined || (power.odds > 1 && power.greenRate > power.blueRate && power.greenRate <= 1),
        );
  });
});
