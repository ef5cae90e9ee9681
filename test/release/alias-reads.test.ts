import { describe, expect, it } from 'vitest';
import { ALIASES_PER_TICK, whoReadsAliases } from '../../functions/release/alias-reads.ts';
import { newRecord } from '../../functions/release/new-record.ts';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import { parseRequest } from '../../functions/release/request.ts';

const START_MS = Date.UTC(2026, 0, 15, 12);
const minute = (count: number) => new Date(START_MS + count * 60_000).toISOString();

function aBake(id: string, targets = 1): ReleaseRecord {
  const parsed = parseRequest({ targets: Array.from({ length: targets }, (_, index) => `${id}-${index}`) });
  if ('wrong' in parsed) throw new Error(parsed.wrong[0]!.message);
  return newRecord({ id, ...parsed, at: minute(0), startedBy: 'test' });
}
const bakes = (count: number) => Array.from({ length: count }, (_, index) => aBake(`release-${index}`));

/** In which of these minutes a release reads its aliases. */
const turnsOf = (id: string, minutes: number, bakingAt: (minute: number) => ReleaseRecord[]) =>
  Array.from({ length: minutes }, (_, at) => at).filter((at) => whoReadsAliases(bakingAt(at), minute(at)).has(id));

describe('which looks read aliases', () => {
  it('is all of them at every tick while they are within the budget', () => {
    for (const count of [0, 1, 30, ALIASES_PER_TICK]) expect(whoReadsAliases(bakes(count), minute(7)).size).toBe(count);
    expect(whoReadsAliases([aBake('group', ALIASES_PER_TICK)], minute(7)).size).toBe(1);
  });

  it('is each of a thousand once in 32 minutes, and about as many at every tick', () => {
    const thousand = bakes(1000);
    const ticks = Array.from({ length: 32 }, (_, at) => whoReadsAliases(thousand, minute(at)));
    expect(new Set(ticks.flatMap((readers) => [...readers])).size).toBe(1000);
    expect(ticks.reduce((sum, readers) => sum + readers.size, 0)).toBe(1000);
    expect(Math.max(...ticks.map((readers) => readers.size))).toBeLessThan(ALIASES_PER_TICK);
  });

  it('counts targets, not releases', () => {
    const groups = Array.from({ length: 12 }, (_, index) => aBake(`group-${index}`, 10));
    expect(turnsOf('group-3', 8, () => groups)).toHaveLength(4);
    expect(turnsOf('big', 8, () => [aBake('big', 100)])).toHaveLength(4);
  });

  it('leaves no release without its turn when others come and go', () => {
    const others = bakes(1900);
    const mine = aBake('mine');
    // At most 1,901 in flight: 32 turns.
    for (const countAt of [(at: number) => 1900 - at * 20, (at: number) => at * 20, (at: number) => (at * 619) % 1900]) {
      const turns = turnsOf('mine', 95, (at) => [...others.slice(0, countAt(at)), mine]);
      const waits = [...turns, 95].map((at, index) => at - (turns[index - 1] ?? -1));
      expect(Math.max(...waits)).toBeLessThanOrEqual(32);
    }
  });
});
