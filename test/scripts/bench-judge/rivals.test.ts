import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../local/random.ts';
import { createAlarm } from '../../../scripts/bench-judge/rivals/alarm.ts';
import { createKayenta } from '../../../scripts/bench-judge/rivals/kayenta.ts';
import { createMannWhitney } from '../../../scripts/bench-judge/rivals/mann-whitney.ts';
import { createMsprt } from '../../../scripts/bench-judge/rivals/msprt.ts';
import { boundaryOf, createObrienFleming } from '../../../scripts/bench-judge/rivals/obrien-fleming.ts';
import { hodgesLehmann, rankSumZ } from '../../../scripts/bench-judge/rivals/rank-sum.ts';
import type { Watch } from '../../../scripts/bench-judge/watch.ts';

const minute = (greenBad: number, blueBad: number) => ({ greenBad, greenTotal: 100, blueBad, blueTotal: 1000 });

/** The number of the minute, from 1, in which it reverts; 0 when never. */
const revertedIn = (watch: Watch, minutes: ReturnType<typeof minute>[]) => minutes.findIndex((one) => watch(one)) + 1;
const hour = (greenBad: number, blueBad: number) => Array.from({ length: 60 }, () => minute(greenBad, blueBad));

describe('an alarm', () => {
  it('reverts when enough of its last minutes are above 5 %', () => {
    const minutes = [6, 0, 6, 5, 0, 0, 6, 6].map((bad) => minute(bad, 0));
    expect(revertedIn(createAlarm(1, 1), minutes)).toBe(1);
    expect(revertedIn(createAlarm(2, 2), minutes)).toBe(8);
    expect(revertedIn(createAlarm(3, 5), minutes)).toBe(0);
    expect(revertedIn(createAlarm(3, 5), [minute(6, 0), ...minutes.slice(4)])).toBe(5);
  });
});

describe('O’Brien-Fleming', () => {
  it('has a boundary that a standard walk of as many looks passes with 1 %', () => {
    const random = createRandom(1);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const [walks, looks] = [40_000, 60];
    let passed = 0;
    for (let walk = 0; walk < walks; walk++) {
      let sum = 0;
      for (let look = 0; look < looks; look++) {
        sum += normal();
        if (sum < boundaryOf(looks) * Math.sqrt(looks)) continue;
        passed++;
        break;
      }
    }
    // Three standard errors.
    expect(Math.abs(passed / walks - 0.01)).toBeLessThan(0.0015);
  });

  it('asks for more at an early look than at a late one', () => {
    expect(revertedIn(createObrienFleming(60), hour(3, 10))).toBeGreaterThan(10);
    expect(revertedIn(createObrienFleming(60), hour(30, 10))).toBeLessThan(3);
  });
});

describe('mSPRT', () => {
  it('reverts for an excess of green and never for one of blue', () => {
    expect(revertedIn(createMsprt(), hour(5, 10))).toBeGreaterThan(0);
    expect(revertedIn(createMsprt(), hour(0, 100))).toBe(0);
  });
});

describe('the rank sum test', () => {
  const split = (values: number[], isGreen: (at: number) => boolean) => [
    values.filter((_, at) => isGreen(at)),
    values.filter((_, at) => !isGreen(at)),
  ];

  it('has the variance of all ways to split a sample with ties', () => {
    const values = [0, 0, 0, 1, 2, 2, 3, 5];
    const splits = Array.from({ length: 2 ** values.length }, (_, bits) => split(values, (at) => ((bits >> at) & 1) === 1)).filter(
      ([green]) => green!.length === 3,
    );
    const winsOf = (green: number[], blue: number[]) =>
      green.flatMap((one) => blue.map((other): number => (one > other ? 1 : one === other ? 0.5 : 0))).reduce((sum, win) => sum + win, 0);
    const excesses = splits.map(([green, blue]) => winsOf(green!, blue!) - 7.5);
    const deviation = Math.sqrt(excesses.reduce((sum, excess) => sum + excess ** 2, 0) / excesses.length);
    for (const [at, [green, blue]] of splits.entries()) {
      const corrected = excesses[at]! - Math.sign(excesses[at]!) / 2;
      expect(rankSumZ(green!, blue!, 0)).toBeCloseTo(corrected / deviation, 10);
    }
  });

  it('says nothing when all are tied', () => {
    expect(rankSumZ([1, 1], [1, 1, 1], 0)).toBe(0);
  });

  it('takes the shift off green', () => {
    expect(rankSumZ([11, 12, 15], [1, 2, 4], 10)).toBe(rankSumZ([1, 2, 5], [1, 2, 4], 0));
  });

  it('estimates the shift by the median of all differences', () => {
    expect(hodgesLehmann([1, 5], [0, 3])).toBe(1.5);
    expect(hodgesLehmann([4], [0, 1, 3])).toBe(3);
  });
});

describe('Mann-Whitney and Kayenta', () => {
  it('revert in the fifth minute when green was worse in each', () => {
    expect(revertedIn(createMannWhitney(1), hour(5, 10))).toBe(5);
    expect(revertedIn(createKayenta(1, 60), hour(5, 10))).toBe(5);
  });

  it('look only as often as they are told', () => {
    expect(revertedIn(createMannWhitney(10), hour(5, 10))).toBe(10);
    expect(revertedIn(createKayenta(30, 60), hour(5, 10))).toBe(30);
  });

  it('keep a green that is as blue', () => {
    expect(revertedIn(createMannWhitney(1), hour(1, 10))).toBe(0);
    expect(revertedIn(createKayenta(1, 60), hour(1, 10))).toBe(0);
  });

  it('Kayenta keeps what is significant but may be less than a quarter of the estimate', () => {
    // Green is always worse, but in every other minute by less than a quarter of what it mostly is.
    const minutes = Array.from({ length: 12 }, (_, at) => minute(at % 2 === 0 ? 8 : 2, 10 + (at >> 1)));
    expect(revertedIn(createMannWhitney(1), minutes)).toBeGreaterThan(0);
    expect(revertedIn(createKayenta(1, 60), minutes)).toBe(0);
  });

  it('Kayenta forgets what is older than its window', () => {
    const morning = Array.from({ length: 20 }, () => minute(0, 10));
    const minutes = [...morning, ...hour(5, 10)];
    expect(revertedIn(createKayenta(1, 10), minutes)).toBeLessThan(revertedIn(createKayenta(1, 60), minutes));
  });
});
