import { expect, it } from 'vitest';
import { describeColdStarts, isQuiet } from '../../functions/release/cold-starts.ts';

const target = { function: 'orders-api', alias: 'live' };
const plan = [10, 50, 100].map((weightPercent) => ({ weightPercent, bakeSeconds: 600 }));
const notesOf = (requestsPerSecond: number, unreserved: number) =>
  describeColdStarts(target, plan, { requestsPerSecond, durationSeconds: 0.1 }, unreserved);

it('traffic that fits however long green takes to start is not worth a word', () => {
  expect(notesOf(40, 900)).toEqual([]);
  // Ten environments, which every account has, if a start takes its longest.
  expect(isQuiet({ requestsPerSecond: 1, durationSeconds: 0 })).toBe(true);
  expect(isQuiet({ requestsPerSecond: 1, durationSeconds: 0.1 })).toBe(false);
});

it('of the first step that may need too much it is said from how long a start on', () => {
  const [note, ...more] = notesOf(300, 900);
  expect(more).toEqual([]);
  // 150 requests a second of 6 s each are 900.
  expect(note).toContain('step 2 brings 150 requests a second to green of orders-api (50 % of the busiest hour of the last day)');
  expect(note).toContain('longer than 5.9 s to start');
  expect(note).toContain('unreserved concurrency of 900');
});

it('no function gets more than 1,000 environments in 10 s, whatever the account has', () => {
  expect(notesOf(2000, 50_000)[0]).toContain(
    'longer than 4.9 s to start, that is more environments at once than the 1000 that Lambda starts in 10 s',
  );
});
