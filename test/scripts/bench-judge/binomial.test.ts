import { expect, it } from 'vitest';
import { createBinomial } from '../../../scripts/bench-judge/binomial.ts';

/** P(count) of all counts, by the recurrence from 0. */
function probabilities(trials: number, chance: number): number[] {
  const all = [(1 - chance) ** trials];
  for (let count = 1; count <= trials; count++) all.push((all[count - 1]! * (trials - count + 1) * chance) / (count * (1 - chance)));
  return all;
}

it.each([
  [60, 0.01],
  [540, 0.05],
  [600, 0.1],
  [6000, 0.001],
  [30, 0.95],
  [5, 0.5],
  [1, 0.3],
])('draws of %i trials with chance %f have the binomial distribution', (trials, chance) => {
  const draws = 100_000;
  let draw = 0;
  // Every part of [0, 1) once, so what is counted are the lengths of the parts that give each count.
  const binomial = createBinomial(() => (draw + 0.5) / draws);
  const counts = new Array<number>(trials + 1).fill(0);
  for (; draw < draws; draw++) counts[binomial(trials, chance)]!++;
  for (const [count, probability] of probabilities(trials, chance).entries())
    expect(Math.abs(counts[count]! / draws - probability)).toBeLessThan(3 / draws);
});

it('a chance of none or all needs no luck', () => {
  const binomial = createBinomial(() => 0.999_999_999);
  expect([binomial(0, 0.5), binomial(7, 0), binomial(7, 1)]).toEqual([0, 0, 7]);
});
