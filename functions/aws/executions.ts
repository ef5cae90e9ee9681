import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  ListExecutionsCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

/** The ARN of the execution with this name. */
export function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** Starts the execution of this name, or finds it started. */
export async function startExecution(sfn: SFNClient, stateMachineArn: string, name: string, input: unknown): Promise<void> {
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    // A name is taken for 90 days, and ours are never used twice: it was us.
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}

/** Undefined when there is no execution of this name. */
export async function describeExecution(sfn: SFNClient, stateMachineArn: string, name: string): Promise<ExecutionStatus | undefined> {
  try {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn: executionArn(stateMachineArn, name) }));
    return execution.status;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** The names of all running executions. */
export async function listRunning(sfn: SFNClient, stateMachineArn: string): Promise<Set<string>> {
  const names = new Set<string>();
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000, nextToken }));
    for (const execution of page.executions ?? []) names.add(execution.name!);
    nextToken = page.nextToken;
  } while (nextToken);
  return names;
}

/** Ends a callback task. Settling twice is harmless: the second finds the token spent. */
export async function settleTask(sfn: SFNClient, taskToken: string, output: unknown): Promise<void> {
  await untilSpent(() => sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })));
}

/** Tells Step Functions that the bake is being watched. */
export async function sendHeartbeat(sfn: SFNClient, taskToken: string): Promise<void> {
  await untilSpent(() => sfn.send(new SendTaskHeartbeatCommand({ taskToken })));
}

async function untilSpent(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (!(error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken)) throw error;
  }
}
