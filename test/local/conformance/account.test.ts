import { DescribeAlarmsCommand, PutCompositeAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { CreateAliasCommand, GetFunctionCommand } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { afterAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createNotes } from './functions.ts';
import { aMachine, machinesOf } from './machines.ts';
import { aMetric, putAlarm } from './metrics.ts';
import { subscribe } from './subscription.ts';

const account = await openAccount();
afterAll(account.close);
const { name, until } = account;

test('whatever a run creates is deleted when it takes leave', async () => {
  const notes = await createNotes(account);
  const { functionArn, name: FunctionName } = await subscribe(account, notes, 'left', { source: [name('nobody')] });
  await account.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '$LATEST' }));
  await account.scheduler.send(
    new CreateScheduleCommand({
      Name: name('left'),
      ScheduleExpression: 'rate(1 day)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: functionArn, RoleArn: account.roleArn },
    }),
  );
  await putAlarm(account, name('left'), aMetric(account, 'Left'));
  await account.cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: name('left-both'), AlarmRule: `ALARM("${name('left')}")` }));
  const { create, start } = machinesOf(account);
  const stateMachineArn = await create(aMachine({ Rest: { Type: 'Wait', Seconds: 86_400 } }));
  await start(stateMachineArn);

  await account.deleteAll();

  const isGone = (request: Promise<unknown>) =>
    request.then(
      () => false,
      ({ name: error }) => /NotFound|DoesNotExist/.test(error),
    );
  await until('the function is gone', () => isGone(account.lambda.send(new GetFunctionCommand({ FunctionName }))), 60);
  await until('the state machine is gone', () => isGone(account.sfn.send(new DescribeStateMachineCommand({ stateMachineArn }))), 300);
  const left = async () => {
    const { MetricAlarms, CompositeAlarms } = await account.cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: name(''), AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    );
    const { Rules } = await account.events.send(new ListRulesCommand({ NamePrefix: name('') }));
    const { Schedules } = await account.scheduler.send(new ListSchedulesCommand({ NamePrefix: name('') }));
    const { TableNames } = await account.dynamodb.send(new ListTablesCommand({ ExclusiveStartTableName: name('') }));
    return [...MetricAlarms!, ...CompositeAlarms!, ...Rules!, ...Schedules!, ...TableNames!.filter((table) => table.startsWith(name('')))];
  };
  await until('nothing is left', async () => (await left()).length === 0, 300);
});

test('until gives up when its cloud time is over, and says what was not so', async () => {
  const begun = account.cloudNow().getTime();
  await expect(until('pigs fly', async () => false, 1)).rejects.toThrow('after 1 s this is still not so: pigs fly');
  expect(account.cloudNow().getTime() - begun).toBeGreaterThanOrEqual(1000);
});
