import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';

const account = await openAccount();
const { name, until } = account;
const cloudformation = new CloudFormationClient(account.clientConfig);
const created: string[] = [];
afterAll(async () => {
  for (const StackName of created) await cloudformation.send(new DeleteStackCommand({ StackName }));
  for (const StackName of created) await until('the stack is gone', async () => (await statusOf(StackName)) === 'DELETE_COMPLETE', 600);
  cloudformation.destroy();
  await account.close();
});

/** By its id: it is told of when it is gone too. */
const statusOf = async (StackName: string) =>
  (await cloudformation.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!.StackStatus!;
const atRest = (StackName: string) =>
  until(
    'the stack is at rest',
    async () => {
      const status = await statusOf(StackName);
      return status.endsWith('_IN_PROGRESS') ? undefined : status;
    },
    600,
  );

const anAlarm = (threshold: number, properties: object = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Namespace: name('stacks'),
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: threshold,
    ComparisonOperator: 'GreaterThanThreshold',
    ...properties,
  },
});
const bodyOf = (Resources: object, more: object = {}) => JSON.stringify({ Resources, ...more });

async function create(what: string, TemplateBody: string): Promise<string> {
  const { StackId } = await cloudformation.send(new CreateStackCommand({ StackName: name(what), TemplateBody }));
  created.push(StackId!);
  await atRest(StackId!);
  return StackId!;
}
async function update(StackName: string, TemplateBody: string): Promise<string> {
  await cloudformation.send(new UpdateStackCommand({ StackName, TemplateBody }));
  return atRest(StackName);
}
const told = async (StackName: string) => {
  const { StackEvents } = await cloudformation.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents!.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`).reverse();
};
const alarmsOf = async (StackName: string) => {
  const { MetricAlarms } = await account.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: StackName }));
  return MetricAlarms!.map(({ Threshold }) => Threshold).sort();
};

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
test('a stack is created with its resources, and tells of it', async () => {
  const id = await create('made', bodyOf({ Low: anAlarm(1), High: anAlarm(9) }, { Outputs: { Low: { Value: { Ref: 'Low' } } } }));
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: name('made') }));
  const { StackResourceSummaries } = await cloudformation.send(new ListStackResourcesCommand({ StackName: name('made') }));
  const low = StackResourceSummaries!.find(({ LogicalResourceId }) => LogicalResourceId === 'Low')!;
  expect(Stacks).toMatchObject([
    { StackId: id, StackStatus: 'CREATE_COMPLETE', Outputs: [{ OutputKey: 'Low', OutputValue: low.PhysicalResourceId }] },
  ]);
  expect(low.PhysicalResourceId).toMatch(new RegExp(`^${name('made')}-Low-[A-Za-z0-9]{12}$`));
  expect(await alarmsOf(name('made'))).toEqual([1, 9]);
  const events = await told(id);
  expect(events[0]).toBe(`${name('made')} CREATE_IN_PROGRESS`);
  expect(events.filter((event) => event.startsWith('Low'))).toEqual([
    'Low CREATE_IN_PROGRESS',
    'Low CREATE_IN_PROGRESS',
    'Low CREATE_COMPLETE',
  ]);
  expect(events.at(-1)).toBe(`${name('made')} CREATE_COMPLETE`);
  const { StackResources } = await cloudformation.send(new DescribeStackResourcesCommand({ PhysicalResourceId: low.PhysicalResourceId }));
  expect(StackResources!.map(({ StackId }) => StackId)).toEqual([id, id]);
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
test('an update changes what its template says otherwise, and deletes what it no longer has', async () => {
  const id = await create('changed', bodyOf({ Kept: anAlarm(1), Gone: anAlarm(9) }));
  const before = await cloudformation.send(new DescribeStackResourceCommand({ StackName: id, LogicalResourceId: 'Kept' }));
  expect(await update(id, bodyOf({ Kept: anAlarm(2) }))).toBe('UPDATE_COMPLETE');
  expect(await alarmsOf(name('changed'))).toEqual([2]);
  const after = await cloudformation.send(new DescribeStackResourceCommand({ StackName: id, LogicalResourceId: 'Kept' }));
  expect(after.StackResourceDetail!.PhysicalResourceId).toBe(before.StackResourceDetail!.PhysicalResourceId);
  expect((await told(id)).slice(-7)).toEqual([
    `${name('changed')} UPDATE_IN_PROGRESS`,
    'Kept UPDATE_IN_PROGRESS',
    'Kept UPDATE_COMPLETE',
    `${name('changed')} UPDATE_COMPLETE_CLEANUP_IN_PROGRESS`,
    'Gone DELETE_IN_PROGRESS',
    'Gone DELETE_COMPLETE',
    `${name('changed')} UPDATE_COMPLETE`,
  ]);
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html
test('an update that changes nothing is refused', async () => {
  const id = await create('same', bodyOf({ Low: anAlarm(1) }));
  await expect(update(id, bodyOf({ Low: anAlarm(1) }))).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'No updates are to be performed.',
  });
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
test('an update that fails is rolled back, and the stack is what it was', async () => {
  const id = await create('back', bodyOf({ Low: anAlarm(1) }));
  const template = bodyOf({ Low: anAlarm(2), Broken: { ...anAlarm(3, { Period: 61 }), DependsOn: 'Low' } });
  expect(await update(id, template)).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await alarmsOf(name('back'))).toEqual([1]);
  expect(await told(id)).toEqual(expect.arrayContaining(['Broken CREATE_FAILED', `${name('back')} UPDATE_ROLLBACK_IN_PROGRESS`]));
});

test('a creation that fails is rolled back, and the stack can only be deleted', async () => {
  const id = await create('failed', bodyOf({ Low: anAlarm(1), Broken: { ...anAlarm(3, { Period: 61 }), DependsOn: 'Low' } }));
  expect(await statusOf(id)).toBe('ROLLBACK_COMPLETE');
  expect(await alarmsOf(name('failed'))).toEqual([]);
  await expect(update(id, bodyOf({ Low: anAlarm(1) }))).rejects.toThrow(
    `Stack:${id} is in ROLLBACK_COMPLETE state and can not be updated.`,
  );
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
test('a change set says what would change, and changes it when it is executed', async () => {
  const StackName = await create('planned', bodyOf({ Low: anAlarm(1) }));
  const ChangeSetName = 'raise';
  const plan = async (TemplateBody: string) => {
    await cloudformation.send(new CreateChangeSetCommand({ StackName, ChangeSetName, TemplateBody }));
    return until(
      'the change set is made',
      async () => {
        const described = await cloudformation.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }));
        return /PENDING|IN_PROGRESS/.test(described.Status!) ? undefined : described;
      },
      120,
    );
  };
  const { Status, ExecutionStatus, Changes } = await plan(bodyOf({ Low: anAlarm(2), High: anAlarm(9) }));
  expect([Status, ExecutionStatus]).toEqual(['CREATE_COMPLETE', 'AVAILABLE']);
  expect(
    Changes!.map(({ ResourceChange }) => [ResourceChange!.Action, ResourceChange!.LogicalResourceId, ResourceChange!.Replacement]).sort(),
  ).toEqual([
    ['Add', 'High', undefined],
    ['Modify', 'Low', 'False'],
  ]);
  expect(await alarmsOf(name('planned'))).toEqual([1]);
  await cloudformation.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
  expect(await atRest(StackName)).toBe('UPDATE_COMPLETE');
  expect(await alarmsOf(name('planned'))).toEqual([2, 9]);

  const unchanged = await plan(bodyOf({ Low: anAlarm(2), High: anAlarm(9) }));
  expect([unchanged.Status, unchanged.ExecutionStatus]).toEqual(['FAILED', 'UNAVAILABLE']);
  expect(unchanged.StatusReason).toMatch(/^The submitted information didn't contain changes\.|^No updates are to be performed\./);
  await cloudformation.send(new DeleteChangeSetCommand({ StackName, ChangeSetName }));
});

// Frameworks delete one before they make another of its name, whether there is one or not.
test('question: may a change set be deleted that is not there? Assumed: yes, as long as its stack is', async () => {
  const StackName = await create('unplanned', bodyOf({ Low: anAlarm(1) }));
  await cloudformation.send(new DeleteChangeSetCommand({ StackName, ChangeSetName: 'never-was' }));
});

test('what is not there is said to be missing in words that tools go by', async () => {
  const StackName = name('none');
  const missing = (message: string) => ({ name: 'ValidationError', message });
  await expect(cloudformation.send(new DescribeStacksCommand({ StackName }))).rejects.toMatchObject(
    missing(`Stack with id ${StackName} does not exist`),
  );
  await expect(cloudformation.send(new DescribeStackEventsCommand({ StackName }))).rejects.toMatchObject(
    missing(`Stack [${StackName}] does not exist`),
  );
  await expect(cloudformation.send(new DescribeStackResourcesCommand({ PhysicalResourceId: StackName }))).rejects.toMatchObject(
    missing(`Stack for ${StackName} does not exist`),
  );
  await cloudformation.send(new DeleteStackCommand({ StackName }));
  const id = await create('some', bodyOf({ Low: anAlarm(1) }));
  await expect(cloudformation.send(new DescribeStackResourceCommand({ StackName: id, LogicalResourceId: 'High' }))).rejects.toThrow(
    'Resource High does not exist for stack',
  );
});
