import { invalid } from '../json-protocol.ts';
import { compileCron } from './cron.ts';

export interface Occurrences {
  /** The first occurrence after `afterMs`, in whole seconds, or `undefined` when there is no more. */
  next(afterMs: number): number | undefined;
  /** From where the first occurrence is sought. */
  beforeFirstMs: number;
}

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * When a schedule that is created at `nowMs` fires. A rate begins at its StartDate, or at once without one; a time that has passed fires at
 * once; StartDate and EndDate do not bind a one-time schedule (all as EventBridge Scheduler documents).
 */
export function compileOccurrences(expression: string, { nowMs, startMs, endMs, timezone }: OccurrenceBounds): Occurrences {
  const [, kind, body] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
  if (body === undefined) throw invalid(`Invalid Schedule Expression ${expression}.`);
  if (kind !== 'rate' && timezone !== 'UTC') {
    throw invalid(`the local AWS supports the ScheduleExpressionTimezone UTC only, not ${timezone}`);
  }
  if (kind === 'at') {
    const atMs = readAt(body, expression);
    return { next: (afterMs) => (afterMs < atMs ? atMs : undefined), beforeFirstMs: atMs - 1 };
  }
  const isRate = kind === 'rate';
  const earliestMs = isRate ? wholeSecondMs(nowMs) : nowMs;
  const next = isRate ? compileRate(body, startMs ?? earliestMs, expression) : compileCron(body);
  return {
    next(afterMs) {
      const dueMs = next(afterMs);
      return dueMs === undefined || (endMs !== undefined && dueMs > endMs) ? undefined : dueMs;
    },
    beforeFirstMs: Math.max(earliestMs, startMs ?? 0) - 1,
  };
}

export interface OccurrenceBounds {
  nowMs: number;
  startMs?: number;
  endMs?: number;
  timezone: string;
}

function compileRate(body: string, anchorMs: number, expression: string): (afterMs: number) => number {
  const [, value, unit] = /^(\d+) (minute|hour|day)s?$/.exec(body) ?? [];
  const periodMs = Number(value) * (UNIT_MS[unit ?? ''] ?? 0);
  if (!(periodMs > 0)) throw invalid(`Invalid Schedule Expression ${expression}.`);
  return (afterMs) => anchorMs + Math.max(0, Math.floor((afterMs - anchorMs) / periodMs) + 1) * periodMs;
}

function readAt(body: string, expression: string): number {
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) ? Date.parse(`${body}Z`) : Number.NaN;
  if (Number.isNaN(atMs)) throw invalid(`Invalid Schedule Expression ${expression}.`);
  return atMs;
}

const wholeSecondMs = (ms: number) => Math.floor(ms / 1000) * 1000;
