import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { WorldClients } from './clients.ts';

/** What people see and do in the Step Functions console. */
export function createConsole({ sfn }: WorldClients, stateMachineArn: string) {
  const executionArn = (id: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`;
  const history = async (id: string): Promise<HistoryEvent[]> => {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await sfn.send(new GetExecutionHistoryCommand({ executionArn: executionArn(id), maxResults: 1000, nextToken }));
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
    return events;
  };
  return {
    executionArn,
    history,

    /** The states that an execution entered, in order. */
    async path(id: string): Promise<string[]> {
      return (await history(id)).flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
    },

    /** What each state returned that an execution has left; of a state that it left more than once the last. */
    async outputs(id: string): Promise<Record<string, unknown>> {
      const exits = (await history(id)).flatMap((event) => event.stateExitedEventDetails ?? []);
      return Object.fromEntries(exits.map(({ name, output }) => [name, JSON.parse(output ?? 'null')]));
    },

    async startByHand(input: unknown, name = 'by-hand') {
      await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      return name;
    },

    stop: (id: string) => sfn.send(new StopExecutionCommand({ executionArn: executionArn(id) })),
    redrive: (id: string) => sfn.send(new RedriveExecutionCommand({ executionArn: executionArn(id) })),

    async executionStatus(id: string) {
      return (await sfn.send(new DescribeExecutionCommand({ executionArn: executionArn(id) }))).status!;
    },
  };
}
