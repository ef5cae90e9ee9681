import { describe, expect, it } from 'vitest';
import { type Ended, newStory, type Story } from '../../scripts/demo/story.ts';
import { summarize } from '../../scripts/demo/summary.ts';

const BUG = 'cannot add up an empty cart';
const OPTIONS = { releases: 3, bug: BUG, speed: 60, machineSeconds: 30 };

const FLAWS = { 2: 'failures', 3: 'latency' } as const;

const anEnd = (number: 1 | 2 | 3, rest: Partial<Ended> = {}): Ended => ({
  act: {
    number,
    title: `version ${number}`,
    expected: { status: 'reverted', reasonCode: 'regression' },
    ...(number > 1 && { flaw: FLAWS[number as 2 | 3] }),
  },
  id: `r-${number}`,
  beganMs: number * 100_000,
  status: 'reverted',
  reason: { code: 'regression', message: 'it failed more' },
  isAsExpected: true,
  green: String(number + 1),
  ...rest,
});

const aStory = (rest: Partial<Story> = {}): Story => ({ ...newStory(), requests: 10, ended: [anEnd(1), anEnd(2), anEnd(3)], ...rest });

describe('the summary', () => {
  it('has no problem when all releases ended as they should and only the bad version failed', () => {
    const summary = summarize(aStory({ failures: [{ endedMs: 1, version: '3', message: BUG }] }), OPTIONS);
    expect(summary).toMatchObject({ requestsServed: 9, failedBecauseOfBadVersion: 1, failedBecauseOfTeal: 0, problems: [] });
  });

  it.each([
    ['a request that reached no version', { message: 'TooManyRequestsException: Rate Exceeded.' }],
    ['a failure of blue', { version: '2', message: BUG }],
    ['a failure of the bad version that is not its bug', { version: '3', message: 'Task timed out' }],
    ['a failure of the slow version', { version: '4', message: BUG }],
  ])('puts down to Teal %s', (_, failure) => {
    const summary = summarize(aStory({ failures: [{ endedMs: 1, ...failure }] }), OPTIONS);
    expect(summary).toMatchObject({ failedBecauseOfBadVersion: 0, failedBecauseOfTeal: 1 });
    expect(summary.problems).toEqual([expect.stringContaining(failure.message)]);
  });

  it('measures from what users first met to the verdict, and from there to all traffic on blue', () => {
    const story = aStory({
      failures: [
        { endedMs: 260_000, version: '3', message: BUG },
        { endedMs: 250_000, version: '3', message: BUG },
      ],
      firstAnswersMs: { 2: 150_000, 3: 245_000, 4: 345_000 },
      routings: [
        { atMs: 180_000, version: '2', weights: {} },
        { atMs: 240_000, version: '2', weights: { 3: 0.1 } },
        { atMs: 320_500, version: '2', weights: {} },
        { atMs: 340_000, version: '2', weights: { 4: 0.1 } },
        { atMs: 402_000, version: '2', weights: {} },
      ],
      ended: [anEnd(1, { decidedMs: 179_000 }), anEnd(2, { decidedMs: 305_000 }), anEnd(3, { decidedMs: 400_000 })],
    });
    expect(summarize(story, OPTIONS).reverts).toEqual([
      { title: 'version 2', since: 'first failed request', sinceToVerdictSeconds: 55, verdictToAllOnBlueSeconds: 15.5 },
      { title: 'version 3', since: 'first request', sinceToVerdictSeconds: 55, verdictToAllOnBlueSeconds: 2 },
    ]);
  });

  it('leaves out what did not happen', () => {
    expect(summarize(aStory(), OPTIONS).reverts).toEqual([
      { title: 'version 2', since: 'first failed request' },
      { title: 'version 3', since: 'first request' },
    ]);
  });

  it('says which release ended otherwise, and why', () => {
    const end = anEnd(2, { status: 'promoted', reason: { code: 'passed', message: 'all bakes passed' }, isAsExpected: false });
    expect(summarize(aStory({ ended: [anEnd(1), end, anEnd(3)] }), OPTIONS).problems).toEqual([
      'release 2 should end reverted (regression) but ended promoted (passed): all bakes passed',
    ]);
  });

  it('says that a release did not end', () => {
    expect(summarize(aStory({ ended: [anEnd(1)] }), OPTIONS).problems).toEqual(['only 1 of 3 releases came to an end']);
  });
});
