import * as v from 'valibot';
import { formatDuration, parseDuration } from './duration.ts';
import { ReleaseError } from './errors.ts';
import { isSamePerson } from './person.ts';
import type { ReleaseRecord } from './record.ts';
import { known, type WrongField } from './schema.ts';

/** Approval: somebody must agree before green gets traffic, or before it is promoted. */

/** An approval as a request says it, with everything said. */
export interface ApprovalRequest {
  before: 'traffic' | 'promote';
  /** How long it is waited for: "4h" */
  timeout: string;
  /** What becomes of the release when nobody has answered by then. */
  onTimeout: 'decline' | 'approve';
  /** Who may not approve: whoever started the release. */
  notBy?: 'starter';
}

/** What a record has of its approval. */
export interface Approval {
  /** When it was asked for; it may be given before. */
  askedAt?: string;
  /** Until when it is waited for. */
  until?: string;
  /** Written once. */
  answer?: {
    verdict: 'approved' | 'declined';
    /** Nobody, when its time was over. */
    by?: string;
    at: string;
    reason?: string;
  };
}

const DEFAULT_TIMEOUT = '24h';
/**
 * By when it is asked for. Lambda puts a version to sleep that nobody calls for about two weeks and fails its first calls
 * then (docs.aws.amazon.com/lambda/latest/dg/functions-states.html, "Inactive"): a green without traffic may not wait so long.
 */
const MOST_DAYS = { traffic: 7, promote: 30 };
const TIMEOUT = 'is a duration such as "4h"';

export const approvalSchema = known(
  {
    before: v.pipe(
      v.picklist(['traffic', 'promote'], 'is "traffic" or "promote"'),
      v.description('When somebody must approve: before green has any traffic, or before it is promoted, while its last bake watches on'),
    ),
    timeout: v.optional(
      v.pipe(
        v.string(TIMEOUT),
        v.check((text) => (parseDuration(text) ?? 0) > 0, TIMEOUT),
        v.description(
          `How long it is waited for: "4h"; at most ${MOST_DAYS.traffic} days before traffic, ${MOST_DAYS.promote} before promote; ${DEFAULT_TIMEOUT} unless said`,
        ),
      ),
    ),
    onTimeout: v.optional(
      v.pipe(
        v.picklist(['decline', 'approve'], 'is "decline" or "approve"'),
        v.description('What becomes of it when nobody has answered by then; "decline" unless said'),
      ),
    ),
    notBy: v.optional(
      v.pipe(v.literal('starter', 'is "starter"'), v.description('"starter": four eyes, whoever started the release cannot approve it')),
    ),
  },
  'is an object such as { "before": "traffic" }',
  'an approval',
);

type Said = v.InferOutput<typeof approvalSchema>;

/** What the schema has passed, with everything said. */
export const readApproval = (said: Said | undefined): ApprovalRequest | undefined =>
  said && { timeout: DEFAULT_TIMEOUT, onTimeout: 'decline', ...said };

/** Combinations that cannot be meant. */
export function wrongApproval(said: Said | undefined): WrongField[] {
  const approval = readApproval(said);
  if (!approval) return [];
  const mostDays = MOST_DAYS[approval.before];
  return [
    ...(parseDuration(approval.timeout)! > mostDays * 86_400
      ? [{ field: 'approval.timeout', message: `is at most ${mostDays}d before ${approval.before}` }]
      : []),
    ...(approval.notBy && approval.onTimeout === 'approve'
      ? [{ field: 'approval.onTimeout', message: 'cannot be "approve" with notBy: time would approve what a second person must' }]
      : []),
  ];
}

export const isApproved = ({ approval }: Pick<ReleaseRecord, 'approval'>): boolean => approval?.answer?.verdict === 'approved';

/** Whether a release asks for an approval that it has not got. */
export const isApprovalMissing = (record: ReleaseRecord, before: ApprovalRequest['before']): boolean =>
  record.request.approval?.before === before && !isApproved(record);

/** Whether this would promote a release that is not approved. */
export const needsApproval = (record: ReleaseRecord, verdict: 'advance' | 'promote'): boolean =>
  isApprovalMissing(record, 'promote') && (verdict === 'promote' || record.step === record.plan.length - 1);

/** Without its approval a release gets no traffic, or is not promoted, whatever an execution says. */
export function assertApproved(record: ReleaseRecord, before: ApprovalRequest['before']): void {
  if (isApprovalMissing(record, before)) throw new ReleaseError('NotApproved', `nobody has approved release ${record.id}`);
}

/** The approval is asked for from here on. */
export function asked(record: ReleaseRecord, at: string): Approval & { until: string } {
  const until = new Date(Date.parse(at) + parseDuration(record.request.approval!.timeout)! * 1000).toISOString();
  return { ...record.approval, askedAt: at, until };
}

/** Whether nobody has answered by the time that the release waits for. */
export const isTimeOver = ({ approval }: ReleaseRecord, at: string): boolean =>
  approval?.until !== undefined && !approval.answer && Date.parse(approval.until) <= Date.parse(at);

export const describeSilence = ({ timeout }: ApprovalRequest): string =>
  `nobody answered within ${formatDuration(parseDuration(timeout)!)}`;

/** What a person reads of it; undefined when the release asks for none. */
export const shownApproval = ({ request, approval }: ReleaseRecord): (ApprovalRequest & Approval) | undefined =>
  request.approval && { ...request.approval, ...approval };

/** A call that a release does not take, as HTTP says it. */
export interface Refusal {
  status: 403 | 409;
  title: string;
  /** For a person: what is so, and what to do. */
  detail: string;
}

/** Why nobody, or this caller, may answer; undefined when they may. */
export function refuseAnswer(verdict: 'approved' | 'declined', record: ReleaseRecord, by: string): Refusal | undefined {
  const { id, request, approval, startedBy } = record;
  const abort = `To stop it: POST /releases/${id}/abort.`;
  if (!request.approval)
    return { status: 409, title: 'No approval asked for', detail: `Release ${id} asks for no approval, and goes on by itself. ${abort}` };
  if (verdict === 'declined' && approval?.answer)
    return {
      status: 409,
      title: 'Approved already',
      detail: `Release ${id} was approved at ${approval.answer.at} by ${approval.answer.by ?? 'nobody: its time was over'}. ${abort}`,
    };
  if (verdict === 'approved' && request.approval.notBy && isSamePerson(startedBy, by))
    return {
      status: 403,
      title: 'Approval by the starter',
      detail: `Release ${id} was started by ${startedBy} and must be approved by somebody else; you are ${by}, who may be the same person. Ask a colleague who has another IAM user, or another role, or signs in by IAM Identity Center.`,
    };
  return undefined;
}
