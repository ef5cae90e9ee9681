import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Account } from './account.ts';

/** A state machine whose states follow each other, the last ending it. */
export function aMachine(states: Record<string, object>, more: object = {}) {
  const names = Object.keys(states);
  const linked = names.map((name, index) => {
    const state = states[name] as { Type: string; Next?: string; End?: boolean };
    const isLinked = state.Next || state.End || ['Choice', 'Succeed', 'Fail'].includes(state.Type);
    return [name, isLinked ? state : { ...state, ...(names[index + 1] ? { Next: names[index + 1] } : { End: true }) }];
  });
  return { StartAt: names[0], States: Object.fromEntries(linked), ...more };
}

/** In a task's payload, tells the function which execution calls it. */
export const EXECUTION = { 'execution.$': '$$.Execution.Id' };

/** A Task that invokes a function. */
export const invokeTask = (FunctionName: string, parameters: object = {}, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName, ...parameters },
  ...more,
});

/** A Task that gives its token to a function, as `token` beside `retry` and `execution`, and waits for it. */
export const tokenTask = (FunctionName: string, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: { FunctionName, Payload: { 'token.$': '$$.Task.Token', 'retry.$': '$$.State.RetryCount', ...EXECUTION } },
  ...more,
});

/** State machines of an account, and what becomes of their executions. */
export function machinesOf(account: Account) {
  const { sfn, until } = account;
  let count = 0;

  const createNamed = async (what: string, definition: object): Promise<string> => {
    const command = new CreateStateMachineCommand({
      name: account.name(what),
      roleArn: account.roleArn,
      definition: JSON.stringify(definition),
    });
    return (await sfn.send(command)).stateMachineArn!;
  };
  const known = new Map<string, Promise<string>>();
  /** The state machine with this definition, the same one each time. */
  const create = (definition: object): Promise<string> => {
    const text = JSON.stringify(definition);
    const made = known.get(text) ?? createNamed(`machine-${++count}`, definition);
    known.set(text, made);
    return made;
  };
  const start = async (stateMachineArn: string, input: unknown = {}, name?: string): Promise<string> =>
    (await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), name }))).executionArn!;
  const describe = (executionArn: string) => sfn.send(new DescribeExecutionCommand({ executionArn }));
  const history = async (executionArn: string): Promise<HistoryEvent[]> =>
    (await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))).events!;
  /** Waits until an execution is over. `result` is its output, parsed. */
  const untilOver = async (arn: string, withinSeconds = 120) => {
    await until('the execution is over', async () => (await describe(arn)).status !== 'RUNNING', withinSeconds);
    const execution = await describe(arn);
    return { ...execution, arn, result: execution.output === undefined ? undefined : JSON.parse(execution.output) };
  };

  return {
    create,
    createNamed,
    start,
    describe,
    history,
    untilOver,
    types: async (executionArn: string) => (await history(executionArn)).map(({ type }) => type),
    /** The seconds from each event of type `from` to the next one of type `to`, rounded: AWS promises none. */
    async secondsBetween(executionArn: string, from: HistoryEvent['type'], to: HistoryEvent['type']) {
      const events = await history(executionArn);
      const seconds: number[] = [];
      let begun: Date | undefined;
      for (const { type, timestamp } of events) {
        if (type === from) begun = timestamp;
        if (type !== to || !begun) continue;
        seconds.push(Math.round((timestamp!.getTime() - begun.getTime()) / 1000));
        begun = undefined;
      }
      return seconds;
    },
    /** Runs an execution of a state machine with this definition, and waits for its end. */
    async run(definition: object, input: unknown = {}) {
      return untilOver(await start(await create(definition), input));
    },
  };
}
