import { PutRuleCommand, PutTargetsCommand, type Target } from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand } from '@aws-sdk/client-lambda';
import type { Account } from './account.ts';
import type { createNotes } from './functions.ts';

type Notes = Awaited<ReturnType<typeof createNotes>>;

/** A rule on the default bus whose target, a function of its own, notes what it gets. */
export async function subscribe(account: Account, notes: Notes, what: string, pattern: object, target: Partial<Target> = {}) {
  const Name = account.name(what);
  const Arn = await notes.createNoting(Name);
  const { RuleArn } = await account.events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }));
  const permission = { StatementId: 'rule', Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn: RuleArn };
  await account.lambda.send(new AddPermissionCommand({ FunctionName: Name, ...permission }));
  await account.events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'note', Arn, ...target }] }));
  return {
    name: Name,
    functionArn: Arn,
    /** What the target has got so far, each event once: EventBridge may deliver one twice. */
    async received() {
      const events = (await notes.notesOf(Name)).map(({ event }) => event);
      return events.filter(({ id }, at) => id === undefined || events.findIndex((other) => other.id === id) === at);
    },
  };
}
