import { describe, expect, it } from 'vitest';
import { type Ended, newStory, type Story } from '../../scripts/demo/story.ts';
import { summarize } from '../../scripts/demo/summary.ts';

const BUG = 'cannot add up an empty cart';
const OPTIONS = { releases: 2, bug: BUG, speed: 60, machineSeconds: 30 };

const anEnd = (number: number, rest: Partial<Ended> = {}): Ended => ({
  act: { number, title: `release ${number}`, expected: { status: 'reverted', reasonCode: 'alarm' } },
  id: `r-${number}`,
  beganMs: number * 100_000,
  status: 'reverted',
  reason: { code: 'alarm', message: 'alarm errors went to ALARM' },
  isAsExpected: true,
  green: String(number + 1),
  ...rest,
});

const aStory = (rest: Partial<Story> = {}): Story => ({ ...newStory(), requests: 10, ended: [anEnd(1), anEnd(2)], ...rest });

describe('the summary', () => {
  it('has no problem when both releases ended as they should and only the bad version failed', () => {
    const summary = summarize(aStory({ failures: [{ endedMs: 1, version: '3', message: BUG }] }), OPTIONS);
    expect(summary).toMatchObject({ requestsServed: 9, failedBecauseOfBadVersion: 1, failedBecauseOfTeal: 0, problems: [] });
  });

  it.each([
    ['a request that reached no version', { message: 'TooManyRequestsException: Rate Exceeded.' }],
    ['a failure of blue', { version: '2', message: BUG }],
    ['a failure of the bad version that is not its bug', { version: '3', message: 'Task timed out' }],
  ])('puts down to Teal %s', (_, failure) => {
    const summary = summarize(aStory({ failures: [{ endedMs: 1, ...failure }] }), OPTIONS);
    expect(summary).toMatchObject({ failedBecauseOfBadVersion: 0, failedBecauseOfTeal: 1 });
    expect(summary.problems).toEqual([expect.stringContaining(failure.message)]);
  });

  it('measures from the first failure to the alarm, and from the alarm to all traffic on blue', () => {
    const story = aStory({
      failures: [
        { endedMs: 260_000, version: '3', message: BUG },
        { endedMs: 250_000, version: '3', message: BUG },
      ],
      // The first release's alias and alarm are not meant.
      alarms: [
        { changedMs: 150_000, name: 'errors', state: 'ALARM' },
        { changedMs: 190_000, name: 'errors', state: 'OK' },
        { changedMs: 305_000, name: 'errors', state: 'ALARM' },
      ],
      routings: [
        { atMs: 180_000, version: '2', weights: {} },
        { atMs: 240_000, version: '2', weights: { 3: 0.1 } },
        { atMs: 320_500, version: '2', weights: {} },
      ],
    });
    expect(summarize(story, OPTIONS)).toMatchObject({ firstFailureToAlarmSeconds: 55, alarmToAllOnBlueSeconds: 15.5 });
  });

  it('leaves out what did not happen', () => {
    const summary = summarize(aStory(), OPTIONS);
    expect(summary.firstFailureToAlarmSeconds).toBeUndefined();
    expect(summary.alarmToAllOnBlueSeconds).toBeUndefined();
  });

  it('says which release ended otherwise, and why', () => {
    const end = anEnd(2, { status: 'promoted', reason: { code: 'passed', message: 'all bakes passed' }, isAsExpected: false });
    expect(summarize(aStory({ ended: [anEnd(1), end] }), OPTIONS).problems).toEqual([
      'release 2 should end reverted (alarm) but ended promoted (passed): all bakes passed',
    ]);
  });

  it('says that a release did not end', () => {
    expect(summarize(aStory({ ended: [anEnd(1)] }), OPTIONS).problems).toEqual(['only 1 of 2 releases came to an end']);
  });
});
