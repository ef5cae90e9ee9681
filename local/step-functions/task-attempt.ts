import type { Ground, Invoker } from '../service.ts';
import type { State } from './definition.ts';
import type { Expressions, Scope } from './expressions.ts';
import { callLambda, type LambdaTask, lambdaTask } from './lambda-task.ts';
import { checkPayload, toPayload } from './payload.ts';
import { heartbeatTimeout, runtimeError, StateError, taskTimeout } from './state-error.ts';
import { type Stretch, whenStopped } from './stretch.ts';
import type { TaskTokens } from './task-tokens.ts';

type Outcome = { output: string } | { failure: StateError; timedOut?: boolean };

interface Attempt {
  task: LambdaTask;
  token: string | undefined;
  parameters: unknown;
  timeoutSeconds: number | undefined;
  heartbeatSeconds: number | undefined;
}

export interface TaskTools {
  ground: Ground;
  invoker: Invoker;
  tokens: TaskTokens;
  expressions: Expressions;
}

/** One attempt at a Task state, from its scheduling to its result. Throws a StateError. */
export async function attemptTask(tools: TaskTools, stretch: Stretch, state: State, scope: Scope): Promise<unknown> {
  const { visit, arn } = stretch.execution;
  const task = lambdaTask(state);
  const token = task.waitsForToken ? tools.tokens.issue(arn) : undefined;
  const inTask = token ? { ...scope, context: { ...(scope.context as object), Task: { Token: token } } } : scope;
  const parameters = state.Parameters === undefined ? scope.input : await tools.expressions.template(state.Parameters, inTask);
  const parametersText = toPayload(parameters, visit!.state);
  const timeoutSeconds = state.TimeoutSeconds ?? (await secondsAt(state.TimeoutSecondsPath, 'TimeoutSecondsPath', tools, scope));
  const heartbeatSeconds = state.HeartbeatSeconds ?? (await secondsAt(state.HeartbeatSecondsPath, 'HeartbeatSecondsPath', tools, scope));

  const limits = { timeoutInSeconds: timeoutSeconds, heartbeatInSeconds: heartbeatSeconds };
  stretch.record(
    `${task.eventPrefix}Scheduled`,
    task.isDirect
      ? { resource: state.Resource, input: parametersText, timeoutInSeconds: timeoutSeconds }
      : { ...task.resource, region: tools.ground.region, parameters: parametersText, ...limits },
  );
  stretch.record(`${task.eventPrefix}Started`, task.resource);

  const outcome = await settle(tools, stretch, state, { task, token, parameters, timeoutSeconds, heartbeatSeconds });
  try {
    if ('failure' in outcome) throw outcome.failure;
    checkPayload(outcome.output, visit!.state);
  } catch (failure) {
    const { error, cause } = failure as StateError;
    const ending = 'timedOut' in outcome && outcome.timedOut ? 'TimedOut' : 'Failed';
    stretch.record(`${task.eventPrefix}${ending}`, { ...task.resource, error, cause });
    throw failure;
  }
  stretch.record(`${task.eventPrefix}Succeeded`, { ...task.resource, output: outcome.output });
  return JSON.parse(outcome.output);
}

/** The first of: the function's answer, its token's, a timeout, and the end of the stretch. */
function settle(tools: TaskTools, stretch: Stretch, state: State, attempt: Attempt): Promise<Outcome> {
  const { ground, tokens, invoker } = tools;
  const { task, token, parameters, timeoutSeconds, heartbeatSeconds } = attempt;
  return new Promise((resolve) => {
    let isOpen = true;
    const undo: (() => void)[] = [];
    const end = (outcome: Outcome) => {
      if (!isOpen) return;
      isOpen = false;
      for (const step of undo) step();
      resolve(outcome);
    };
    undo.push(whenStopped(stretch, () => end({ failure: runtimeError('stopped') })));
    if (timeoutSeconds !== undefined) {
      undo.push(afterMachineMs(timeoutSeconds * 1000, () => end({ failure: taskTimeout(), timedOut: true })));
    }
    const heart =
      heartbeatSeconds === undefined
        ? undefined
        : watchHeart(ground, heartbeatSeconds * 1000, () => end({ failure: heartbeatTimeout(), timedOut: true }));
    if (heart) undo.push(heart.stop);
    if (token) {
      tokens.open(token, {
        succeed: (output) => end({ output }),
        fail: (error, cause) => end({ failure: new StateError(error, cause) }),
        heartbeat: () => heart?.beat(),
      });
      undo.push(() => tokens.close(token));
    }
    const returned = (output: string) => {
      if (!task.waitsForToken) return end({ output });
      // The function has its token: from here on only the token, a timeout or a stop ends the attempt.
      if (isOpen) stretch.record('TaskSubmitted', { ...task.resource, output });
    };
    const failed = (error: unknown) => end({ failure: error instanceof StateError ? error : runtimeError(String(error)) });
    const as = { requestId: ground.newId(), roleArn: stretch.execution.revision.roleArn };
    ground.work.track(callLambda(invoker, task, state, parameters, as).then(returned).catch(failed));
  });
}

/** Calls `missed` once `periodMs` of cloud time went by without a beat. */
function watchHeart({ clock }: Ground, periodMs: number, missed: () => void) {
  let deadlineMs = clock.nowMs() + periodMs;
  // The timer is not moved with each beat: it looks again at the deadline it finds when it fires.
  const watch = () =>
    clock.at(deadlineMs, () => {
      if (clock.nowMs() >= deadlineMs) missed();
      else timer = watch();
    });
  let timer = watch();
  return {
    beat() {
      deadlineMs = clock.nowMs() + periodMs;
    },
    stop: () => timer.cancel(),
  };
}

/** setTimeout fires at once beyond 2^31-1 ms. */
const LONGEST_LEG_MS = 2_000_000_000;

/** Task timeouts run on the machine's clock, and keep no process alive. */
function afterMachineMs(waitMs: number, task: () => void): () => void {
  const leg = (leftMs: number): NodeJS.Timeout =>
    setTimeout(
      () => {
        if (leftMs <= LONGEST_LEG_MS) task();
        else timer = leg(leftMs - LONGEST_LEG_MS);
      },
      Math.min(leftMs, LONGEST_LEG_MS),
    ).unref();
  let timer = leg(waitMs);
  return () => clearTimeout(timer);
}

async function secondsAt(path: string | undefined, field: string, { expressions }: TaskTools, scope: Scope): Promise<number | undefined> {
  if (path === undefined) return undefined;
  const seconds = await expressions.value(path, field, scope);
  if (Number.isInteger(seconds) && (seconds as number) > 0) return seconds as number;
  throw runtimeError(`The ${field} '${path}' must refer to a positive integer, not ${JSON.stringify(seconds)}`);
}
