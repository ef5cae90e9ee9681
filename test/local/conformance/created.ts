import { DeleteAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteRuleCommand, ListTargetsByRuleCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteFunctionCommand } from '@aws-sdk/client-lambda';
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { DeleteStateMachineCommand, ListExecutionsCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Clients } from './account.ts';

// biome-ignore lint/suspicious/noExplicitAny: each command has a shape of its own
type Shape = any;
type Deletion = (clients: Clients, input: Shape, output: Shape) => Promise<unknown>;

/** What undoes each command that creates something which lasts; aliases, versions and configurations go with their function. */
const DELETIONS: Record<string, Deletion> = {
  CreateFunctionCommand: ({ lambda }, { FunctionName }) => lambda.send(new DeleteFunctionCommand({ FunctionName })),
  CreateTableCommand: ({ dynamodb }, { TableName }) => dynamodb.send(new DeleteTableCommand({ TableName })),
  PutMetricAlarmCommand: ({ cloudwatch }, { AlarmName }) => cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] })),
  PutCompositeAlarmCommand: ({ cloudwatch }, { AlarmName }) => cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] })),
  CreateScheduleCommand: ({ scheduler }, { Name, GroupName }) => scheduler.send(new DeleteScheduleCommand({ Name, GroupName })),
  async PutRuleCommand({ events }, { Name }) {
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    if (Targets.length) await events.send(new RemoveTargetsCommand({ Rule: Name, Ids: Targets.map(({ Id }) => Id!) }));
    await events.send(new DeleteRuleCommand({ Name }));
  },
  // Executions first: a state machine is not gone before its last one has ended.
  async CreateStateMachineCommand({ sfn }, _input, { stateMachineArn }) {
    const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
    for (const { executionArn } of executions!) await sfn.send(new StopExecutionCommand({ executionArn }));
    await sfn.send(new DeleteStateMachineCommand({ stateMachineArn }));
  },
};

const GONE = ['ResourceNotFoundException', 'ResourceNotFound', 'StateMachineDoesNotExist', 'StateMachineDeleting'];

/** Watches what `clients` create. `deleteAll` deletes it, the newest first, and throws when something is left. */
export function watchCreations(clients: Clients): { deleteAll(): Promise<void> } {
  const created = new Map<string, () => Promise<unknown>>();
  for (const client of Object.values(clients)) {
    client.middlewareStack.add(
      (next: (args: { input: object }) => Promise<{ output: object }>, { commandName }: { commandName?: string }) =>
        async (args: { input: object }) => {
          const result = await next(args);
          const deletion = DELETIONS[commandName ?? ''];
          const { input } = args as { input: Record<string, string> };
          const name = input.FunctionName ?? input.TableName ?? input.AlarmName ?? input.Name ?? input.name;
          if (deletion) created.set(`${commandName} ${name}`, () => deletion(clients, input, result.output));
          return result;
        },
      { step: 'initialize', name: 'watchCreations' },
    );
  }
  return {
    async deleteAll() {
      const left: string[] = [];
      for (const [what, deletion] of [...created].reverse()) {
        await deletion().catch((error: Error) => {
          if (!GONE.includes(error.name)) left.push(`${what}: ${error.message}`);
        });
      }
      created.clear();
      if (left.length) throw new Error(`these are left in the account, delete them by hand:\n${left.join('\n')}`);
    },
  };
}
