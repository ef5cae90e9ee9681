import type { OpenBake, Status } from './record.ts';

/** A pause: the bake watches on, and its clock stands still. */

/** A person's, from when it was asked for until it is resumed. */
export interface Pause {
  by: string;
  at: string;
  reason?: string;
}

/** How long a bake has lasted, without its pauses. */
export function bakedSecondsOf({ openedAt, pausedAt, pausedSeconds = 0 }: OpenBake, at: string): number {
  return secondsBetween(openedAt, pausedAt ?? at) - pausedSeconds;
}

/** The bake goes on. */
export function resumed({ pausedAt, pausedSeconds = 0, ...bake }: OpenBake, at: string): OpenBake {
  return { ...bake, pausedSeconds: pausedSeconds + (pausedAt === undefined ? 0 : Math.max(0, secondsBetween(pausedAt, at))) };
}

export const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

/** What a release in this bake is. */
export const statusOfBake = ({ pausedAt, awaitsApproval }: OpenBake): Status =>
  pausedAt !== undefined ? 'paused' : awaitsApproval ? 'awaiting-approval' : 'baking';
