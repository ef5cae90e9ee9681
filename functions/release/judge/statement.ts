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

/** "evidence 114 to 1 (limit 100 to 1)"; 99.8 is not yet 100. */
export const describeEvidence = (evidence: number, limit: number): string =>
  `evidence ${evidence >= MOST_EVIDENCE ? 'over ' : ''}${show(evidence >= 10 ? Math.floor(evidence) : evidence)} to 1 (limit ${show(limit)} to 1)`;

/** Many bad targets multiply up to numbers that no store keeps, and nobody reads. */
export const MOST_EVIDENCE = 1e9;

/** "would have caught an error rate of 2.1 % or more on green (blue 1.0 %) with 95 %" */
export function describePower({ rate }: JudgedMetric['words'], { blueBad, blueTotal }: Tally, power: Power | undefined): string {
  if (!power) return 'could not have caught any regression with 95 %';
  return `would have caught ${rate} of ${percent(power.greenRate)} or more on green (blue ${percent(blueBad / blueTotal)}) with 95 %`;
}

/** To three digits, as a number that is kept. */
export const round = (value: number): number => Number(value.toPrecision(3));

/** "114", "5.0", "0.042", "16,400" */
const show = (value: number): string => (value >= 100 ? whole(value) : value === 0 ? '0' : plain(value));

/** To two digits, and never as "1e-7". */
const plain = (value: number): string =>
  value >= 9.95 ? value.toFixed(0) : value.toFixed(Math.min(20, Math.max(1, 1 - Math.floor(Math.log10(value)))));

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** "2.1 %", "0.034 %" */
function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  return `${plain(value)} %`;
}
