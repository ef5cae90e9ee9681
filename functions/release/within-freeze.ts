import type { Check } from './preflight.ts';
import type { ReleaseRequest } from './request.ts';

/** What becomes of a release that would shift traffic in a freeze window. */

/** Why a release may not begin at a time. */
export interface Freeze {
  act: 'reject' | 'delay';
  /** "it would shift traffic at 2026-01-16 18:10 UTC, inside the freeze "weekend", until 2026-01-19 07:00 UTC" */
  message: string;
  /** Where it may be put off: the first time from which on none of its shifts is inside a window. */
  startsAt?: string;
}

/** What a person can do about it. */
export const WAYS_OUT = 'Start it later ("startAt"), or say why it cannot wait: "overrideFreeze": "…".';

/** A request as the windows let it begin: as it is, put off, or not at all. */
export function withinFreeze(
  request: ReleaseRequest,
  freeze: Freeze | undefined,
): { request: ReleaseRequest; notes: string[] } | { frozen: string } {
  if (!freeze) return { request, notes: [] };
  if (freeze.startsAt === undefined) return { frozen: freeze.message };
  return { request: { ...request, startAt: freeze.startsAt }, notes: [`put off: ${freeze.message}`] };
}

/** What must hold of a release that begins in a stack that has windows. */
export const checkFreeze = ({ overrideFreeze }: ReleaseRequest, freeze: Freeze | undefined): Check =>
  overrideFreeze === undefined
    ? { says: 'none of its shifts falls into a freeze window', ...(freeze && { problem: `${freeze.message}. ${WAYS_OUT}` }) }
    : { says: `no freeze window holds it: ${overrideFreeze}` };
