import { describe, expect, it } from 'vitest';
import type { Minute } from '../../../functions/release/judge/minute.ts';
import { bet, combine, newWealth, type Wealth } from '../../../functions/release/judge/wealth.ts';

const ODDS = { tolerated: 1, attempts: 1 };
const HEALTHY: Minute = { greenBad: 1, greenTotal: 100, blueBad: 9, blueTotal: 900 };
const SICK: Minute = { greenBad: 100, greenTotal: 100, blueBad: 9, blueTotal: 900 };
const having = (wealth: Wealth, ...minutes: Minute[]) => minutes.reduce((so, minute) => bet(so, minute, ODDS), wealth);
const many = (count: number, minute: Minute) => Array<Minute>(count).fill(minute);

describe('the evidence of a bake', () => {
  it('begins at 1 to 1, all of it at stake', () => {
    expect(newWealth().logWealth).toBe(0);
    expect(newWealth().shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 15);
  });

  it('keeps its shares a whole, whatever it meets', () => {
    for (const wealth of [having(newWealth(), ...many(500, HEALTHY)), having(newWealth(), ...many(500, SICK))])
      expect(wealth.shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
  });

  it('moves its shares to the bets that gained, and puts one in 301 back: half to cash, half to the bets as at first', () => {
    // Of ten requests one failed, and it was green's only one: L = ω·10 / (9 + ω).
    const minute = { greenBad: 1, greenTotal: 1, blueBad: 0, blueTotal: 9 };
    const likelihoods = [1, 1.5, 2, 3, 5, 10, 30].map((odds) => (10 * odds) / (9 + odds));
    const mixture = [0.5, 0.1, 0.125, 0.1, 0.075, 0.06, 0.04];
    let expected = [0.2, 0.16, 0.2, 0.16, 0.12, 0.096, 0.064];
    let wealth = newWealth();
    for (const mixed of [1 / 301, 1 / 302]) {
      const gained = expected.map((share, index) => share * likelihoods[index]!);
      const factor = gained.reduce((sum, share) => sum + share);
      const before = wealth;
      wealth = having(wealth, minute);
      expected = gained.map((share, index) => (1 - mixed) * (share / factor) + mixed * mixture[index]!);
      expect(wealth.logWealth - before.logWealth).toBeCloseTo(Math.log(factor), 12);
      for (const [index, share] of wealth.shares.entries()) expect(share).toBeCloseTo(expected[index]!, 12);
    }
  });

  it('lets no minute by itself decide', () => {
    expect(having(newWealth(), SICK).logWealth).toBeCloseTo(Math.log(20), 12);
    expect(having(newWealth(), SICK, SICK).logWealth).toBeCloseTo(2 * Math.log(20), 12);
  });

  it('does not change by minutes that say nothing', () => {
    const wealth = having(newWealth(), HEALTHY);
    for (const quiet of [
      { greenBad: 0, greenTotal: 100, blueBad: 0, blueTotal: 900 },
      { greenBad: 0, greenTotal: 0, blueBad: 9, blueTotal: 900 },
    ])
      expect(having(wealth, quiet)).toBe(wealth);
  });

  it('finds what breaks after twelve healthy hours nearly as fast as what breaks at once', () => {
    const minutesToFind = (wealth: Wealth) => {
      let minutes = 0;
      for (let now = wealth; now.logWealth < Math.log(100); minutes++) now = bet(now, { ...HEALTHY, greenBad: 5 }, ODDS);
      return minutes;
    };
    const atOnce = minutesToFind(newWealth());
    expect(minutesToFind(having(newWealth(), ...many(720, HEALTHY)))).toBeLessThanOrEqual(3 * atOnce);
  });

  it('refuses counts that cannot be rather than take them for a quiet minute', () => {
    for (const wrong of [
      { greenBad: Number.NaN },
      { greenBad: 101 },
      { blueBad: -1 },
      { blueTotal: Number.POSITIVE_INFINITY },
      { greenBad: 0.5 },
    ])
      expect(() => bet(newWealth(), { ...HEALTHY, ...wrong }, ODDS)).toThrow(RangeError);
  });
});

describe('the evidence of a release', () => {
  const of = (...targets: number[][]) => Math.exp(combine(targets.map((metrics) => metrics.map(Math.log))));

  it('is the average over the metrics of a target', () => {
    expect(of([50])).toBeCloseTo(50, 10);
    expect(of([300, 1, 0.5, 98.5])).toBeCloseTo(100, 10);
  });

  it('is half the average and half the product over targets', () => {
    expect(of([10], [30])).toBeCloseTo((20 + 300) / 2, 10);
    expect(of([10, 30], [5], [2])).toBeCloseTo((9 + 200) / 2, 10);
  });

  it('is 1 to 1 of what has no metric, and leaves such targets out', () => {
    expect(of()).toBe(1);
    expect(of([], [40])).toBeCloseTo(40, 10);
  });

  it('is finite of a hundred targets that all fail', () => {
    expect(combine(Array<number[]>(100).fill([2000]))).toSatisfy(Number.isFinite);
  });
});
