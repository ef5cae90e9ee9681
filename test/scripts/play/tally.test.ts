import { describe, expect, it } from 'vitest';
import { type Blame, count, newTally, sharesOf, type UserAnswer } from '../../../scripts/demo/play/tally.ts';

const blame: Blame = { bug: 'the bug', isTakenBack: (version) => version === '3' };
const tallyOf = (...answers: UserAnswer[]) => answers.reduce((tally, answer) => count(tally, answer, blame), newTally());

describe('a request that fails', () => {
  it.each<[string, UserAnswer, number, number]>([
    ["is green's own bug while Teal tries it", { atMs: 0, version: '4', failure: 'the bug' }, 1, 0],
    ["is Teal's fault once Teal has taken that version back", { atMs: 0, version: '3', failure: 'the bug' }, 0, 1],
    ["is Teal's fault when it fails of anything else", { atMs: 0, version: '4', failure: 'boom' }, 0, 1],
    ["is Teal's fault when no version was reached", { atMs: 0, failure: 'ResourceNotFoundException: no version 5' }, 0, 1],
    ["is nobody's when it does not", { atMs: 0, version: '4' }, 0, 0],
  ])('%s', (_, answer, failedOfOwnBug, failedBecauseOfTeal) => {
    expect(tallyOf(answer)).toMatchObject({ requests: 1, failedOfOwnBug, failedBecauseOfTeal });
  });

  it('is remembered when it is the first because of Teal', () => {
    expect(tallyOf({ atMs: 0, version: '4', failure: 'boom' }, { atMs: 1, failure: 'later' }).firstBecauseOfTeal).toBe('version 4: boom');
    expect(tallyOf({ atMs: 1, failure: 'gone' }).firstBecauseOfTeal).toBe('version none: gone');
  });
});

describe('who serves now', () => {
  it('is who served the last half minute', () => {
    const answer = (atSeconds: number, version: string) => ({ atMs: atSeconds * 1000, version });
    const tally = tallyOf(answer(0, '9'), answer(30, '10'), answer(40, '9'), answer(45, '10'), answer(50, '10'));
    expect(sharesOf(tally)).toEqual([
      { version: '9', percent: 25 },
      { version: '10', percent: 75 },
    ]);
  });

  it('is nobody before the first answer', () => {
    expect(sharesOf(tallyOf({ atMs: 0, failure: 'gone' }))).toEqual([]);
  });
});
