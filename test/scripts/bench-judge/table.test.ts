import { describe, expect, it } from 'vitest';
import { brokenPromises } from '../../../scripts/bench-judge/promise.ts';
import { ROWS } from '../../../scripts/bench-judge/rows.ts';
import { type Outcome, runRow } from '../../../scripts/bench-judge/run-row.ts';
import { cellText, percentText, type RowOutcome } from '../../../scripts/bench-judge/table.ts';

const anOutcome = (changes: Partial<Outcome> = {}): Outcome => ({
  releases: 4000,
  revertedBeforePercent: 0,
  revertedPercent: 94,
  minutes: { median: 26, atLeast: 25 },
  failed: { median: 33, atLeast: 32 },
  ...changes,
});

const row = (name: string) => ROWS.find((one) => one.name === name)!;
const outcomeOf = (name: string, teal: Outcome, asItRuns = teal): RowOutcome => ({
  row: row(name),
  releases: 4000,
  outcomes: { ...runRow(row(name), 1, 1), Teal: teal, 'as it runs': asItRuns },
});

describe('a cell', () => {
  it('has the percent reverted in two digits where green is healthy', () => {
    expect([0, 0.025, 0.333, 1.04, 46.2, 98.86, 99.64, 100].map(percentText)).toEqual([
      '0',
      '0.025',
      '0.33',
      '1',
      '46',
      '98.9',
      '99.6',
      '100',
    ]);
  });

  it('has what was detected, how soon, and what that cost', () => {
    expect(cellText(anOutcome(), false)).toBe('94/26/33');
    expect(cellText(anOutcome({ revertedPercent: 99.9 }), false)).toBe('26/33');
    expect(cellText(anOutcome({ revertedPercent: 22, minutes: { median: Infinity, atLeast: Infinity } }), false)).toBe('22/-/33');
    expect(cellText(anOutcome({ revertedPercent: 0 }), false)).toBe('never');
    expect(cellText(anOutcome({ revertedBeforePercent: 100 }), false)).toBe('reverted before');
  });
});

describe('the bench says what Teal does worse', () => {
  const [healthy, twice] = ['600 rpm, 1 % = 1 %', '600 rpm, 1 → 2 %'] as const;

  it('more than 1 % of healthy releases reverted', () => {
    expect(brokenPromises(outcomeOf(healthy, anOutcome({ revertedPercent: 1 })))).toEqual([]);
    const tooMany = anOutcome({ revertedPercent: 1.025 });
    expect(brokenPromises(outcomeOf(healthy, tooMany, anOutcome({ revertedPercent: 0 })))).toEqual([
      '600 rpm, 1 % = 1 %: reverted 1.02 % of healthy releases',
    ]);
    expect(brokenPromises(outcomeOf(healthy, anOutcome({ revertedPercent: 0 }), tooMany))).toEqual([
      '600 rpm, 1 % = 1 %: reverted 1.02 % of healthy releases as it runs',
    ]);
  });

  it('fewer detected, later, or after more failed requests than the prototype, by more than chance', () => {
    expect(brokenPromises(outcomeOf(twice, anOutcome()))).toEqual([]);
    const worse = { revertedPercent: 92, minutes: { median: 29, atLeast: 27 }, failed: { median: 36, atLeast: 34 } };
    expect(brokenPromises(outcomeOf(twice, anOutcome(worse)))).toEqual([
      '600 rpm, 1 → 2 %: detected 92.0 %, the prototype 94 %',
      '600 rpm, 1 → 2 %: took 29 minutes, the prototype 26',
      "600 rpm, 1 → 2 %: 36 requests failed, the prototype's 33",
    ]);
  });

  it('a bake that takes longer than the prototype as it runs', () => {
    const [asBefore, late] = [4, 7].map((minutes) =>
      anOutcome({ revertedPercent: 100, minutes: { median: minutes, atLeast: minutes }, failed: { median: 12, atLeast: 12 } }),
    );
    expect(brokenPromises(outcomeOf('600 rpm, 1 → 5 %', asBefore!))).toEqual([]);
    expect(brokenPromises(outcomeOf('600 rpm, 1 → 5 %', asBefore!, late!))).toEqual([
      '600 rpm, 1 → 5 %: took 7 minutes as it runs, the prototype 6',
    ]);
  });

  it('when no release is left to tell a median of', () => {
    const none = { median: Number.NaN, atLeast: Number.NaN };
    const outcome = anOutcome({ releases: 0, revertedPercent: 0, minutes: none, failed: none });
    expect(brokenPromises(outcomeOf(twice, outcome))).toEqual([
      '600 rpm, 1 → 2 %: took NaN minutes, the prototype 26',
      "600 rpm, 1 → 2 %: NaN requests failed, the prototype's 33",
    ]);
  });
});

describe('a row', () => {
  it('is the same for the same seed', () => {
    const once = runRow(row('600 rpm, 1 → 2 %'), 20, 5);
    expect(runRow(row('600 rpm, 1 → 2 %'), 20, 5)).toEqual(once);
    expect(runRow(row('600 rpm, 1 → 2 %'), 20, 6)).not.toEqual(once);
  });

  it('counts minutes and failures from the first minute that is worse, and leaves out who was reverted before', () => {
    const { Teal: teal, 'alarm 1/1': alarm } = runRow(row('24 h, 600 rpm, 1 → 5 % at hour 12'), 10, 1);
    expect(teal.minutes.median).toBeLessThan(15);
    expect(teal.failed.median).toBeLessThan(60);
    expect(alarm.releases).toBe(0);
    expect(alarm.revertedBeforePercent).toBe(100);
  });
});
