import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { WrongField } from './schema.ts';

/** What the API's other calls can say. */

const STATUSES = [
  'scheduled',
  'queued',
  'preparing',
  'awaiting-approval',
  'shifting',
  'baking',
  'paused',
  'promoting',
  'reverting',
  'stuck',
  'promoted',
  'reverted',
  'rejected',
  'alias-moved',
  'unchanged',
] as const;
const DEFAULT_LIMIT = 20;
const MOST_LISTED = 100;

/**
 * "orders-api-20261122-093005-4f7a2c": which function, when, and six characters of the request's id. It is the
 * execution's name too, for which Step Functions takes 80 characters.
 */
export function newReleaseId(functionName: string, atMs: number, requestId: string): string {
  const [date, time] = new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${functionName.slice(0, 50)}-${date}-${time}-${createHash('sha256').update(requestId).digest('hex').slice(0, 6)}`;
}

/** Of the header Idempotency-Key and the body that it stands for; undefined without that header. */
export function readIdempotency(
  headers: Record<string, string>,
  body: unknown,
): { key: string; bodyHash: string } | { wrong: WrongField[] } | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) return { wrong: [{ field: 'Idempotency-Key', message: 'is 1 to 255 visible ASCII characters' }] };
  return { key, bodyHash: createHash('sha256').update(JSON.stringify(body)).digest('base64') };
}

export interface ListCall {
  functionName?: string;
  status?: string;
  limit: number;
  after?: Record<string, unknown>;
}

const listSchema = v.strictObject({
  function: v.optional(v.pipe(v.string(), v.regex(/^[a-zA-Z0-9-_]{1,64}$/, 'is the name of a function'))),
  status: v.optional(v.picklist(STATUSES, `is one of ${STATUSES.join(', ')}`)),
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,3}$/, `is a number from 1 to ${MOST_LISTED}`),
      v.transform(Number),
      v.minValue(1, 'is at least 1'),
      v.maxValue(MOST_LISTED, `is at most ${MOST_LISTED}`),
    ),
  ),
  cursor: v.optional(v.string()),
});

export function parseListQuery(query: Record<string, string>): ListCall | { wrong: WrongField[] } {
  const parsed = v.safeParse(listSchema, query);
  if (!parsed.success) return { wrong: wrongFields(parsed.issues, 'is not a parameter of this call') };
  const { function: functionName, status, limit = DEFAULT_LIMIT, cursor } = parsed.output;
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  if (cursor !== undefined && !after) return { wrong: [{ field: 'cursor', message: 'is not a cursor that this API gave' }] };
  return { functionName, status, limit, after };
}

const CURSOR_KEYS = new Set(['pk', 'sk', 'kind', 'startedAtId']);

export const formatCursor = (next: Record<string, unknown>): string => Buffer.from(JSON.stringify(next)).toString('base64url');

function parseCursor(cursor: string): Record<string, unknown> | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isKey =
      typeof key === 'object' &&
      key !== null &&
      'pk' in key &&
      Object.entries(key).every(([name, value]) => CURSOR_KEYS.has(name) && typeof value === 'string');
    return isKey ? (key as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const reasonSchema = v.optional(
  v.strictObject(
    { reason: v.optional(v.pipe(v.string('is text'), v.maxLength(1000, 'has at most 1000 characters'))) },
    'is an object such as { "reason": "…" }',
  ),
  {},
);

/** The body of promote, advance and abort. */
export function parseReason(body: unknown): { reason?: string } | { wrong: WrongField[] } {
  const parsed = v.safeParse(reasonSchema, body);
  return parsed.success ? parsed.output : { wrong: wrongFields(parsed.issues, 'is not a field of this call') };
}

function wrongFields(issues: readonly v.BaseIssue<unknown>[], unknownKey: string): WrongField[] {
  return issues.map((issue) => ({
    field: v.getDotPath(issue as never) ?? '',
    message: issue.expected === 'never' ? unknownKey : issue.message,
  }));
}
