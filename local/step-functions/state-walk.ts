import { choose } from './choice.ts';
import type { State } from './definition.ts';
import { contextOf, type Visit } from './execution.ts';
import type { Scope } from './expressions.ts';
import { HISTORY_LIMIT_CAUSE } from './history.ts';
import { toPayload } from './payload.ts';
import { createRetries } from './retry.ts';
import { matches, runtimeError, StateError } from './state-error.ts';
import { type Stretch, waitUntil } from './stretch.ts';
import { attemptTask, type TaskTools } from './task-attempt.ts';

export type Ending =
  | { status: 'SUCCEEDED'; output: string }
  | { status: 'FAILED'; error: string | undefined; cause: string | undefined }
  | { status: 'ABORTED' };

/** Where a state leads: to another one, or to the end. */
interface Step {
  next: string | undefined;
  output: unknown;
}

/**
 * Runs an execution from `from` to its end. Only tasks take time that no cloud clock measures, and those are tracked:
 * everything between is promises, which settle before the event loop turns. Rejects when the stretch was ended.
 */
export async function walkStates(tools: TaskTools, stretch: Stretch, from: { state: string; input: string } | Visit): Promise<Ending> {
  const { execution } = stretch;
  let at = from;
  for (;;) {
    // AWS: the executions of a state machine that is being deleted end at their next transition.
    if (execution.machine.status === 'DELETING') return { status: 'ABORTED' };
    const wait = transitionWait(tools, stretch);
    if (wait) await wait;
    const state = execution.revision.definition.States[at.state]!;
    // A redriven task is scheduled again without being entered again; every other state is entered again.
    const isEntered = 'enteredMs' in at && state.Type === 'Task';
    const visit: Visit = isEntered ? (at as Visit) : { ...at, enteredMs: Math.floor(tools.ground.clock.nowMs()) };
    execution.visit = visit;
    try {
      const entryId = isEntered ? entryOf(stretch) : stretch.record(`${state.Type}StateEntered`, { name: at.state, input: at.input });
      const step = await named(at.state, entryId, () => runState(tools, stretch, state, visit));
      const output = toPayload(step.output, at.state);
      stretch.record(`${state.Type}StateExited`, { name: at.state, output });
      if (step.next === undefined) return { status: 'SUCCEEDED', output };
      at = { state: step.next, input: output };
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      return { status: 'FAILED', error: error.error, cause: error.cause };
    }
  }
}

/** A try again is a transition too. */
function transitionWait({ ground: { quotas, clock } }: TaskTools, stretch: Stretch): Promise<void> | undefined {
  const waitMs = quotas?.transitionWaitMs() ?? 0;
  return waitMs > 0 ? waitUntil(clock.nowMs() + waitMs, clock, stretch) : undefined;
}

async function runState(tools: TaskTools, stretch: Stretch, state: State, visit: Visit): Promise<Step> {
  if (state.Type === 'Task') return runTask(tools, stretch, state, visit);
  const { expressions, ground } = tools;
  const context = contextOf(stretch.execution, visit, 0);
  const raw = JSON.parse(visit.input);
  const input = await pathed(tools, state.InputPath, 'InputPath', { input: raw, context });
  const scope = { input, context };
  const leave = async (next: string | undefined, result: unknown): Promise<Step> => ({
    next,
    output: await pathed(tools, state.OutputPath, 'OutputPath', { input: result, context }),
  });
  switch (state.Type) {
    case 'Pass': {
      const parameters = state.Parameters === undefined ? input : await expressions.template(state.Parameters, scope);
      const result = state.Result === undefined ? parameters : state.Result;
      return leave(state.Next, await expressions.atResultPath(state.ResultPath, raw, result));
    }
    case 'Choice':
      return leave(await choose(state.Choices!, state.Default, scope), input);
    case 'Wait':
      await waitUntil(await dueMs(tools, state, visit, scope), ground.clock, stretch);
      return leave(state.Next, input);
    case 'Succeed':
      return leave(undefined, input);
    case 'Fail':
      throw new StateError(
        state.Error ?? (await textAt(tools, state.ErrorPath, 'ErrorPath', scope)),
        state.Cause ?? (await textAt(tools, state.CausePath, 'CausePath', scope)),
      );
  }
}

