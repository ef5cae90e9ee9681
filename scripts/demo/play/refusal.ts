import type { Key } from './script.ts';

/** What of the game says whether a key makes sense. */
export interface Situation {
  /** The release in flight. */
  id?: string;
  isKillArmed: boolean;
  isThrottled: boolean;
  /** A person has moved the alias during the release in flight. */
  isMoved: boolean;
  /** Teal has not answered yet to the release that was asked for last. */
  isAsking: boolean;
}

/** Why a key does nothing now; undefined when it does something. A release during another is not refused here: Teal itself answers. */
export function refusalOf(key: Key, { id, isKillArmed, isThrottled, isMoved, isAsking }: Situation): string | undefined {
  if (key === 't') return isThrottled ? 'AWS throttles Teal already' : undefined;
  if (key === 'g' || key === 'b') return isAsking ? 'Teal has not answered yet to the release that you asked for last' : undefined;
  if (key !== 'k' && key !== 'm' && key !== 's') return undefined;
  if (id === undefined) return NEEDS_RELEASE[key];
  if (key === 'k' && isKillArmed) return 'the function that writes the alias next is doomed already';
  if (key === 'm' && isMoved) return `you have moved the alias already; Teal leaves it to you, and ${id} ends`;
  return undefined;
}

const NEEDS_RELEASE = {
  k: 'no release is in flight, so Teal writes no alias: g or b begins one',
  m: 'no release is in flight, so the alias is yours anyway: g or b begins one',
  s: 'no release is in flight, so there is no execution to stop: g or b begins one',
};
