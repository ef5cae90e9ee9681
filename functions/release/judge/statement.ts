import type { JudgedMetric } from './metrics.ts';
import type { Power } from './power.ts';
import { oddsRatio, type Tally } from './tally.ts';

/** The judge's words. */

/** "green failed 9 of 180 requests while blue failed 16 of 1,640: 5.3 times the odds (at blue's rate 1.8 would have failed)" */
export function describeCounts({ verb, kind }: Pick<JudgedMetric, 'verb' | 'kind'>, tally: Tally): string {
  const odds = oddsRatio(tally);
  const times = odds === undefined ? 'nothing of blue to compare with' : `${show(odds)} times the odds`;
  const expected = `at blue's rate ${show(tally.expectedBad)} would have${kind === 'errors' || verb === 'failed' ? ' failed' : ''}`;
  return `green ${verb} ${whole(tally.greenBad)} of ${whole(tally.greenTotal)} requests while blue ${verb} ${whole(tally.blueBad)} of ${whole(tally.blueTotal)}: ${times} (${expected})`;
}

/** "evidence 114 to 1 (limit 100 to 1)" */
export const describeEvidence = (evidence: number, limit: number): string => `evidence ${show(evidence)} to 1 (limit ${show(limit)} to 1)`;

/** "would have caught an error rate of 2.1 % or more on green (blue 1.0 %) with 95 %" */
export function describePower({ label, kind }: Pick<JudgedMetric, 'label' | 'kind'>, tally: Tally, power: Power | undefined): string {
  const rate = kind === 'errors' ? 'an error rate' : `a rate of ${label}`;
  if (!power)
    return `would not have caught any regression with 95 %: green had ${whole(tally.greenTotal)} requests and blue ${whole(tally.blueTotal)}`;
  const blue = tally.blueTotal > 0 ? tally.blueBad / tally.blueTotal : 0;
  return `would have caught ${rate} of ${percent(power.greenRate)} or more on green (blue ${percent(blue)}) with 95 %`;
}

/** To three digits, as a number that is kept. */
export const round = (value: number): number => Number(value.toPrecision(3));

/** "114", "5.3", "0.042", "16,400" */
function show(value: number): string {
  if (value >= 100) return whole(value);
  return String(Number(value.toPrecision(2)));
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** "2.1 %", "0.034 %" */
function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  return `${value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : Number(value.toPrecision(2))} %`;
}
