import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { createVirtualClock } from '../../local/clock.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import type { BusEvent, Ground, Invocation, Invoker } from '../../local/service.ts';
import { createStepFunctions } from '../../local/step-functions/step-functions.ts';
import { createWork } from '../../local/work.ts';

export const START_MS = Date.parse('2026-03-01T09:00:00.250Z');
export const ROLE = 'arn:aws:iam::123456789012:role/release';

/** What a test's function does: answers, throws a FunctionError, or throws a ServiceError in Lambda's stead. */
// biome-ignore lint/suspicious/noExplicitAny: a test's function reads what it was sent
export type TestFunction = (payload: any) => unknown;

/** Lambda's error payload of a handler that threw. */
export class FunctionError extends Error {
  readonly payload: unknown;
  constructor(payload: unknown) {
    super('function error');
    this.payload = payload;
  }
}

/** Step Functions on a virtual clock, with functions by name, behind the real SDK client. */
export function aStepFunctions(functions: Record<string, TestFunction> = {}, chance: Partial<Ground> = {}) {
  const work = createWork();
  const clock = createVirtualClock(START_MS, work.settle);
  let ids = 0;
  const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;
  const ground: Ground = { clock, work, region: 'eu-west-1', accountId: '123456789012', random: () => 0.5, newId, ...chance };
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever was sent
  const calls: { functionName: string; qualifier: string | undefined; payload: any; atMs: number }[] = [];
  const invoker: Invoker = {
    async invoke({ functionName, qualifier, payload }): Promise<Invocation> {
      const parsed = JSON.parse(Buffer.from(payload).toString());
      calls.push({ functionName, qualifier, payload: parsed, atMs: clock.nowMs() });
      const answered = (value: unknown) => ({
        executedVersion: '$LATEST',
        payload: Buffer.from(JSON.stringify(value ?? null)),
        logTail: '',
      });
      try {
        return answered(await functions[functionName.replace(/^.*:function:/, '')]?.(parsed));
      } catch (error) {
        if (error instanceof FunctionError) return { ...answered(error.payload), functionError: 'Unhandled' };
        throw error;
      }
    },
    invokeAsync: () => Promise.reject(new Error('Step Functions invokes synchronously')),
  };
  const published: (Partial<BusEvent> & { detail: Record<string, unknown> })[] = [];
  const service = createStepFunctions(ground, { invoker, bus: { publish: (event) => void published.push(event as never) } });
  const caller = { accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:user/test' };
  const client = new SFNClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: createRequestHandler((request) => service.handle({ ...request, caller })) as never,
  });

  const createMachine = async (definition: object, name = 'release') => {
    const command = new CreateStateMachineCommand({ name, roleArn: ROLE, definition: JSON.stringify(definition) });
    return (await client.send(command)).stateMachineArn!;
  };
  const start = async (stateMachineArn: string, input: unknown = {}, name?: string) =>
    (await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), name }))).executionArn!;
  const describe = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));
  const history = async (executionArn: string): Promise<HistoryEvent[]> =>
    (await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))).events!;

  return {
    ...{ clock, client, service, calls, published, createMachine, start, describe, history },
    /** Lets everything run that needs no time to pass. */
    settle: () => clock.advanceTo(clock.nowMs()),
    /** Lets `seconds` of cloud time pass. */
    pass: (seconds: number) => clock.advanceTo(clock.nowMs() + seconds * 1000),
    /** Starts an execution and waits for its end, an hour of cloud time at most. */
    async run(definition: object, input: unknown = {}) {
      const arn = await start(await createMachine(definition), input);
      await clock.advanceUntil(async () => (await describe(arn)).status !== 'RUNNING', 3_600_000);
      const execution = await describe(arn);
      return { ...execution, arn, result: execution.output === undefined ? undefined : JSON.parse(execution.output) };
    },
  };
}

export const invoke = (payload: object, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: 'work', ...payload },
  ...more,
});

export const waitForToken = (more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: { FunctionName: 'bake', Payload: { 'token.$': '$$.Task.Token', 'retry.$': '$$.State.RetryCount' } },
  ...more,
});
