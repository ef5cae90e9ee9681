import { Cron } from 'croner';
import * as v from 'valibot';
import { parseDuration } from './duration.ts';
import type { Step } from './plan.ts';
import type { ReleaseRecord } from './record.ts';
import { known, text } from './schema.ts';
import type { NotYet } from './turn.ts';
import type { Freeze } from './within-freeze.ts';
import { showMinute } from './words.ts';

/** Freeze windows: times in which no traffic is shifted. They are a parameter of Teal's stack. */

/** As the parameter has it, with everything said. */
export interface FreezeWindow {
  /** When it begins: a cron expression of five fields. */
  start: string;
  /** How long it lasts from there, in elapsed time: over a change of the clocks it ends an hour earlier or later by the clock. */
  duration: string;
  /** Of `start`, such as "Europe/Berlin". */
  timeZone: string;
  reason: string;
  /** What becomes of a release that would shift inside. */
  act: 'reject' | 'delay';
}

const MOST_WINDOWS = 20;
const MOST_DAYS = 366;
/** A delayed release can wait for so long: an execution lives a year. */
const MOST_DAYS_DELAYED = 300;
/** Of windows that follow each other without end. */
const MOST_LINKS = 1000;
const DAY_MS = 86_400_000;

const DURATION = `is a duration of at most ${MOST_DAYS} days such as "62h"`;
const windowSchema = known(
  {
    start: v.pipe(v.string(), v.check(isCron, 'is a cron expression of five fields such as "0 18 * * FRI"')),
    duration: v.pipe(
      v.string(DURATION),
      v.check((said) => (parseDuration(said) ?? 0) > 0 && parseDuration(said)! <= MOST_DAYS * 86_400, DURATION),
    ),
    timeZone: v.optional(v.pipe(v.string(), v.check(isTimeZone, 'is a time zone such as "Europe/Berlin"')), 'UTC'),
    reason: v.pipe(text(200), v.minLength(1, 'says why')),
    act: v.optional(v.picklist(['reject', 'delay'], 'is "reject" or "delay"'), 'reject'),
  },
  'is an object with "start", "duration", "timeZone", "reason" and "act"',
  'a freeze window',
);
const windowsSchema = v.pipe(
  v.array(windowSchema, 'is a list of windows'),
  v.maxLength(MOST_WINDOWS, `has at most ${MOST_WINDOWS} windows`),
);

function isCron(pattern: string): boolean {
  try {
    return new Cron(pattern, { mode: '5-part', paused: true }).nextRun(new Date(0)) !== null;
  } catch {
    return false;
  }
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }) !== undefined;
  } catch {
    return false;
  }
}

/** The windows of the parameter's text, JSON; nothing said is none. What is wrong with it, in words, where it is. */
export function readFreezeWindows(parameter: string): { windows: FreezeWindow[] } | { wrong: string } {
  if (parameter.trim() === '') return { windows: [] };
  let said: unknown;
  try {
    said = JSON.parse(parameter);
  } catch (error) {
    return { wrong: `freezeWindows is not JSON: ${(error as Error).message}` };
  }
  const parsed = v.safeParse(windowsSchema, said);
  if (parsed.success) return { windows: parsed.output };
  const describe = (issue: (typeof parsed.issues)[number]) => (issue.received === 'undefined' ? 'is missing' : issue.message);
  return { wrong: parsed.issues.map((issue) => `freezeWindows ${v.getDotPath(issue) ?? ''}: ${describe(issue)}`).join('; ') };
}

/** Of a window, with what tells when it begins. */
interface Clock {
  window: FreezeWindow;
  cron: Cron;
  durationMs: number;
}

/** A window that is on. */
interface On {
  window: FreezeWindow;
  /** When no window is on any more; undefined when that is never. */
  untilMs: number | undefined;
}

const clocksOf = (windows: FreezeWindow[]): Clock[] =>
  windows.map((window) => ({
    window,
    cron: new Cron(window.start, { mode: '5-part', timezone: window.timeZone, paused: true }),
    durationMs: parseDuration(window.duration)! * 1000,
  }));

