import type { JudgedMetric } from './metrics.ts';
import type { Power } from './power.ts';
import { oddsRatio, type Tally } from './tally.ts';

/** The judge's words. */

/** "green failed 9 of 180 requests while blue failed 16 of 1,640: 5.3 times the odds (at blue's rate 1.8 would have failed)" */
export function describeCounts({ verb, verbOfExpected }: JudgedMetric['words'], tally: Tally): string {
  const { greenBad, greenTotal, blueBad, blueTotal, expectedBad } = tally;
  const counts = `green ${verb} ${whole(greenBad)} of ${whole(greenTotal)} requests while blue ${verb} ${whole(blueBad)} of ${whole(blueTotal)}`;
  const odds = oddsRatio(tally);
  if (odds === undefined) return counts;
  return `${counts}: ${show(odds)} times the odds (at blue's rate ${show(expectedBad)} would have${verbOfExpected})`;
}

/** "evidence 114 to 1 (limit 100 to 1)"; what has not reached the limit never reads as if it had. */
export const describeEvidence = (evidence: number, limit: number): string =>
  `evidence ${describeOdds(evidence)} (limit ${show(limit, Math.ceil)} to 1)`;

/** "114 to 1" */
export const describeOdds = (evidence: number): string => `${evidence >= MOST_EVIDENCE ? 'over ' : ''}${show(evidence, Math.floor)} to 1`;

/** Many bad targets multiply up to numbers that no store keeps, and nobody reads. */
export const MOST_EVIDENCE = 1e9;

/** "would have caught an error rate of 2.1 % or more on green (blue 1.0 %) with 95 %" */
export function describePower({ rate }: JudgedMetric['words'], { blueBad, blueTotal }: Tally, power: Power | undefined): string {
  if (!power) return 'what it could have caught with 95 % cannot be told: too few requests, or too many bad ones on blue';
  return `would have caught ${rate} of ${percent(power.greenRate)} or more on green (blue ${percent(blueBad / blueTotal)}) with 95 %`;
}

/** To three digits, as a number that is kept. */
export const round = (value: number): number => Number(value.toPrecision(3));

/** Evidence as a number that is kept: rounded down, so that none below the limit equals it. */
export function keptEvidence(evidence: number): number {
  const value = Math.min(evidence, MOST_EVIDENCE);
  if (value >= 100) return Math.floor(value);
  return value > 0 ? Number(toDigits(value, 3, Math.floor).toPrecision(3)) : 0;
}

/** "114", "5.0", "0.042", "16,400"; never "1e-7" */
function show(value: number, toward = Math.round): string {
  if (value === 0) return '0';
  const shown = value >= 10 ? toward(value) : toDigits(value, 2, toward);
  return shown >= 10 ? whole(shown) : shown.toFixed(Math.min(20, Math.max(1, 1 - Math.floor(Math.log10(shown)))));
}

function toDigits(value: number, digits: number, toward: (value: number) => number): number {
  const scale = 10 ** (digits - 1 - Math.floor(Math.log10(value)));
  // 0.29 × 100 is 28.999999999999996.
  return toward(Number((value * scale).toPrecision(12))) / scale;
}

/** "16,400" */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** "2.1 %", "0.034 %" */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  return `${show(value)} %`;
}
