import type { Clock, Timer } from '../clock.ts';
import { invalid } from '../json-protocol.ts';
import { compileOccurrences, type Occurrences } from '../scheduler/occurrences.ts';

const MINUTE_MS = 60_000;

/**
 * When a rule with this schedule is due, in UTC: `cron(…)`, or `rate(…)`, which begins when the rule is created: with the next minute, since
 * rules have no finer time. Throws ValidationException.
 */
export function compileRuleSchedule(expression: string, nowMs: number): Occurrences {
  const [, value, plural] = /^rate\((\d+) (?:minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const isRate = value !== undefined && (value === '1') === (plural === '');
  // Unlike Scheduler, rules have no at(…), and refuse rate(1 minutes) and rate(5 minute).
  if (!isRate && !expression.startsWith('cron(')) throw invalid('Parameter ScheduleExpression is not valid.');
  return compileOccurrences(expression, { nowMs, startMs: (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS, timezone: 'UTC' });
}

/** Calls `onDue` at every occurrence. Each arms the one after itself, not after now: a clock that jumps passes over none. */
export function createRuleTimer(clock: Clock, occurrences: Occurrences, onDue: (dueMs: number) => void): Timer {
  let timer: Timer | undefined;
  const arm = (afterMs: number) => {
    const dueMs = occurrences.next(afterMs);
    if (dueMs === undefined) return;
    timer = clock.at(dueMs, () => {
      onDue(dueMs);
      arm(dueMs);
    });
  };
  arm(occurrences.beforeFirstMs);
  return { cancel: () => timer?.cancel() };
}
