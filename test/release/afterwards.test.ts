import { describe, expect, it } from 'vitest';
import { versionsToDelete } from '../../functions/release/afterwards.ts';
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
