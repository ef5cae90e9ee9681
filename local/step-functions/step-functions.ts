import type { CurrentRoles } from '../iam/passed-role.ts';
import { createJsonService, refuseUnknownKeys } from '../json-protocol.ts';
import { type EventBus, type Ground, type Invoker, ServiceError, type WireService } from '../service.ts';
import type { Execution } from './execution.ts';
import { executionSummary, executionView } from './execution-view.ts';
import { createExecutions } from './executions.ts';
import { createExpressions } from './expressions.ts';
import { historyPage } from './history.ts';
import { checkArn, checkLength, checkName } from './names.ts';
import { pageOf } from './paging.ts';
import { MAX_PAYLOAD_BYTES } from './payload.ts';
import { createStateMachines } from './state-machines.ts';
import { walkStates } from './state-walk.ts';
import { createTaskTokens } from './task-tokens.ts';

const MAX_ERROR_LENGTH = 256;
const MAX_CAUSE_LENGTH = 32_768;

/**
 * AWS Step Functions: Standard state machines in JSONPath whose tasks are Lambda functions. JSONPaths, choices and
 * result paths are evaluated by aws-local-stepfunctions; states, retries, catches, tokens and history are walked here.
 * What it does not support it refuses when the state machine is created.
 */
export function createStepFunctions(
  ground: Ground,
  { invoker, bus }: { invoker: Invoker; bus: EventBus },
): WireService & Pick<CurrentRoles, 'stateMachine'> & { close(): Promise<void> } {
  const tokens = createTaskTokens(ground.newId);
  const tools = { ground, invoker, tokens, expressions: createExpressions(ground) };
  const removeWhenIdle = (machineArn: string) => {
    if (executions.ofMachine(machineArn).some(({ status }) => status === 'RUNNING')) return;
    machines.remove(machines.find(machineArn));
    executions.forget(machineArn);
  };
  const executions = createExecutions(
    ground,
    bus,
    (stretch, from) => walkStates(tools, stretch, from),
    ({ machine }) => machine.status === 'DELETING' && removeWhenIdle(machine.arn),
  );
  const machines = createStateMachines(ground, ({ arn }) => removeWhenIdle(arn));
  const nowMs = () => ground.clock.nowMs();

  const findExecution = (arn: unknown): Execution => {
    const execution = executions.find(checkArn(arn, 'execution'));
    if (!execution) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  };
  const findTask = (token: unknown) => tokens.find(token, (arn) => executions.find(arn) !== undefined);

  const service = createJsonService({
    prefix: 'AWSStepFunctions',
    version: '1.0',
    operations: {
      CreateStateMachine: machines.create,
      UpdateStateMachine: machines.update,
      DescribeStateMachine: machines.describe,
      ListStateMachines: machines.list,
      DeleteStateMachine: machines.delete,
      ListTagsForResource: machines.listTags,

      StartExecution(input) {
        refuseUnknownKeys(input, ['stateMachineArn', 'name', 'input', 'traceHeader'], 'StartExecution');
        const machine = machines.findActive(input.stateMachineArn);
        const { arn, startMs } = executions.start(machine, {
          name: input.name === undefined ? undefined : checkName(input.name),
          input: checkJson(input.input ?? '{}', 'InvalidExecutionInput', 'Invalid State Machine Execution Input'),
          traceHeader: input.traceHeader,
        });
        return { executionArn: arn, startDate: startMs / 1000 };
      },

      DescribeExecution(input) {
        refuseUnknownKeys(input, ['executionArn'], 'DescribeExecution');
        return executionView(findExecution(input.executionArn), nowMs());
      },

      StopExecution(input) {
        refuseUnknownKeys(input, ['executionArn', 'error', 'cause'], 'StopExecution');
        const execution = findExecution(input.executionArn);
        executions.end(execution, { status: 'ABORTED', ...checkFailure(input) });
        return { stopDate: execution.stopMs! / 1000 };
      },

      RedriveExecution(input) {
        refuseUnknownKeys(input, ['executionArn', 'clientToken'], 'RedriveExecution');
        const execution = findExecution(input.executionArn);
        executions.redrive(execution, input.clientToken);
        return { redriveDate: execution.redriveMs! / 1000 };
      },

      ListExecutions(input) {
        refuseUnknownKeys(input, ['stateMachineArn', 'statusFilter', 'maxResults', 'nextToken', 'redriveFilter'], 'ListExecutions');
        const all = executions.ofMachine(machines.find(input.stateMachineArn).arn).filter(filterOf(input));
        const { page, nextToken } = pageOf(all, ({ arn }) => arn, input);
        return { executions: page.map(executionSummary), nextToken };
      },

      GetExecutionHistory(input) {
        const known = ['executionArn', 'maxResults', 'nextToken', 'reverseOrder', 'includeExecutionData'];
        refuseUnknownKeys(input, known, 'GetExecutionHistory');
        return historyPage(findExecution(input.executionArn).history, input);
      },

      SendTaskSuccess(input) {
        refuseUnknownKeys(input, ['taskToken', 'output'], 'SendTaskSuccess');
        const output = checkJson(input.output, 'InvalidOutput', 'Invalid Output');
        findTask(input.taskToken).succeed(output);
      },

      SendTaskFailure(input) {
        refuseUnknownKeys(input, ['taskToken', 'error', 'cause'], 'SendTaskFailure');
        const { error, cause } = checkFailure(input);
        findTask(input.taskToken).fail(error, cause);
      },

      SendTaskHeartbeat(input) {
        refuseUnknownKeys(input, ['taskToken'], 'SendTaskHeartbeat');
        findTask(input.taskToken).heartbeat();
      },
    },
  });

  return {
    handle: service.handle,
    stateMachine: machines.current,
    async close() {
      executions.close();
    },
  };
}

/** Throws an error of `code` unless `text` is JSON, and ValidationException when it is too long. */
function checkJson(text: unknown, code: string, words: string): string {
  if (typeof text === 'string' && Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
    throw new ServiceError('ValidationException', `${words}: it is longer than ${MAX_PAYLOAD_BYTES} bytes`);
  }
  try {
    JSON.parse(text as string);
    if (typeof text === 'string') return text;
  } catch {}
  throw new ServiceError(code, `${words}: '${text}'`);
}

function checkFailure({ error, cause }: { error?: unknown; cause?: unknown }) {
  return { error: checkLength(error, 'error', MAX_ERROR_LENGTH), cause: checkLength(cause, 'cause', MAX_CAUSE_LENGTH) };
}

function filterOf({ statusFilter, redriveFilter }: { statusFilter?: string; redriveFilter?: string }) {
  return ({ status, redriveCount }: Execution) =>
    (statusFilter === undefined || status === statusFilter) &&
    (redriveFilter === undefined || redriveCount > 0 === (redriveFilter === 'REDRIVEN'));
}
