import { describe, expect, it } from 'vitest';
import { readServingNote, type ServingNote, withoutServingNote, withServingNote } from '../../functions/release/serving-note.ts';

const DIRECT: ServingNote = {
  version: '41',
  rolledBackFrom: '42',
  direct: { at: '2026-11-26T03:00:12.000Z', by: 'arn:aws:sts::123456789012:assumed-role/on-call/ada', reason: 'checkout [v2] is broken' },
};

describe('the note in the description of an alias', () => {
  it.each<[string, ServingNote, string]>([
    ['a release', { version: '42', before: '41' }, '[Teal: version 42, before it 41]'],
    ['a first release', { version: '42' }, '[Teal: version 42]'],
    ['a rollback', { version: '41', rolledBackFrom: '42' }, '[Teal: version 41, rolled back from 42]'],
    [
      'a direct rollback',
      DIRECT,
      '[Teal: version 41, rolled back from 42 without Teal at 2026-11-26T03:00:12.000Z by arn:aws:sts::123456789012:assumed-role/on-call/ada: checkout [v2] is broken]',
    ],
  ])('of %s is read as it was written', (_, note, text) => {
    expect(withServingNote(undefined, note)).toBe(text);
    expect(readServingNote(text)).toEqual(note);
  });

  it('takes the place of the one before, behind what somebody else wrote', () => {
    const first = withServingNote('Orders, owned by checkout', { version: '41', before: '40' });
    const second = withServingNote(first, { version: '42', before: '41' });
    expect(second).toBe('Orders, owned by checkout [Teal: version 42, before it 41]');
    expect(withoutServingNote(second)).toBe('Orders, owned by checkout');
  });

  it('never cuts what somebody else wrote: the reason is cut, or there is no note', () => {
    const some = 'x'.repeat(100);
    const cut = withServingNote(some, DIRECT);
    expect([cut.length, cut.startsWith(some), cut.endsWith('…]')]).toEqual([256, true, true]);
    expect(readServingNote(cut)).toMatchObject({ version: '41', rolledBackFrom: '42', direct: { by: DIRECT.direct!.by } });
    for (const length of [200, 256]) expect(withServingNote('x'.repeat(length), DIRECT)).toBe('x'.repeat(length));
  });

  it('says nothing of a direct rollback at a time that is none', () => {
    const text = withServingNote(undefined, { ...DIRECT, direct: { ...DIRECT.direct!, at: '2026-99-99T03:00:12.000Z' } });
    expect(readServingNote(text)).toEqual({ version: '41', rolledBackFrom: '42' });
  });

  it.each([undefined, '', 'Orders', '[Teal: version x]', '[Teal: version 42] and more'])('is not there in %j', (description) => {
    expect(readServingNote(description)).toBeUndefined();
    expect(withoutServingNote(description)).toBe(description ?? '');
  });
});
