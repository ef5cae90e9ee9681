import type { Definition } from './definition.ts';
import type { HistoryEvent } from './history.ts';

/** What an execution runs by: an update of the machine makes a new one, running executions keep theirs. */
export interface Revision {
  id: string;
  text: string;
  definition: Definition;
  roleArn: string;
}

export interface Machine {
  arn: string;
  name: string;
  status: 'ACTIVE' | 'DELETING';
  createdMs: number;
  revision: Revision;
  loggingConfiguration: unknown;
  tracingConfiguration: unknown;
  tags: { key: string; value: string }[];
}

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Execution {
  arn: string;
  name: string;
  machine: Machine;
  revision: Revision;
  /** As it was given. */
  input: string;
  traceHeader: string | undefined;
  status: Status;
  startMs: number;
  stopMs: number | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  redriveCount: number;
  redriveMs: number | undefined;
  /** What tells a repeated request from another redrive. */
  redriveToken: string | undefined;
  history: HistoryEvent[];
  /** The state that runs, or ran last: where a redrive goes on. */
  visit: Visit | undefined;
  /** Ends what runs now, without a Catch. */
  stop: (() => void) | undefined;
}

/** One stay in a state, over all its retries. */
export interface Visit {
  state: string;
  /** JSON, as it was before InputPath. */
  input: string;
  enteredMs: number;
}

/** What `$$` stands for in `visit`, outside a task's own `$$.Task.Token`. */
export function contextOf({ arn, name, input, machine, revision, ...execution }: Execution, visit: Visit, retryCount: number) {
  return {
    Execution: {
      Id: arn,
      Input: JSON.parse(input),
      Name: name,
      RoleArn: revision.roleArn,
      StartTime: new Date(execution.startMs).toISOString(),
      RedriveCount: execution.redriveCount,
      ...(execution.redriveMs !== undefined && { RedriveTime: new Date(execution.redriveMs).toISOString() }),
    },
    State: { EnteredTime: new Date(visit.enteredMs).toISOString(), Name: visit.state, RetryCount: retryCount },
    StateMachine: { Id: machine.arn, Name: machine.name },
  };
}
