import { describe, expect, it } from 'vitest';
import { refusalOf, type Situation } from '../../../scripts/demo/play/refusal.ts';
import type { Key } from '../../../scripts/demo/play/script.ts';

const quiet: Situation = { isKillArmed: false, isThrottled: false, isMoved: false, isAsking: false };
const inFlight: Situation = { ...quiet, id: 'mobile-api-1' };

describe('a key', () => {
  it.each<[Key, Situation]>([
    ['g', quiet],
    ['b', quiet],
    ['t', quiet],
    ['q', quiet],
    // Teal itself says which release holds the alias.
    ['g', inFlight],
    ['b', inFlight],
    ['k', inFlight],
    ['t', inFlight],
    ['m', inFlight],
    ['s', inFlight],
  ])('%s does something with %o', (key, situation) => {
    expect(refusalOf(key, situation)).toBeUndefined();
  });

  it.each<[Key, Situation, RegExp]>([
    ['k', quiet, /no release is in flight/],
    ['m', quiet, /no release is in flight/],
    ['s', quiet, /no release is in flight/],
    ['k', { ...inFlight, isKillArmed: true }, /doomed already/],
    ['g', { ...quiet, isAsking: true }, /has not answered yet/],
    ['b', { ...quiet, isAsking: true }, /has not answered yet/],
    ['t', { ...inFlight, isThrottled: true }, /throttles Teal already/],
    ['m', { ...inFlight, isMoved: true }, /moved the alias already/],
  ])('%s does nothing with %o, and says why', (key, situation, why) => {
    expect(refusalOf(key, situation)).toMatch(why);
  });
});