async function runTask(tools: TaskTools, stretch: Stretch, state: State, visit: Visit): Promise<Step> {
  const { ground, expressions } = tools;
  const retries = createRetries(state.Retry ?? [], ground.random);
  for (let retryCount = 0; ; retryCount++) {
    try {
      const raw = JSON.parse(visit.input);
      const context = contextOf(stretch.execution, visit, retryCount);
      const input = await pathed(tools, state.InputPath, 'InputPath', { input: raw, context });
      const result = await attemptTask(tools, stretch, state, { input, context });
      const selected =
        state.ResultSelector === undefined ? result : await expressions.template(state.ResultSelector, { input: result, context });
      const merged = await expressions.atResultPath(state.ResultPath, raw, selected);
      const output = await pathed(tools, state.OutputPath, 'OutputPath', { input: merged, context });
      toPayload(output, visit.state);
      return { next: state.Next, output };
    } catch (error) {
      if (stretch.signal.aborted || !(error instanceof StateError)) throw error;
      const delayMs = retries.nextDelayMs(error);
      if (delayMs === undefined) return caught(tools, state, visit, error);
      await waitUntil(ground.clock.nowMs() + delayMs, ground.clock, stretch);
      await transitionWait(tools, stretch);
    }
  }
}

async function caught({ expressions }: TaskTools, state: State, visit: Visit, failure: StateError): Promise<Step> {
  const catcher = state.Catch?.find(({ ErrorEquals }) => matches(ErrorEquals, failure));
  if (!catcher) throw failure;
  const errorOutput = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
  return { next: catcher.Next, output: await expressions.atResultPath(catcher.ResultPath, JSON.parse(visit.input), errorOutput) };
}

async function dueMs({ expressions }: TaskTools, state: State, visit: Visit, scope: Scope): Promise<number> {
  const timestamp = state.Timestamp ?? (state.TimestampPath && (await expressions.value(state.TimestampPath, 'TimestampPath', scope)));
  if (timestamp !== undefined) {
    const due = Date.parse(String(timestamp));
    if (Number.isNaN(due)) throw runtimeError(`The TimestampPath '${state.TimestampPath}' must refer to a timestamp`);
    return due;
  }
  const seconds = state.Seconds ?? (await expressions.value(state.SecondsPath!, 'SecondsPath', scope));
  if (!Number.isInteger(seconds) || (seconds as number) < 0) {
    throw runtimeError(`The SecondsPath '${state.SecondsPath}' must refer to an integer that is not negative`);
  }
  return visit.enteredMs + (seconds as number) * 1000;
}

async function pathed({ expressions }: TaskTools, path: string | null | undefined, field: string, scope: Scope): Promise<unknown> {
  if (path === null) return {};
  return path === undefined || path === '$' ? scope.input : expressions.value(path, field, scope);
}

async function textAt({ expressions }: TaskTools, text: string | undefined, field: string, scope: Scope): Promise<string | undefined> {
  if (text === undefined) return undefined;
  const value = await expressions.value(text, field, scope);
  if (typeof value !== 'string') throw runtimeError(`The ${field} '${text}' must refer to a string`);
  return value;
}

/** AWS leads the cause of a runtime error with the state it happened in. */
async function named<T>(state: string, entryId: number, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof StateError) || error.error !== 'States.Runtime' || error.cause === HISTORY_LIMIT_CAUSE) throw error;
    throw runtimeError(`An error occurred while executing the state '${state}' (entered at the event id #${entryId}). ${error.cause}`);
  }
}

/** The event by which the state that is redriven was entered. */
function entryOf({ execution }: Stretch): number {
  return execution.history.findLast(({ type }) => type.endsWith('StateEntered'))?.id ?? 0;
}
