import type { Watch } from '../watch.ts';
import { rankSumZ, rateOf } from './rank-sum.ts';

/** The normal quantile of 1 − 0.02. */
const Z_LIMIT = 2.0537;
const FEWEST_MINUTES = 5;

/** Mann-Whitney on the failure rates of all minutes so far, one-sided p < 0.02 at each look. */
export function createMannWhitney(lookEveryMinutes: number): Watch {
  const green: number[] = [];
  const blue: number[] = [];
  return (minute) => {
    insert(green, rateOf(minute.greenBad, minute.greenTotal));
    insert(blue, rateOf(minute.blueBad, minute.blueTotal));
    if (green.length < FEWEST_MINUTES || green.length % lookEveryMinutes !== 0) return false;
    return rankSumZ(green, blue, 0) > Z_LIMIT;
  };
}

function insert(sorted: number[], value: number): void {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  sorted.splice(from, 0, value);
}
