import { isApprovalMissing, needsApproval, type Refusal } from './approval.ts';
import { awaitBeforePromote } from './approving.ts';
import { type Change, goingOn, takeVerdict } from './changes.ts';
import { resumed, secondsBetween, statusOfBake } from './pause.ts';
import { type Command, noted, type OpenBake, type ReleaseRecord } from './record.ts';

/** What a person asks of a release in flight. */

interface Asked {
  by: string;
  at: string;
  reason?: string;
}

/** A bake that has no verdict yet. */
const openBakeOf = ({ bake }: ReleaseRecord): OpenBake | undefined => (bake?.verdict ? undefined : bake);

const told = (record: ReleaseRecord, { by, at, reason }: Asked, what: string): ReleaseRecord =>
  noted(record, at, `${by} ${what}${reason ? `: ${reason}` : ''}`);

/** A person asks to skip this bake, or all bakes. Taken at once when a bake is open, else at the next one. It ends a pause, and skips no approval. */
export const command = (asked: Command): Change =>
  goingOn((record) => {
    const what = asked.kind === 'promote' ? 'promote at once' : 'advance to the next step';
    const next = told({ ...withoutPause(record, asked.at), command: asked }, asked, `asked to ${what}`);
    if (!openBakeOf(next)) return next;
    return needsApproval(next, asked.kind) ? awaitBeforePromote(next, asked.kind, asked.at) : takeVerdict(next, asked.kind, asked.at);
  });

/** A person holds the bake that is open, else the next one. Asking twice is asking once; the last word counts, so it takes back what was to be skipped. */
export const pause = (asked: Asked): Change =>
  goingOn((record) => {
    if (record.pause) return undefined;
    const { command: _, ...rest } = record;
    const bake = openBakeOf(record);
    const paused = told({ ...rest, pause: asked }, asked, bake ? 'paused it' : 'asked to pause at the next bake');
    return bake ? { ...paused, status: 'paused', bake: { ...bake, pausedAt: asked.at } } : paused;
  });

export const resume = (asked: Asked): Change =>
  goingOn((record) => (record.pause ? told(withoutPause(record, asked.at), asked, 'resumed it') : undefined));

/** The clocks that stood still go on: that of the bake, and that of an approval that it waits for. */
function withoutPause(record: ReleaseRecord, at: string): ReleaseRecord {
  const { pause: _, ...rest } = record;
  const bake = openBakeOf(record);
  if (bake?.pausedAt === undefined) return rest;
  const goesOn = resumed(bake, at);
  const { until } = record.approval ?? {};
  const stoodStillMs = secondsBetween(bake.pausedAt, at) * 1000;
  const isWaiting = bake.awaitsApproval && until !== undefined && stoodStillMs > 0;
  return {
    ...rest,
    status: statusOfBake(goesOn),
    bake: goesOn,
    ...(isWaiting && { approval: { ...record.approval, until: new Date(Date.parse(until) + stoodStillMs).toISOString() } }),
  };
}

export const refuseResume = ({ id, pause: paused, status }: ReleaseRecord): Refusal | undefined =>
  paused
    ? undefined
    : {
        status: 409,
        title: 'Not paused',
        detail: `Release ${id} is not paused; it is ${status}. To pause it: POST /releases/${id}/pause.`,
      };

/** For whoever has asked to go on: what the release waits for all the same. */
export function describeHeld(record: ReleaseRecord): string | undefined {
  const where = (['traffic', 'promote'] as const).find((before) => isApprovalMissing(record, before));
  if (!where) return undefined;
  const what = where === 'traffic' ? 'It gets no traffic' : 'It is not promoted';
  return `${what} before somebody has approved it: POST /releases/${record.id}/approve.`;
}
