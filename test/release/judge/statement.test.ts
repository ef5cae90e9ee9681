import { describe, expect, it } from 'vitest';
import type { Minute } from '../../../functions/release/judge/minute.ts';
import { describeCounts, describeEvidence, describePower, round } from '../../../functions/release/judge/statement.ts';
import { count, newTally, oddsRatio } from '../../../functions/release/judge/tally.ts';

const FAILED = { verb: 'failed', verbOfExpected: ' failed', rate: 'an error rate' };
const SLOW = { verb: 'took longer than 120 ms in', verbOfExpected: '', rate: 'a share above 120 ms' };
const tallyOf = (...minutes: Minute[]) => minutes.reduce(count, newTally(0));
const minute = (greenBad: number, greenTotal: number, blueBad: number, blueTotal: number): Minute => ({
  greenBad,
  greenTotal,
  blueBad,
  blueTotal,
});

describe('what a person reads of counts', () => {
  it('are both versions, the odds, and what green would have had at blue’s rate', () => {
    expect(describeCounts(FAILED, tallyOf(minute(9, 180, 16, 1640)))).toBe(
      "green failed 9 of 180 requests while blue failed 16 of 1,640: 5.3 times the odds (at blue's rate 1.8 would have failed)",
    );
    expect(describeCounts(SLOW, tallyOf(minute(90, 1800, 160, 16_400)))).toBe(
      "green took longer than 120 ms in 90 of 1,800 requests while blue took longer than 120 ms in 160 of 16,400: 5.3 times the odds (at blue's rate 18 would have)",
    );
  });

  it('is no odds where there are none: blue had no bad request, or green no other', () => {
    expect(describeCounts(FAILED, tallyOf(minute(9, 180, 0, 1640)))).toBe('green failed 9 of 180 requests while blue failed 0 of 1,640');
    expect(describeCounts(FAILED, tallyOf(minute(180, 180, 16, 1640)))).toBe(
      'green failed 180 of 180 requests while blue failed 16 of 1,640',
    );
    expect(describeCounts(FAILED, newTally(0))).toBe('green failed 0 of 0 requests while blue failed 0 of 0');
  });

  it('never compares totals: a healthy green is at once the odds when weight and rate rise together', () => {
    const tally = tallyOf(...Array<Minute>(10).fill(minute(1, 200, 9, 1800)), ...Array<Minute>(10).fill(minute(30, 1000, 30, 1000)));
    const { greenBad, greenTotal, blueBad, blueTotal } = tally;
    expect((greenBad * (blueTotal - blueBad)) / (blueBad * (greenTotal - greenBad))).toBeGreaterThan(1.8);
    expect(oddsRatio(tally)).toBeCloseTo(1, 12);
    expect(describeCounts(FAILED, tally)).toBe(
      "green failed 310 of 12,000 requests while blue failed 390 of 28,000: 1.0 times the odds (at blue's rate 310 would have failed)",
    );
  });

  it('adds up what each minute expected', () => {
    const tally = tallyOf(minute(3, 100, 9, 900), minute(5, 500, 20, 500));
    expect(tally).toMatchObject({ minutes: 2, greenBad: 8, greenTotal: 600, blueBad: 29, blueTotal: 1400, expectedBad: 21 });
    const [up, down] = [(3 * 891) / 1000 + (5 * 480) / 1000, (9 * 97) / 1000 + (20 * 495) / 1000];
    expect(oddsRatio(tally)).toBeCloseTo(up / down, 12);
  });
});

describe('what a person reads of evidence', () => {
  it.each([
    [114, 100, 'evidence 114 to 1 (limit 100 to 1)'],
    [99.8, 100, 'evidence 99 to 1 (limit 100 to 1)'],
    [5.26, 100, 'evidence 5.2 to 1 (limit 100 to 1)'],
    [0.0421, 1e6, 'evidence 0.042 to 1 (limit 1,000,000 to 1)'],
    [16_400, 1000, 'evidence 16,400 to 1 (limit 1,000 to 1)'],
    [1e-7, 100, 'evidence 0.00000010 to 1 (limit 100 to 1)'],
    [0, 100, 'evidence 0 to 1 (limit 100 to 1)'],
  ])('of %d and a limit of %d', (evidence, limit, words) => {
    expect(describeEvidence(evidence, limit)).toBe(words);
  });
});

describe('what a person reads of what a bake could have caught', () => {
  it('is a rate of green beside that of blue', () => {
    const power = { odds: 2.1, greenRate: 0.0208, blueRate: 0.01 };
    expect(describePower(FAILED, tallyOf(minute(1, 100, 9, 900)), power)).toBe(
      'would have caught an error rate of 2.1 % or more on green (blue 1.0 %) with 95 %',
    );
    expect(describePower(SLOW, tallyOf(minute(1, 100, 0, 900)), { ...power, greenRate: 0.123 })).toBe(
      'would have caught a share above 120 ms of 12 % or more on green (blue 0 %) with 95 %',
    );
    expect(describePower(FAILED, tallyOf(minute(1, 10_000, 3, 900_000)), { ...power, greenRate: 0.00034 })).toBe(
      'would have caught an error rate of 0.034 % or more on green (blue 0.00033 %) with 95 %',
    );
  });

  it('is nothing where it was nothing', () => {
    expect(describePower(FAILED, newTally(0), undefined)).toBe(
      'what it could have caught with 95 % cannot be told: too few requests, or too many bad ones on blue',
    );
  });
});

describe('a number that is kept', () => {
  it('has three digits', () => {
    expect([1234.5, 0.012345, 0, 99.96].map(round)).toEqual([1230, 0.0123, 0, 100]);
  });
});
