import { isOver, type ReleaseRecord } from './record.ts';

/** What the sweep looks for: releases that nobody drives any more. Pure. */

/** The API starts an execution within its 29 s; later than this it never will. */
const START_SECONDS = 120;

/** The API does a rollback within its 29 s, or never. */
const ROLLBACK_SECONDS = 30;

/** Records worth a question: over but not told, with an event left behind, or without a running execution. */
export function findSuspects(records: ReleaseRecord[], running: ReadonlySet<string>): ReleaseRecord[] {
  return records.filter((record) => isOver(record) || Object.keys(record.outbox).length > 0 || !running.has(record.id));
}

/** What to tell `heal` about a suspect; undefined when it only looks like one. `status` is its execution's, undefined when there is none. */
export function statusOf(record: ReleaseRecord, status: string | undefined, at: string): string | undefined {
  if (isOver(record)) return status ?? 'SUCCEEDED';
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return Object.keys(record.outbox).length > 0 ? 'RUNNING' : undefined;
  if (status) return status;
  const patienceSeconds = record.rollback ? ROLLBACK_SECONDS : START_SECONDS;
  return Date.parse(at) - Date.parse(record.startedAt) > patienceSeconds * 1000 ? 'NOT_STARTED' : undefined;
}

/** Whether a claim or a watch is of a release that is over or gone. The record is written before them and ends after them, so this is never one that just begins. */
export const isStaleHolder = (holder: ReleaseRecord | undefined): boolean => !holder || isOver(holder);
