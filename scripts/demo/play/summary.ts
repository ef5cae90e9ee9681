import type { Tally } from './tally.ts';

/** How a game ended. */
export interface Summary {
  cloudMinutes: number;
  tally: Omit<Tally, 'lately'>;
  releases: PlayedRelease[];
  faults: FaultCounts;
  /** Releases after which the alias was not on one version, and on the one that it belongs on. */
  stranded: string[];
  /** What else did not hold: a guarantee broken on the way, something left behind. */
  broken: string[];
  seed: number;
  script: string;
}

export interface PlayedRelease {
  id: string;
  kind: string;
  status: string;
  reason: string;
}

export interface FaultCounts {
  killed: number;
  throttled: number;
  moved: number;
  stopped: number;
}

/** Whether Teal held: no request failed because of it, no alias is stranded, and no guarantee broke. */
export const hasHeld = ({ tally, stranded, broken }: Summary): boolean =>
  tally.failedBecauseOfTeal === 0 && stranded.length === 0 && broken.length === 0;
