import * as v from 'valibot';
import type { Attempt } from './attempt.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { ReleaseError } from './errors.ts';
import { type HookRun, runAt, runsOf } from './hook-run.ts';
import { hasShifted, noted, type Reason, type ReleaseRecord, summarize } from './record.ts';
import { known } from './schema.ts';
import { withWaiting } from './waiting.ts';

/** Hooks: functions of the user's that Teal calls at named moments of a release. */

export const MOMENTS = ['beforeTraffic', 'afterTraffic', 'afterRevert'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A hook as a request says it, with everything said. */
export interface HookRequest {
  /** "expand-schema", or "expand-schema:live" */
  function: string;
  /** How long it may take to answer, also when it answers later. */
  timeout: string;
}

export type HooksRequest = Partial<Record<Moment, HookRequest[]>>;

const DEFAULT_TIMEOUT = '1h';
const MOST_HOURS = 24;
const MOST_HOOKS = 10;
const NAME = 'is the name of a function, or of a function and an alias such as "expand-schema:live"';

const hookFunction = v.pipe(v.string(NAME), v.regex(/^[a-zA-Z0-9-_]{1,64}(:[a-zA-Z0-9-_]{1,128})?$/, NAME));
const TIMEOUT = `is a duration of at most ${MOST_HOURS} hours such as "15m"`;
const hook = v.union(
  [
    hookFunction,
    known(
      {
        function: hookFunction,
        timeout: v.optional(
          v.pipe(
            v.string(TIMEOUT),
            v.check((text) => (parseDuration(text) ?? 0) > 0 && parseDuration(text)! <= MOST_HOURS * 3600, TIMEOUT),
          ),
        ),
      },
      'is an object',
      'a hook',
    ),
  ],
  `${NAME}, or an object with "function" and "timeout"`,
);
const hooks = v.union(
  [hook, v.pipe(v.array(hook), v.minLength(1, 'names at least one function'), v.maxLength(MOST_HOOKS, `has at most ${MOST_HOOKS} hooks`))],
  'is a hook or a list of hooks',
);

export const hooksSchema = known(
  {
    beforeTraffic: v.optional(v.pipe(hooks, v.description('Called once green can serve, before its smoke tests; one that fails rejects'))),
    afterTraffic: v.optional(v.pipe(hooks, v.description('Called once green serves for good: no revert is possible any more'))),
    afterRevert: v.optional(v.pipe(hooks, v.description('Called once blue serves again, to tidy what green wrote'))),
  },
  'is an object with "beforeTraffic", "afterTraffic" and "afterRevert"',
);

/** What the schema has passed, with everything said. */
export function readHooks(said: v.InferOutput<typeof hooksSchema> | undefined): HooksRequest | undefined {
  if (!said) return undefined;
  return Object.fromEntries(
    MOMENTS.flatMap((moment) => {
      const named = said[moment];
      if (named === undefined) return [];
      const list = Array.isArray(named) ? named : [named];
      return [
        [
          moment,
          list.map((one) => (typeof one === 'string' ? { function: one, timeout: DEFAULT_TIMEOUT } : { timeout: DEFAULT_TIMEOUT, ...one })),
        ],
      ];
    }),
  );
}

export const hooksOf = ({ request }: Pick<ReleaseRecord, 'request'>, moment: Moment): HookRequest[] => request.hooks?.[moment] ?? [];

/** The names of all functions that a release calls as hooks, each once. */
export const hookFunctions = (record: Pick<ReleaseRecord, 'request'>): string[] => [
  ...new Set(MOMENTS.flatMap((moment) => hooksOf(record, moment).map((one) => one.function))),
];

/** The one that failed, which is the last that was called. */
export const failedHook = (record: ReleaseRecord, moment: Moment): HookRun | undefined =>
  runsOf(record, moment).find(({ status }) => status === 'failed');

/** A hook is about to be called, or called again under the same key. Undefined when a newer attempt does, or it has answered. */
export function withHookCalled(
  record: ReleaseRecord,
  { moment, hook: hookNumber, redrive, attempt, token, at }: Attempt & { moment: Moment; hook: number; at: string },
): ReleaseRecord | undefined {
  const asked = hooksOf(record, moment)[hookNumber]!;
  const until = new Date(Date.parse(at) + parseDuration(asked.timeout)! * 1000).toISOString();
  const waiting = withWaiting(record, { for: moment, hook: hookNumber, redrive, attempt, token, openedAt: at, until });
  if (!waiting) return undefined;
  if (runAt(record, moment, hookNumber)) return waiting;
  const run: HookRun = { moment, function: asked.function, status: 'called', at };
  return noted({ ...waiting, hooks: [...(record.hooks ?? []), run] }, at, `calling ${describeMoment(moment)} hook ${asked.function}`);
}

/** What a hook answered. */
export type HookAnswer = { status: 'passed' } | { status: 'pending' } | { status: 'failed'; reason: string };

/** Reads what a hook returned, or called back with: `{"status":"failed","reason":…}` fails, `{"status":"pending"}` answers later, nothing said is passed. */
export function readAnswer(answer: unknown): HookAnswer {
  const { status, reason } = typeof answer === 'object' && answer !== null ? (answer as { status?: unknown; reason?: unknown }) : {};
  if (status === undefined || status === 'passed') return { status: 'passed' };
  if (status === 'pending') return { status };
  if (status === 'failed')
    return { status, reason: typeof reason === 'string' && reason ? reason.slice(0, MOST_CHARACTERS) : 'it gave no reason' };
  return {
    status: 'failed',
    reason: `it answered the status ${JSON.stringify(status)?.slice(0, 100)}, which is none of passed, failed and pending`,
  };
}

const MOST_CHARACTERS = 1000;

/** The first answer of a hook counts. */
export function withHookAnswered(
  record: ReleaseRecord,
  { moment, hook: hookNumber, answer, at }: { moment: Moment; hook: number; answer: HookAnswer; at: string },
): ReleaseRecord | undefined {
  const run = runAt(record, moment, hookNumber);
  if (run?.status !== 'called' || answer.status === 'pending') return undefined;
  const answered: HookRun = { ...run, ...answer, at };
  const what = `${describeMoment(moment)} hook ${run.function}`;
  const text = answer.status === 'passed' ? `${what} passed` : `${what} failed: ${answer.reason}`;
  return noted({ ...record, hooks: (record.hooks ?? []).map((one) => (one === run ? answered : one)) }, at, text);
}

export const describeTimeout = ({ timeout }: HookRequest): string => `it did not answer within ${formatDuration(parseDuration(timeout)!)}`;

export const describeMoment = (moment: Moment): string =>
  ({ beforeTraffic: 'before-traffic', afterTraffic: 'after-traffic', afterRevert: 'after-revert' })[moment];

/** No traffic before its hooks have passed, whatever an execution says. */
export function assertHooksPassed(record: ReleaseRecord): void {
  const left = hooksOf(record, 'beforeTraffic').find((_, index) => runAt(record, 'beforeTraffic', index)?.status !== 'passed');
  if (left) throw new ReleaseError('HookFailed', `before-traffic hook ${left.function} has not passed`);
}

/** What the state of a moment after the decision returns when there is nothing left to wait for. */
export const allHooksDone = ({ status, reason }: { status: string; reason?: Reason }): Record<string, unknown> => ({
  allHooksDone: true,
  outcome: status,
  message: reason!.message,
});

/** Of a release that ends: the hooks of its side that failed or did not run, loudly. */
export function describeHooksLeft(record: ReleaseRecord): string[] {
  const side = record.decision?.side;
  if (!side || (side === 'revert' && !hasShifted(record))) return [];
  const moment: Moment = side === 'promote' ? 'afterTraffic' : 'afterRevert';
  return hooksOf(record, moment).flatMap(({ function: name }, index) => {
    const run = runAt(record, moment, index);
    if (run?.status === 'passed') return [];
    const what = `${describeMoment(moment)} hook ${name}`;
    if (!run) return [`${what} DID NOT RUN`];
    return [run.status === 'failed' ? `${what} FAILED: ${run.reason}` : `${what} WAS CALLED AND HAS NOT ANSWERED`];
  });
}

/** What a hook is called with. `functionArn` is the ARN of a function of this account and region, by its name. */
export function hookEvent(
  record: ReleaseRecord,
  { moment, hook: hookNumber, token }: { moment: Moment; hook: number; token: string },
  functionArn: (name: string) => string,
): Record<string, unknown> {
  const arnOf = (name: string, version: string | undefined) => version && `${functionArn(name)}:${version}`;
  return {
    hook: moment,
    // The same however often it is called.
    idempotencyKey: `${record.id}/${moment}/${hookNumber}`,
    token,
    release: {
      ...summarize(record),
      requestReason: record.request.reason,
      targets: record.targets.map(({ function: name, alias, blue, green, unchanged, moved }) => ({
        function: name,
        alias,
        aliasArn: arnOf(name, alias),
        blue,
        blueArn: arnOf(name, blue),
        green,
        greenArn: arnOf(name, green),
        unchanged,
        moved,
      })),
    },
  };
}
