import { FORMAT_VERSION } from './format.ts';
import type { Step } from './plan.ts';
import { noted, type ReleaseRecord } from './record.ts';
import type { ReleaseRequest } from './request.ts';
import { listTargets } from './target.ts';

/** The record of a release as it begins. */

export interface NewRelease {
  id: string;
  request: ReleaseRequest;
  plan: Step[];
  at: string;
  startedBy: string;
  executionArn?: string;
  idempotencyKey?: string;
  /** For the timeline. */
  notes?: string[];
}

export function newRecord({ id, request, plan, at, startedBy, executionArn, idempotencyKey, notes = [] }: NewRelease): ReleaseRecord {
  const record: ReleaseRecord = {
    formatVersion: FORMAT_VERSION,
    id,
    revision: 0,
    status: request.startAt !== undefined ? 'scheduled' : request.ifBusy !== undefined ? 'queued' : 'preparing',
    request,
    plan,
    targets: request.targets.map((target) => ({ ...target })),
    alarms: request.alarms === 'auto' ? [] : request.alarms,
    claim: 'none',
    shifts: [],
    alarmsAwaitingOk: [],
    alarmsMissing: [],
    startedAt: at,
    startedBy,
    executionArn,
    idempotencyKey,
    outbox: {},
    recent: [],
  };
  const started = `${startedBy} started the release of ${listTargets(record.targets)}${request.reason ? `: ${request.reason}` : ''}`;
  const { overrideFreeze } = request;
  const overridden = overrideFreeze === undefined ? [] : [`no freeze window holds it: ${overrideFreeze}`];
  return [started, ...overridden, ...notes].reduce((noting, text) => noted(noting, at, text), record);
}
