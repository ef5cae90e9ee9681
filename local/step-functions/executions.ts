import type { Timer } from '../clock.ts';
import { type EventBus, type Ground, ServiceError } from '../service.ts';
import type { Execution, Machine, Status } from './execution.ts';
import { MAX_OPEN_MS, notRedrivableReason, statusChangeDetail } from './execution-view.ts';
import { appendEvent, recordEvent } from './history.ts';
import type { Ending } from './state-walk.ts';
import type { Stretch } from './stretch.ts';

/** Closed executions and their names are forgotten after this. */
const RETENTION_MS = 90 * 86_400_000;

const LAST_EVENT: Record<Exclude<Status, 'RUNNING'>, string> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};

export interface Result {
  status: Exclude<Status, 'RUNNING'>;
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
}

type Walk = (stretch: Stretch, from: { state: string; input: string }) => Promise<Ending>;

export type Executions = ReturnType<typeof createExecutions>;

/** All executions: how they start, end and start again. `ended` is told of each end. */
export function createExecutions(ground: Ground, bus: EventBus, walk: Walk, ended: (execution: Execution) => void) {
  const byMachine = new Map<string, Map<string, Execution>>();
  const nowMs = () => Math.floor(ground.clock.nowMs());
  const isGone = ({ stopMs }: Execution) => stopMs !== undefined && nowMs() - stopMs >= RETENTION_MS;

  const publish = (execution: Execution) =>
    bus.publish({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      resources: [execution.arn],
      detail: statusChangeDetail(execution, nowMs()),
    });

  const end = (execution: Execution, { status, output, error, cause }: Result) => {
    if (execution.status !== 'RUNNING') return;
    Object.assign(execution, { status, stopMs: nowMs(), output, error, cause });
    // On AWS the history alone names a timeout of the execution: https://github.com/floci-io/floci/issues/2733 has measured it.
    const details = status === 'TIMED_OUT' ? { error: 'States.Timeout' } : { output, error, cause };
    appendEvent(execution.history, LAST_EVENT[status], nowMs(), details);
    execution.stop?.();
    execution.stop = undefined;
    publish(execution);
    ended(execution);
  };

  const run = (execution: Execution, from: { state: string; input: string }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const stretch: Stretch = {
      execution,
      signal,
      record(type, details) {
        signal.throwIfAborted();
        return recordEvent(execution.history, type, nowMs(), details);
      },
    };
    const timeout = armTimeout(execution);
    execution.stop = () => {
      timeout.cancel();
      controller.abort();
    };
    walk(stretch, from).then(
      (ending) => signal.aborted || end(execution, ending),
      (error) => signal.aborted || end(execution, { status: 'FAILED', error: 'States.Runtime', cause: String(error) }),
    );
  };

  /** On the cloud clock, and set anew by a redrive. */
  const armTimeout = (execution: Execution): Timer => {
    const seconds = execution.revision.definition.TimeoutSeconds ?? Number.POSITIVE_INFINITY;
    const dueMs = Math.min(nowMs() + seconds * 1000, execution.startMs + MAX_OPEN_MS);
    return ground.clock.at(dueMs, () => end(execution, { status: 'TIMED_OUT' }));
  };

  const start = (machine: Machine, given: { name: string | undefined; input: string; traceHeader: string | undefined }): Execution => {
    const name = given.name ?? ground.newId();
    const ofMachine = byMachine.get(machine.arn) ?? new Map<string, Execution>();
    byMachine.set(machine.arn, ofMachine);
    forgetGone(ofMachine, isGone);
    const same = ofMachine.get(name);
    if (same && isGone(same)) ofMachine.delete(name);
    else if (same) {
      if (same.status === 'RUNNING' && same.input === given.input) return same;
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${same.arn}'`);
    }
    const execution: Execution = {
      arn: `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`,
      name,
      machine,
      revision: machine.revision,
      input: given.input,
      traceHeader: given.traceHeader,
      status: 'RUNNING',
      startMs: nowMs(),
      stopMs: undefined,
      output: undefined,
      error: undefined,
      cause: undefined,
      redriveCount: 0,
      redriveMs: undefined,
      redriveToken: undefined,
      history: [],
      visit: undefined,
      stop: undefined,
    };
    ofMachine.set(name, execution);
    appendEvent(execution.history, 'ExecutionStarted', execution.startMs, { input: given.input, roleArn: machine.revision.roleArn });
    publish(execution);
    run(execution, { state: machine.revision.definition.StartAt, input: JSON.stringify(JSON.parse(given.input)) });
    return execution;
  };

  /** Goes on from the state that failed or was stopped, with the input it had; once for each token. Throws ExecutionNotRedrivable. */
  const redrive = (execution: Execution, clientToken: string | undefined): void => {
    if (clientToken !== undefined && clientToken === execution.redriveToken) return;
    const reason = notRedrivableReason(execution, nowMs());
    if (reason) throw new ServiceError('ExecutionNotRedrivable', `${reason}: '${execution.arn}'`);
    const reopened = { status: 'RUNNING', stopMs: undefined, output: undefined, error: undefined, cause: undefined };
    Object.assign(execution, reopened, { redriveCount: execution.redriveCount + 1, redriveMs: nowMs(), redriveToken: clientToken });
    appendEvent(execution.history, 'ExecutionRedriven', nowMs(), { redriveCount: execution.redriveCount });
    publish(execution);
    run(execution, execution.visit!);
  };

  return {
    start,
    end,
    redrive,
    /** Undefined when there is none, or none any more. */
    find(arn: string): Execution | undefined {
      const [, machineArn, name] = /^(.*:execution:[^:]+):(.+)$/.exec(arn) ?? [];
      const execution = byMachine.get(machineArn?.replace(':execution:', ':stateMachine:') ?? '')?.get(name ?? '');
      return execution && !isGone(execution) ? execution : undefined;
    },
    /** Newest first. */
    ofMachine: (machineArn: string) => [...(byMachine.get(machineArn)?.values() ?? [])].filter((one) => !isGone(one)).reverse(),
    forget(machineArn: string) {
      byMachine.delete(machineArn);
    },
    /** Lets go of all that runs, without a trace. */
    close() {
      for (const ofMachine of byMachine.values()) for (const execution of ofMachine.values()) execution.stop?.();
    },
  };
}

/** Those that started first are first. */
function forgetGone(ofMachine: Map<string, Execution>, isGone: (execution: Execution) => boolean): void {
  for (const [name, execution] of ofMachine) {
    if (isGone(execution)) ofMachine.delete(name);
    else if (execution.status !== 'RUNNING') return;
  }
}
