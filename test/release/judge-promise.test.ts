import { describe, expect, it } from 'vitest';
import type { Minute, Odds } from '../../functions/release/judge/minute.ts';
import { bet, combine, newWealth, type Wealth } from '../../functions/release/judge/wealth.ts';
import { createRandom } from '../../local/random.ts';
import { type Binomial, createBinomial } from '../../scripts/bench-judge/binomial.ts';
import { simulateMinute } from '../../scripts/bench-judge/simulate.ts';

/**
 * A healthy release is reverted with a probability of at most 1 %, whatever else befalls it. Were it more, 4,000 releases would
 * mostly have more than 40 reverts; were it 1 %, they would have more than 55 once in a hundred seeds.
 */
const RELEASES = 4000;
const MOST_REVERTED = 55;
const MINUTES = 60;
const LOG_LIMIT = Math.log(1 / 0.01);

interface Chance {
  random: () => number;
  binomial: Binomial;
}

/** The minutes of one release: what each metric of each target counted in the next one. */
type Release = (minute: number) => Minute[][];

function countReverted(aRelease: (chance: Chance) => Release, odds: Odds = { tolerated: 1, attempts: 1 }): number {
  const random = createRandom(1);
  const chance = { random, binomial: createBinomial(random) };
  return Array.from({ length: RELEASES }, () => isReverted(aRelease(chance), odds)).filter(Boolean).length;
}

function isReverted(release: Release, odds: Odds): boolean {
  let wealths: Wealth[][] = [];
  for (let minute = 1; minute <= MINUTES; minute++) {
    wealths = release(minute).map((metrics, target) =>
      metrics.map((counted, metric) => bet(wealths[target]?.[metric] ?? newWealth(), counted, odds)),
    );
    if (combine(wealths.map((metrics) => metrics.map(({ logWealth }) => logWealth))) >= LOG_LIMIT) return true;
  }
  return false;
}

/** A minute in which a request of either version fails with the same chance. */
const healthy = ({ binomial }: Chance, failureRate: number, requests = 600, greenWeightPercent = 10): Minute =>
  simulateMinute({ requests, greenWeightPercent, greenFailureRate: failureRate, blueFailureRate: failureRate }, binomial);

/** Each request of the minute is counted with this chance, failed or not. */
function thinned({ greenBad, greenTotal, blueBad, blueTotal }: Minute, { binomial }: Chance, share: number): Minute {
  const [seenGreenBad, seenBlueBad] = [binomial(greenBad, share), binomial(blueBad, share)];
  return {
    greenBad: seenGreenBad,
    greenTotal: seenGreenBad + binomial(greenTotal - greenBad, share),
    blueBad: seenBlueBad,
    blueTotal: seenBlueBad + binomial(blueTotal - blueBad, share),
  };
}

/** A failure rate that wanders from 1 % as far as .05 % and 30 %, and rather up. */
function wanderingRate({ random }: Chance): () => number {
  let rate = 0.01;
  return () => {
    rate = Math.min(0.3, Math.max(0.0005, rate * Math.exp((random() - 0.45) * 0.8)));
    return rate;
  };
}

/** Requests one after the other, of which bursts of some 20 in a row fail, also across minutes. */
function burstyRequests({ random }: Chance): () => Minute {
  let isBurst = false;
  return () => {
    const minute = { greenBad: 0, greenTotal: 0, blueBad: 0, blueTotal: 0 };
    for (let request = 0; request < 120; request++) {
      isBurst = random() < (isBurst ? 0.95 : 0.005);
      const isBad = isBurst || random() < 0.002;
      if (random() < 0.1) {
        minute.greenTotal++;
        if (isBad) minute.greenBad++;
      } else {
        minute.blueTotal++;
        if (isBad) minute.blueBad++;
      }
    }
    return minute;
  };
}

