import { describe, expect, it } from 'vitest';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import { takeCommand } from '../../functions/release/take-command.ts';
import { aRecord, decidedTo, textsOf } from './a-record.ts';

/** What the release is after commands under these keys; undefined is one without a key. */
const tookAll = (keys: (string | undefined)[], from = aRecord()): ReleaseRecord =>
  keys.reduce<ReleaseRecord>((record, key) => {
    const sent = key === undefined ? undefined : { key, bodyHash: 'hash' };
    return takeCommand(sent, (now) => ({ ...now, recent: [...now.recent, { at: '', text: String(key) }] }))(record) ?? record;
  }, from);

describe('a command', () => {
  it('is taken once under its key, also when another came in between', () => {
    expect(textsOf(tookAll(['a', 'b', 'a']))).toEqual(['a', 'b']);
  });

  it('is known as long as no ten others came in between', () => {
    const nine = Array.from({ length: 9 }, (_, index) => `other ${index}`);
    expect(textsOf(tookAll(['a', ...nine, 'a']))).toEqual(['a', ...nine]);
    expect(textsOf(tookAll(['a', ...nine, 'tenth', 'a'])).at(-1)).toBe('a');
  });

  it('without a key is taken each time, and nothing of it is kept', () => {
    const record = tookAll([undefined, undefined]);
    expect(textsOf(record)).toHaveLength(2);
    expect(record.commandsTaken).toBeUndefined();
  });

  it('that changes nothing is not remembered', () => {
    expect(takeCommand({ key: 'a', bodyHash: 'hash' }, () => undefined)(aRecord())).toBeUndefined();
  });

  it('that was taken before is known after a decision, and another comes too late', () => {
    const decided = { ...tookAll(['a']), ...decidedTo('revert') };
    expect(textsOf(tookAll(['a'], decided))).toEqual(['a']);
    expect(() => tookAll(['b'], decided)).toThrow('has decided to revert');
  });
});