/** The window that is on at a time, of several one that rejects before the one that ends last; undefined when none is. */
function findOn(clocks: Clock[], atMs: number): On | undefined {
  const on = listOn(clocks, atMs);
  const window = (on.find((one) => one.window.act === 'reject') ?? on[0])?.window;
  if (!window) return undefined;
  let untilMs = atMs;
  for (let links = 0, [last] = on; last; links++) {
    untilMs = last.endMs;
    // Windows without a gap between them do not end.
    if (links > MOST_LINKS || untilMs - atMs > MOST_DAYS * DAY_MS) return { window, untilMs: undefined };
    [last] = listOn(clocks, untilMs);
  }
  return { window, untilMs };
}

/** All windows that are on at a time, the one that ends last first. */
function listOn(clocks: Clock[], atMs: number): { window: FreezeWindow; endMs: number }[] {
  return clocks
    .flatMap(({ window, cron, durationMs }) => {
      // It begins in its very first millisecond.
      const [began] = cron.previousRuns(1, new Date(atMs + 1));
      const endMs = began ? began.getTime() + durationMs : atMs;
      return endMs > atMs ? [{ window, endMs }] : [];
    })
    .toSorted((one, other) => other.endMs - one.endMs);
}

/**
 * What keeps a plan from beginning at a time: a window into which one of its shifts would fall, if every bake ended in
 * time. `parameter` is the text of the windows; as long as nobody can read it, any of them may be on.
 */
export function findFreeze(parameter: string, plan: Step[], startAt: string): Freeze | undefined {
  const read = readFreezeWindows(parameter);
  if ('wrong' in read) return { act: 'reject', message: `nobody can tell whether a freeze is on: ${read.wrong}` };
  const clocks = clocksOf(read.windows);
  const startMs = Date.parse(startAt);
  const found = frozenShifts(clocks, plan, startMs);
  const frozen = found.find(({ on }) => on.window.act === 'reject') ?? found[0];
  if (!frozen) return undefined;
  const { act } = frozen.on.window;
  const startsAt = act === 'delay' ? earliestStart(clocks, plan, startMs) : undefined;
  const message = `it would shift traffic at ${showMinute(new Date(frozen.shiftMs).toISOString())} UTC, inside ${describeOn(frozen.on)}`;
  return { act, message, ...(startsAt !== undefined && { startsAt }) };
}

/** Those shifts of a plan that fall into a window. */
function frozenShifts(clocks: Clock[], plan: Step[], startMs: number): { shiftMs: number; on: On }[] {
  if (clocks.length === 0) return [];
  return plan.flatMap((_, index) => {
    const shiftMs = startMs + 1000 * plan.slice(0, index).reduce((sum, { bakeSeconds }) => sum + bakeSeconds, 0);
    const on = findOn(clocks, shiftMs);
    return on ? [{ shiftMs, on }] : [];
  });
}

/** Undefined when there is none as long as an execution may wait. */
function earliestStart(clocks: Clock[], plan: Step[], wantedMs: number): string | undefined {
  for (let startMs = wantedMs; startMs - wantedMs <= MOST_DAYS_DELAYED * DAY_MS; ) {
    const [frozen] = frozenShifts(clocks, plan, startMs);
    if (!frozen) return new Date(startMs).toISOString();
    if (frozen.on.untilMs === undefined) return undefined;
    startMs += frozen.on.untilMs - frozen.shiftMs;
  }
  return undefined;
}

const describeOn = ({ window: { reason }, untilMs }: On): string =>
  `the freeze "${reason}", ${untilMs === undefined ? 'which does not end' : `until ${showMinute(new Date(untilMs).toISOString())} UTC`}`;

/** Why nothing may be shifted at a time; undefined when it may. */
export function findFrozen(parameter: string, at: string): string | undefined {
  const read = readFreezeWindows(parameter);
  if ('wrong' in read) return `nobody can tell whether a freeze is on: ${read.wrong}`;
  const on = findOn(clocksOf(read.windows), Date.parse(at));
  return on && `${describeOn(on)}, holds the next shift`;
}

/** Until when windows that delay put a release off whose own time has come. What they reject it for Plan tells. */
export function findPutOff({ request, plan }: ReleaseRecord, parameter: string, at: string): NotYet | undefined {
  const startsAt = request.overrideFreeze === undefined ? findFreeze(parameter, plan, at)?.startsAt : undefined;
  if (startsAt === undefined || startsAt === at) return undefined;
  return { why: `begins at ${showMinute(startsAt)} UTC: a freeze is on before`, until: startsAt };
}
