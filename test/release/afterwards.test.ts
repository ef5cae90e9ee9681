import { describe, expect, it } from 'vitest';
import { earliest, quietSince, versionsToDelete } from '../../functions/release/afterwards.ts';
import { parseRequest } from '../../functions/release/request.ts';

describe('which versions go', () => {
  it.each<[string, string[], number, string[], string[]]>([
    ['none when there are no more than stay', ['1', '2'], 2, [], []],
    ['the oldest first, by number', ['10', '9', '1', '2'], 1, [], ['1', '2', '9']],
    ['none that is used, which makes no other one go', ['1', '2', '3', '4'], 2, ['1'], ['2']],
    ['none of the newest, used or not', ['1', '2', '3'], 2, ['2', '3'], ['1']],
  ])('%s', (_, published, keepVersions, used, gone) => {
    expect(versionsToDelete(published, keepVersions, used)).toEqual(gone);
  });
});

describe('the aliases of a function', () => {
  const alias = (name: string, revisionId: string) => ({ alias: name, revisionId, versions: ['1'] });
  const seen = quietSince([alias('live', 'a'), alias('next', 'b')], undefined, '2026-01-15T12:00:00.000Z');

  it('are as they have been in whatever order they are listed', () => {
    expect(quietSince([alias('next', 'b'), alias('live', 'a')], seen, '2026-01-15T13:00:00.000Z')).toBe(seen);
  });

  it.each([[[alias('live', 'c'), alias('next', 'b')]], [[alias('live', 'a')]]])('have been moved when they are %j', (aliases) => {
    expect(quietSince(aliases, seen, '2026-01-15T13:00:00.000Z').since).toBe('2026-01-15T13:00:00.000Z');
  });
});

describe('the earliest of some times', () => {
  it.each([[['12', '11', '13']], [['11', '12', '13']], [['13', '12', '11']]])('is the same in any order: %j', (hours) => {
    expect(earliest(hours.map((hour) => `2026-01-15T${hour}:00:00.000Z`))).toBe('2026-01-15T11:00:00.000Z');
  });
});

describe('how long blue stays warm', () => {
  const parse = (rollbackWindow: string) => parseRequest({ targets: ['orders-api'], rollbackWindow });

  it('is at most 30 days', () => {
    expect(parse('30d')).toMatchObject({ request: { rollbackWindow: '30d' } });
    expect(parse('721h')).toEqual({ wrong: [{ field: 'rollbackWindow', message: 'is at most 30d' }] });
  });
});

describe('what a release says of old versions', () => {
  const parse = (more: Record<string, unknown>) => parseRequest({ targets: ['orders-api'], ...more });

  it('is read, and is not there unless it is said', () => {
    expect(parse({ keepVersions: 5 })).toMatchObject({ request: { keepVersions: 5 } });
    const silent = parse({});
    expect('request' in silent && Object.keys(silent.request)).not.toContain('keepVersions');
  });

  it.each([
    [0, 'is at least 1'],
    [101, 'is at most 100'],
    [1.5, 'is a whole number'],
    ['5', 'is a number of versions such as 5'],
  ])('%j is refused', (keepVersions, message) => {
    expect(parse({ keepVersions })).toEqual({ wrong: [{ field: 'keepVersions', message }] });
  });
});
