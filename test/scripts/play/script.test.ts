import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cue, formatScript, KEYS, type Key, parseScript, turnsOf } from '../../../scripts/demo/play/script.ts';

const turnsIn = (text: string) => [...turnsOf(parseScript(text))];

describe('a script', () => {
  it('presses keys, and waits in seconds of the player between them', () => {
    expect(parseScript(' g 5s\tb 0.3s k')).toEqual([{ key: 'g' }, { waitFrames: 50 }, { key: 'b' }, { waitFrames: 3 }, { key: 'k' }]);
  });

  it.each([
    ['', /is empty/],
    ['g x', /"x" is no key \(g b k t m s q\) and no wait/],
    ['g 5', /"5" is no key/],
    ['gb', /"gb" is no key/],
    ['g 0.25s', /"0.25s" is no key/],
    ['g -1s', /"-1s" is no key/],
    ['601s', /601s is longer than 600s/],
    ['toString', /"toString" is no key/],
  ])('"%s" is refused', (text, error) => {
    expect(() => parseScript(text)).toThrow(error);
  });

  it('is written so that it is read as the same', () => {
    const cue = fc.oneof(
      fc.constantFrom(...(Object.keys(KEYS) as Key[])).map((key): Cue => ({ key })),
      fc.integer({ min: 1, max: 600 }).map((waitFrames): Cue => ({ waitFrames })),
    );
    fc.assert(
      fc.property(fc.array(cue, { minLength: 1, maxLength: 9 }), (cues) => {
        const text = formatScript(cues);
        expect(formatScript(parseScript(text))).toBe(text);
        expect([...turnsOf(parseScript(text))]).toEqual([...turnsOf(cues)]);
      }),
    );
  });
});

describe('the frames of a script', () => {
  it('begin with the keys that are pressed then, and end with the last key', () => {
    expect(turnsIn('g k 0.2s b')).toEqual([
      { keys: ['g', 'k'], isLast: false },
      { keys: [], isLast: false },
      { keys: ['b'], isLast: true },
    ]);
  });

  it('go on through the last wait', () => {
    expect(turnsIn('g 0.1s')).toEqual([
      { keys: ['g'], isLast: false },
      { keys: [], isLast: true },
    ]);
  });

  it('are over with q, whatever comes after it', () => {
    expect(turnsIn('g q 5s b')).toEqual([{ keys: ['g'], isLast: true }]);
  });
});