describe(`at most ${MOST_REVERTED} of ${RELEASES.toLocaleString('en')} healthy releases are reverted`, () => {
  it.each([
    { requests: 600, rate: 0.01, weight: 10 },
    { requests: 30, rate: 0.01, weight: 10 },
    { requests: 600, rate: 0.01, weight: 95 },
  ])('at a constant rate: $requests requests a minute, $rate of them failing, weight $weight', ({ requests, rate, weight }) => {
    expect(countReverted((chance) => () => [[healthy(chance, rate, requests, weight)]])).toBeLessThanOrEqual(MOST_REVERTED);
  });

  it('while the failure rate drifts', () => {
    const drifting = (chance: Chance): Release => {
      const next = wanderingRate(chance);
      return () => [[healthy(chance, next())]];
    };
    expect(countReverted(drifting)).toBeLessThanOrEqual(MOST_REVERTED);
  });

  it('while failures come in bursts that strike both versions', () => {
    const bursty = (chance: Chance): Release => {
      const next = burstyRequests(chance);
      return () => [[next()]];
    };
    expect(countReverted(bursty)).toBeLessThanOrEqual(MOST_REVERTED);
  });

  it('when an instance of one version fails all of its requests for a minute', () => {
    const sick = (chance: Chance): Release => {
      const sickMinute = 1 + Math.floor(chance.random() * MINUTES);
      const isGreenSick = chance.random() < 0.5;
      return (minute) => {
        const counted = healthy(chance, 0.01);
        if (minute !== sickMinute) return [[counted]];
        return [[isGreenSick ? { ...counted, greenBad: counted.greenTotal } : { ...counted, blueBad: counted.blueTotal }]];
      };
    };
    expect(countReverted(sick)).toBeLessThanOrEqual(MOST_REVERTED);
  });

  it('when the weight rises together with the failure rate', () => {
    const shifted = (chance: Chance): Release => {
      return (minute) => [[minute <= MINUTES / 2 ? healthy(chance, 0.005, 600, 10) : healthy(chance, 0.03, 600, 50)]];
    };
    expect(countReverted(shifted)).toBeLessThanOrEqual(MOST_REVERTED);
  });

  it('when some datapoints had not come yet', () => {
    const late = (chance: Chance): Release => {
      return () => [[thinned(healthy(chance, 0.01), chance, chance.random())]];
    };
    expect(countReverted(late)).toBeLessThanOrEqual(MOST_REVERTED);
  });

  it('with five targets that fail together', () => {
    const fiveTargets = (chance: Chance): Release => {
      const next = wanderingRate(chance);
      return () => {
        const rate = next();
        return [30, 60, 120, 300, 600].map((requests) => [healthy(chance, rate, requests)]);
      };
    };
    expect(countReverted(fiveTargets)).toBeLessThanOrEqual(MOST_REVERTED);
  });

  it('with two metrics of the same requests', () => {
    const failedAndSlow = (chance: Chance): Release => {
      // What failed mostly was slow.
      const slowOf = (bad: number, total: number) => chance.binomial(bad, 0.9) + chance.binomial(total - bad, 0.005);
      return () => {
        const failed = healthy(chance, 0.01);
        const greenBad = slowOf(failed.greenBad, failed.greenTotal);
        const blueBad = slowOf(failed.blueBad, failed.blueTotal);
        return [[failed, { ...failed, greenBad, blueBad }]];
      };
    };
    expect(countReverted(failedAndSlow)).toBeLessThanOrEqual(MOST_REVERTED);
  });

  it('with a green that has just the odds that are tolerated', () => {
    const blueOdds = 0.01 / 0.99;
    const greenFailureRate = (2 * blueOdds) / (1 + 2 * blueOdds);
    const twice = (chance: Chance): Release => {
      return () => [[simulateMinute({ requests: 600, greenWeightPercent: 10, greenFailureRate, blueFailureRate: 0.01 }, chance.binomial)]];
    };
    expect(countReverted(twice, { tolerated: 2, attempts: 1 })).toBeLessThanOrEqual(MOST_REVERTED);
  });
});
