import { describe, expect, it } from 'vitest';
import { intro, summaryText, textOf } from '../../scripts/demo/moment-text.ts';
import type { Moment } from '../../scripts/demo/story.ts';
import type { Summary } from '../../scripts/demo/summary.ts';

const when = (seconds: number) => ({ at: new Date(Date.UTC(2026, 0, 15, 12, 0, seconds)).toISOString(), seconds });

const MOMENTS: Moment[] = [
  { ...when(0), type: 'release', number: 2, title: 'the bad version', id: 'mobile-api-20260115-120000-4f7a2c', plan: '10% 2m, 100% 1m' },
  {
    ...when(4),
    type: 'progress',
    status: 'preparing',
    weightPercent: 0,
    greenPercent: null,
    blue: { requests: 0, errors: 0 },
    green: { requests: 0, errors: 0 },
  },
  { ...when(9), type: 'said', text: 'shifting 10 % to green', recordedAt: when(7).at },
  { ...when(9), type: 'alias', version: '2', weightsPercent: { 2: 90, 3: 10 } },
  {
    ...when(69),
    type: 'progress',
    status: 'baking',
    weightPercent: 10,
    greenPercent: 9.1,
    blue: { requests: 1040, errors: 0 },
    green: { requests: 104, errors: 26 },
    look: { evidence: 4.83, verdict: 'wait' },
  },
  {
    ...when(86),
    type: 'progress',
    status: 'reverting',
    weightPercent: 10,
    greenPercent: 9.1,
    blue: { requests: 1200, errors: 0 },
    green: { requests: 120, errors: 30 },
    look: { evidence: 1599.6, verdict: 'revert: failed responses of mobile-api: green failed 26 of 104 requests' },
  },
  {
    ...when(90),
    type: 'said',
    text: 'decided to revert: failed responses of mobile-api: green failed 26 of 104 requests while blue failed 2 of 1,040: 170 times the odds (at blue’s rate 0.2 would have failed); evidence 1,600 to 1 (limit 100 to 1) over 5 metrics',
    recordedAt: when(88).at,
  },
  {
    ...when(95),
    type: 'end',
    number: 2,
    status: 'reverted',
    reason: { code: 'regression', message: 'it failed more' },
    isAsExpected: true,
  },
];

const SUMMARY: Summary = {
  type: 'summary',
  releases: [
    { number: 1, title: 'the good version', id: 'r-1', status: 'promoted', reason: { code: 'passed', message: '' }, isAsExpected: true },
    { number: 2, title: 'the bad version', id: 'r-2', status: 'reverted', reason: { code: 'regression', message: '' }, isAsExpected: true },
    {
      number: 3,
      title: 'the slow version',
      id: 'r-3',
      status: 'reverted',
      reason: { code: 'regression', message: '' },
      isAsExpected: true,
    },
  ],
  requestsServed: 1319,
  failedBecauseOfBadVersion: 3,
  failedBecauseOfTeal: 0,
  reverts: [
    { title: 'the bad version', since: 'first failed request', sinceToVerdictSeconds: 252.2, verdictToAllOnBlueSeconds: 26.4 },
    { title: 'the slow version', since: 'first request', sinceToVerdictSeconds: 361, verdictToAllOnBlueSeconds: 9 },
  ],
  speed: 60,
  machineSeconds: 29.4,
  problems: [],
};

describe('the screen', () => {
  it('tells a release', () => {
    expect(MOMENTS.flatMap(textOf).join('\n')).toMatchInlineSnapshot(`
      "
      Release 2: the bad version
        POST /releases → mobile-api-20260115-120000-4f7a2c, plan 10% 2m, 100% 1m

         time  state              green of traffic          blue            green
         seen                     asked      gets    requests  failed    requests  failed    judge → verdict
         0:04  ○ preparing          0 %         –           0       0           0       0
         0:09  · shifting 10 % to green
         0:09  ⇄ alias live: version 2 90 %, version 3 10 %
         1:09  ◐ baking            10 %     9.1 %        1040       0         104      26    evidence 4.8 to 1 → wait
         1:26  ↶ reverting         10 %     9.1 %        1200       0         120      30    evidence 1,600 to 1 → revert
         1:30  · decided to revert: failed responses of mobile-api: green failed 26 of 104 requests while blue
                 failed 2 of 1,040: 170 times the odds (at blue’s rate 0.2 would have failed); evidence 1,600 to 1
                 (limit 100 to 1) over 5 metrics
         1:35  ↶ reverted, as it should"
    `);
  });

  it('ends with a summary', () => {
    expect(summaryText(SUMMARY).join('\n')).toMatchInlineSnapshot(`
      "
      Summary
        release 1: the good version                                     ✔ promoted, as it should
        release 2: the bad version                                      ↶ reverted, as it should
        release 3: the slow version                                     ↶ reverted, as it should
        requests served                                                 1,319
        requests failed because of the bad version                      3
        requests failed because of Teal                                 0
        the bad version: from its first failed request to the verdict   4.2 cloud min
        the bad version: from the verdict to all traffic on blue        26 cloud s (0.44 s of this machine)
        the slow version: from its first request to the verdict         6.0 cloud min
        the slow version: from the verdict to all traffic on blue       9 cloud s (0.15 s of this machine)

        Cloud time runs 60 times as fast as the functions, which take as long here as on AWS: of the times to blue
        trust the machine's seconds. The alias was read every 50 ms, so it is exact to 3 cloud s. All this took 29 s.

      ✔ all went as it should"
    `);
  });

  it('says what went wrong', () => {
    const wrong = {
      ...SUMMARY,
      reverts: [{ title: 'the bad version', since: 'first failed request' as const }],
      problems: ['release 2 did something else'],
    };
    expect(summaryText(wrong).filter((line) => line.includes('did not happen'))).toHaveLength(2);
    expect(summaryText(wrong).at(-1)).toBe('✘ release 2 did something else');
    const end: Moment = {
      ...when(95),
      type: 'end',
      number: 2,
      status: 'promoted',
      reason: { code: 'passed', message: 'all bakes passed' },
      isAsExpected: false,
    };
    expect(textOf(end)).toEqual(['   1:35  ✔ promoted, NOT as it should: all bakes passed']);
  });

  it('fits a terminal of 120 columns', () => {
    const lines = [...intro(60), ...MOMENTS.flatMap(textOf), ...summaryText(SUMMARY)];
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});
