import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetAliasCommand,
  GetFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { zipSync } from 'fflate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocalAws } from '../../local/aws.ts';
import { createVirtualClock } from '../../local/clock.ts';
import type { RoleDefinition } from '../../local/iam/roles.ts';
import { startMs } from './a-ground.ts';

const ACCOUNT = '123456789012';
const FUNCTION = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:orders`;
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const trust = (...Service: string[]) => policy({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' });

const aFunction = (changes: Partial<CreateFunctionCommandInput> = {}) =>
  new CreateFunctionCommand({
    FunctionName: 'orders',
    Role: roleArn('orders'),
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: zipSync({ 'index.mjs': Buffer.from('') }) },
    Publish: true,
    ...changes,
  });

/** A local AWS with a function whose task waits for a token, and people who sign as one role or another. */
async function anAws() {
  const payloads: string[] = [];
  const unchecked: string[] = [];
  const aws = createLocalAws({
    clock: (settle) => createVirtualClock(startMs, settle),
    host: () => ({
      open: () => ({
        async invoke({ payload }) {
          payloads.push(Buffer.from(payload).toString());
          return { payload: Buffer.from('{}'), logTail: '' };
        },
        async close() {},
      }),
    }),
    onUnchecked: (role) => unchecked.push(role),
  });
  onTestFinished(() => aws.close());
  const asAdministrator = { ...aws.clientConfig, maxAttempts: 1 };
  /** The configuration of clients that sign as a role with these statements and nothing else. */
  const as = (statements: object[], more: Partial<RoleDefinition> = {}) => {
    const name = `role-${aws.ground.newId()}`;
    const policies = statements.length ? [{ name: 'all', document: policy(...statements) }] : [];
    aws.iam.roles.put({ name, arn: roleArn(name), trust: trust('lambda.amazonaws.com'), policies, ...more });
    return { ...asAdministrator, credentials: aws.identities.forRole(name, 'someone') };
  };
  const lambda = new LambdaClient(asAdministrator);
  await lambda.send(aFunction());
  await lambda.send(new CreateAliasCommand({ FunctionName: 'orders', Name: 'live', FunctionVersion: '1' }));
  return {
    aws,
    as,
    asAdministrator,
    lambda,
    payloads,
    unchecked,
    settled: () => aws.ground.work.settle(),
    minutes: (count: number) => aws.ground.clock.advanceTo(aws.ground.clock.nowMs() + count * 60_000),
    permit: (permission: Partial<AddPermissionCommandInput>) =>
      lambda.send(
        new AddPermissionCommand({
          FunctionName: 'orders',
          StatementId: 'one',
          Action: 'lambda:InvokeFunction',
          Principal: '',
          ...permission,
        }),
      ),
  };
}

const denied = (action: string, resource: string) => ({
  name: 'AccessDeniedException',
  message: expect.stringMatching(
    `^User: arn:aws:sts::${ACCOUNT}:assumed-role/[\\w-]+/someone is not authorized to perform: ${action} on resource: ${resource.replaceAll(/[*$]/g, '.')} `,
  ),
});

describe('a call', () => {
  it('that no policy allows is AccessDeniedException in AWS’s words', async () => {
    const { as } = await anAws();
    await expect(new LambdaClient(as([])).send(new GetFunctionCommand({ FunctionName: 'orders' }))).rejects.toMatchObject({
      ...denied('lambda:GetFunction', FUNCTION),
      message: expect.stringMatching(/ because no identity-based policy allows the lambda:GetFunction action$/),
      $metadata: { httpStatusCode: 403 },
    });
    await expect(
      new DynamoDBClient(as([])).send(new GetItemCommand({ TableName: 'releases', Key: { pk: { S: 'a' } } })),
    ).rejects.toMatchObject({
      ...denied('dynamodb:GetItem', `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/releases`),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('that a policy allows is made, and an explicit deny goes before every allow', async () => {
    const { as } = await anAws();
    const command = new GetFunctionCommand({ FunctionName: 'orders' });
    await new LambdaClient(as([allow('lambda:Get*', FUNCTION)])).send(command);
    const lambda = new LambdaClient(as([allow('lambda:*'), { ...allow('lambda:GetFunction'), Effect: 'Deny' }]));
    await expect(lambda.send(command)).rejects.toMatchObject({
      message: expect.stringMatching(/ with an explicit deny in an identity-based policy$/),
    });
  });

  it('is held to a permissions boundary too', async () => {
    const { aws, as } = await anAws();
    const boundaryArn = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
    aws.iam.roles.putManaged(boundaryArn, policy(allow('lambda:GetAlias')));
    const lambda = new LambdaClient(as([allow('lambda:*')], { boundaryArn }));
    await lambda.send(new GetAliasCommand({ FunctionName: 'orders', Name: 'live' }));
    await expect(lambda.send(new GetFunctionCommand({ FunctionName: 'orders' }))).rejects.toMatchObject({
      message: expect.stringMatching(/ because no permissions boundary allows the lambda:GetFunction action$/),
    });
    const denyingArn = `${boundaryArn}-denying`;
    aws.iam.roles.putManaged(denyingArn, policy(allow('*'), { ...allow('lambda:GetAlias'), Effect: 'Deny' }));
    await expect(
      new LambdaClient(as([allow('lambda:*')], { boundaryArn: denyingArn })).send(
        new GetAliasCommand({ FunctionName: 'orders', Name: 'live' }),
      ),
    ).rejects.toMatchObject({ message: expect.stringMatching(/ with an explicit deny in a permissions boundary$/) });
  });

  it('of a function whose role was only named is denied: it has no policy', async () => {
    const { aws, asAdministrator } = await anAws();
    const lambda = new LambdaClient({ ...asAdministrator, credentials: aws.identities.forRole('unheard-of', 'someone') });
    await expect(lambda.send(new GetFunctionCommand({ FunctionName: 'orders' }))).rejects.toMatchObject(
      denied('lambda:GetFunction', FUNCTION),
    );
  });

  it('with a qualifier is decided on the qualified ARN, one on an alias on the function', async () => {
    const { as } = await anAws();
    const unqualified = new LambdaClient(as([allow('lambda:*', FUNCTION)]));
    await unqualified.send(new UpdateAliasCommand({ FunctionName: 'orders', Name: 'live', Description: 'x' }));
    await expect(unqualified.send(new InvokeCommand({ FunctionName: 'orders', Qualifier: 'live' }))).rejects.toMatchObject(
      denied('lambda:InvokeFunction', `${FUNCTION}:live`),
    );
    const qualified = new LambdaClient(as([allow('lambda:*', `${FUNCTION}:*`)]));
    await qualified.send(new InvokeCommand({ FunctionName: `${FUNCTION}:live` }));
    await expect(qualified.send(new InvokeCommand({ FunctionName: 'orders' }))).rejects.toMatchObject(
      denied('lambda:InvokeFunction', FUNCTION),
    );
  });

  it('on an alias or a version that has a policy of its own is decided as on one that has none', async () => {
    const { as, permit } = await anAws();
    await permit({ Qualifier: 'live', Principal: 'apigateway.amazonaws.com' });
    await permit({ Qualifier: '1', Principal: 'apigateway.amazonaws.com' });
    const read = (Qualifier: string, statements: object[]) =>
      new LambdaClient(as(statements)).send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: 'orders', Qualifier }));
    for (const qualifier of ['live', '1']) {
      const allowed = read(qualifier, [allow('lambda:GetProvisionedConcurrencyConfig', `${FUNCTION}:${qualifier}`)]);
      await expect(allowed).rejects.toMatchObject({ name: 'ProvisionedConcurrencyConfigNotFoundException' });
      await expect(read(qualifier, [])).rejects.toMatchObject(denied('lambda:GetProvisionedConcurrencyConfig', `${FUNCTION}:${qualifier}`));
    }
  });

  it('on an index of a table is decided on the index', async () => {
    const { as } = await anAws();
    const table = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/releases`;
    const query = { TableName: 'releases', KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'a' } } };
    const dynamodb = new DynamoDBClient(as([allow('dynamodb:Query', table)]));
    await expect(dynamodb.send(new QueryCommand(query))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(dynamodb.send(new QueryCommand({ ...query, IndexName: 'byStart' }))).rejects.toMatchObject(
      denied('dynamodb:Query', `${table}/index/byStart`),
    );
  });

  it('meets the conditions of its statement: a namespace of metrics, a source of events', async () => {
    const { as } = await anAws();
    const cloudwatch = new CloudWatchClient(
      as([allow('cloudwatch:PutMetricData', '*', { StringEquals: { 'cloudwatch:namespace': 'Teal' } })]),
    );
    const put = (Namespace: string) => new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: 'Stuck', Value: 1 }] });
    await cloudwatch.send(put('Teal'));
    await expect(cloudwatch.send(put('Other'))).rejects.toMatchObject({
      message: expect.stringMatching(/is not authorized to perform: cloudwatch:PutMetricData on resource: \*/),
    });
    const events = new EventBridgeClient(as([allow('events:PutEvents', '*', { StringEquals: { 'events:source': 'teal' } })]));
    const entry = (Source: string) => new PutEventsCommand({ Entries: [{ Source, DetailType: 'x', Detail: '{}' }] });
    await events.send(entry('teal'));
    await expect(events.send(entry('other'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('is read in whatever protocol it comes', async () => {
    const { aws, as } = await anAws();
    const config = as([allow('cloudwatch:PutMetricData', '*', { StringEquals: { 'cloudwatch:namespace': 'Teal' } })]);
    const caller = aws.identities.find(config.credentials.accessKeyId)!;
    const put = async (Namespace: string) => {
      const form = { Action: 'PutMetricData', Version: '2010-08-01', Namespace, 'MetricData.member.1.MetricName': 'Stuck' };
      const body = Buffer.from(new URLSearchParams({ ...form, 'MetricData.member.1.Value': '1' }).toString());
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const request = { method: 'POST', path: '/', query: new URLSearchParams(), headers, body };
      const answer = await aws.route(request, { caller, service: 'monitoring' });
      return [answer.status, /<Code>(.*)<.Code>/.exec(answer.body as string)?.[1]];
    };
    expect(await put('Teal')).toEqual([200, undefined]);
    expect(await put('Other')).toEqual([403, 'AccessDenied']);
  });

  it('is what the service will do, whatever its headers say', async () => {
    const { aws, as } = await anAws();
    const caller = aws.identities.find(as([allow('lambda:GetFunction')]).credentials.accessKeyId)!;
    const ask = async (method: string, path: string) => {
      const headers = { 'x-amz-target': 'AWSLambda.GetFunction' };
      const query = new URLSearchParams({ Action: 'GetFunction' });
      return (await aws.route({ method, path, query, headers, body: Buffer.alloc(0) }, { caller, service: 'lambda' })).status;
    };
    expect(await ask('DELETE', '/2015-03-31/functions/orders')).toBe(403);
    expect(await ask('DELETE', '//2015-03-31//functions//orders')).toBe(403);
  });

  it('to CloudWatch is what its form says, whatever its path', async () => {
    const { aws, as } = await anAws();
    const caller = aws.identities.find(as([allow('cloudwatch:Get*')]).credentials.accessKeyId)!;
    const query = new URLSearchParams({ Action: 'DeleteAlarms', Version: '2010-08-01', 'AlarmNames.member.1': 'a' });
    const request = { method: 'GET', path: '/2015-03-31/functions/x', query, headers: {}, body: Buffer.alloc(0) };
    expect((await aws.route(request, { caller, service: 'monitoring' })).status).toBe(403);
  });

  it('with members that its operation does not have is no way around', async () => {
    const { aws, as } = await anAws();
    const caller = aws.identities.find(as([]).credentials.accessKeyId)!;
    const ask = async (operation: string, input: object) => {
      const headers = { 'x-amz-target': `DynamoDB_20120810.${operation}` };
      const request = { method: 'POST', path: '/', query: new URLSearchParams(), headers, body: Buffer.from(JSON.stringify(input)) };
      return JSON.parse((await aws.route(request, { caller, service: 'dynamodb' })).body as string).__type;
    };
    expect(await ask('DescribeTimeToLive', { TableName: 'releases', RequestItems: {} })).toBe('AccessDeniedException');
    expect(await ask('BatchGetItem', { RequestItems: {} })).toBe('AccessDeniedException');
  });

  it('that makes something with tags needs the right to tag it', async () => {
    const { as } = await anAws();
    const statements = [allow('lambda:CreateFunction'), allow('iam:PassRole')];
    const tagged = aFunction({ FunctionName: 'other', Tags: { team: 'shop' } });
    await expect(new LambdaClient(as(statements)).send(tagged)).rejects.toMatchObject(
      denied('lambda:TagResource', FUNCTION.replace('orders', 'other')),
    );
    await new LambdaClient(as([...statements, allow('lambda:TagResource')])).send(tagged);
  });

  it('that makes a rule may be held to its sources', async () => {
    const { as } = await anAws();
    const events = new EventBridgeClient(as([allow('events:PutRule', '*', { 'ForAllValues:StringEquals': { 'events:source': 'shop' } })]));
    await events.send(new PutRuleCommand({ Name: 'mine', EventPattern: '{"source":["shop"]}' }));
    await expect(events.send(new PutRuleCommand({ Name: 'mine', EventPattern: '{"source":["other"]}' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('without a resource needs a policy on *', async () => {
    const { as } = await anAws();
    await new LambdaClient(as([allow('lambda:ListFunctions')])).send(new ListFunctionsCommand({}));
    const lambda = new LambdaClient(as([allow('lambda:ListFunctions', FUNCTION)]));
    await expect(lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
      message: expect.stringMatching(/is not authorized to perform: lambda:ListFunctions on resource: \* because/),
    });
  });

  it('DescribeAlarms needs all alarms', async () => {
    const { as } = await anAws();
    const alarm = `arn:aws:cloudwatch:eu-west-1:${ACCOUNT}:alarm`;
    await new CloudWatchClient(as([allow('cloudwatch:DescribeAlarms')])).send(new DescribeAlarmsCommand({}));
    await expect(
      new CloudWatchClient(as([allow('cloudwatch:DescribeAlarms', `${alarm}:orders`)])).send(new DescribeAlarmsCommand({})),
    ).rejects.toMatchObject({ message: expect.stringContaining(`cloudwatch:DescribeAlarms on resource: ${alarm}:*`) });
    const byArn = new CloudWatchClient(as([allow('cloudwatch:*', `${alarm}:*`)]));
    await byArn.send(new DescribeAlarmsCommand({}));
    // AWS leaves them out without a word.
    await expect(byArn.send(new DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'] }))).rejects.toMatchObject({
      message: expect.stringContaining('cloudwatch:DescribeAlarms on resource: * because'),
    });
  });

  it('with a task token is decided on its state machine', async () => {
    const { aws, as, asAdministrator, payloads, settled } = await anAws();
    aws.iam.roles.put({
      name: 'machine',
      arn: roleArn('machine'),
      trust: trust('states.amazonaws.com'),
      policies: [{ name: 'invoke', document: policy(allow('lambda:InvokeFunction', FUNCTION)) }],
    });
    const sfn = new SFNClient(asAdministrator);
    const Parameters = { FunctionName: FUNCTION, Payload: { 'token.$': '$$.Task.Token' } };
    const Wait = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters, End: true };
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: 'm',
        roleArn: roleArn('machine'),
        definition: JSON.stringify({ StartAt: 'Wait', States: { Wait } }),
      }),
    );
    await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await settled();
    const { token: taskToken } = JSON.parse(payloads[0]!);
    const other = new SFNClient(as([allow('states:*', `${stateMachineArn}-other`)]));
    await expect(other.send(new SendTaskSuccessCommand({ taskToken, output: '1' }))).rejects.toMatchObject(
      denied('states:SendTaskSuccess', stateMachineArn!),
    );
    await new SFNClient(as([allow('states:SendTaskHeartbeat', stateMachineArn)])).send(new SendTaskHeartbeatCommand({ taskToken }));
  });
});

describe('a role that is passed on', () => {
  it('needs iam:PassRole of the caller, for that service', async () => {
    const { as } = await anAws();
    const create = aFunction({ FunctionName: 'other' });
    const passing = allow('iam:PassRole', roleArn('orders'), { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } });
    await expect(new LambdaClient(as([allow('lambda:*')])).send(create)).rejects.toMatchObject(denied('iam:PassRole', roleArn('orders')));
    await new LambdaClient(as([allow('lambda:*'), passing])).send(create);
  });

  it.each([
    ['Lambda', 'InvalidParameterValueException', 'The role defined for the function cannot be assumed by Lambda.'],
    ['Step Functions', 'AccessDeniedException', 'Neither the global service principal states.amazonaws.com, nor the regional one'],
    ['Scheduler', 'ValidationException', 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.'],
  ])('must be one that %s may assume', async (service, name, message) => {
    const { aws, asAdministrator } = await anAws();
    aws.iam.roles.put({ name: 'ec2', arn: roleArn('ec2'), trust: trust('ec2.amazonaws.com') });
    const definition = JSON.stringify({ StartAt: 'End', States: { End: { Type: 'Succeed' } } });
    const calls: Record<string, () => Promise<unknown>> = {
      Lambda: () => new LambdaClient(asAdministrator).send(aFunction({ FunctionName: 'other', Role: roleArn('ec2') })),
      'Step Functions': () =>
        new SFNClient(asAdministrator).send(new CreateStateMachineCommand({ name: 'm', roleArn: roleArn('ec2'), definition })),
      Scheduler: () => new SchedulerClient(asAdministrator).send(aSchedule('ec2')),
    };
    await expect(calls[service]!()).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it.each<[string, Partial<CreateFunctionCommandInput>, string]>([
    ['traces', { TracingConfig: { Mode: 'Active' } }, 'PutTraceSegments on XRAY'],
    ['a queue of dead letters', { DeadLetterConfig: { TargetArn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:lost` } }, 'SendMessage on SQS'],
    ['a network', { VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } }, 'CreateNetworkInterface on EC2'],
  ])('must have the rights that Lambda needs for %s, also when the function is there', async (_, settings, missing) => {
    const { aws, lambda } = await anAws();
    aws.iam.roles.put({ name: 'blind', arn: roleArn('blind'), trust: trust('lambda.amazonaws.com') });
    const refused = {
      name: 'InvalidParameterValueException',
      message: `The provided execution role does not have permissions to call ${missing}`,
    };
    const blind = { FunctionName: 'other', Role: roleArn('blind') };
    await expect(lambda.send(aFunction({ ...blind, ...settings }))).rejects.toMatchObject(refused);
    await lambda.send(aFunction(blind));
    await expect(lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'other', ...settings }))).rejects.toMatchObject(
      refused,
    );
    // A role of which nothing is known here has nothing to be held against.
    await lambda.send(aFunction({ FunctionName: 'third', ...settings }));
    await expect(
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'third', Role: roleArn('blind') })),
    ).rejects.toMatchObject(refused);
  });

  it('that may not decrypt the function’s environment is noted: on AWS its invocations fail', async () => {
    const { aws, lambda } = await anAws();
    aws.iam.roles.put({ name: 'blind', arn: roleArn('blind'), trust: trust('lambda.amazonaws.com') });
    const KMSKeyArn = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1234`;
    await lambda.send(aFunction({ FunctionName: 'other', Role: roleArn('blind'), KMSKeyArn }));
    expect(aws.iam.denials()).toMatchObject([{ action: 'kms:Decrypt', resource: KMSKeyArn }]);
  });

  it('must have the rights that Step Functions needs to log', async () => {
    const { aws, asAdministrator } = await anAws();
    const role = { name: 'machine', arn: roleArn('machine'), trust: trust('states.eu-west-1.amazonaws.com') };
    aws.iam.roles.put(role);
    const sfn = new SFNClient(asAdministrator);
    const definition = JSON.stringify({ StartAt: 'End', States: { End: { Type: 'Succeed' } } });
    const machine = { name: 'm', roleArn: role.arn, definition };
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand(machine));
    const destinations = [{ cloudWatchLogsLogGroup: { logGroupArn: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:m:*` } }];
    const update = new UpdateStateMachineCommand({ stateMachineArn, loggingConfiguration: { level: 'ALL', destinations } });
    await expect(sfn.send(update)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'The state machine IAM Role is not authorized to access the Log Destination',
    });
    aws.iam.roles.put({ ...role, policies: [{ name: 'logs', document: policy(allow('logs:*')) }] });
    await sfn.send(update);
  });

  it('is one by its whole ARN: path and account belong to it', async () => {
    const { aws, lambda } = await anAws();
    aws.iam.roles.put({ name: 'pathy', arn: roleArn('service/pathy'), trust: trust('lambda.amazonaws.com') });
    const create = (Role: string) => lambda.send(aFunction({ FunctionName: 'other', Role }));
    const refused = { message: 'The role defined for the function cannot be assumed by Lambda.' };
    await expect(create(roleArn('pathy'))).rejects.toMatchObject(refused);
    await expect(create('arn:aws:iam::999999999999:role/service/pathy')).rejects.toMatchObject(refused);
    await create(roleArn('service/pathy'));
  });
});

const aSchedule = (role: string) =>
  new CreateScheduleCommand({
    Name: 'every-minute',
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: FUNCTION, RoleArn: roleArn(role) },
  });

describe('a service that invokes a function', () => {
  it('EventBridge does on the right of the function’s policy, for the rule that it names', async () => {
    const { aws, asAdministrator, payloads, settled, permit } = await anAws();
    const events = new EventBridgeClient(asAdministrator);
    const { RuleArn } = await events.send(new PutRuleCommand({ Name: 'mine', EventPattern: '{"source":["shop"]}' }));
    await events.send(new PutTargetsCommand({ Rule: 'mine', Targets: [{ Id: 'one', Arn: FUNCTION }] }));
    const send = async () => {
      await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'x', Detail: '{}' }] }));
      await settled();
      return payloads.length;
    };
    expect(await send()).toBe(0);
    expect(aws.iam.denials()).toMatchObject([{ principal: 'events.amazonaws.com', action: 'lambda:InvokeFunction', resource: FUNCTION }]);
    await permit({ StatementId: 'other', Principal: 'events.amazonaws.com', SourceArn: `${RuleArn}-other` });
    expect(await send()).toBe(0);
    await permit({ StatementId: 'mine', Principal: 'events.amazonaws.com', SourceArn: RuleArn });
    expect(await send()).toBe(1);
  });

  it('Scheduler does on the right of the schedule’s role', async () => {
    const { aws, asAdministrator, payloads, minutes } = await anAws();
    const role = { name: 'clock', arn: roleArn('clock'), trust: trust('scheduler.amazonaws.com') };
    aws.iam.roles.put(role);
    await new SchedulerClient(asAdministrator).send(aSchedule('clock'));
    await minutes(2);
    expect(payloads).toHaveLength(0);
    aws.iam.roles.put({ ...role, policies: [{ name: 'invoke', document: policy(allow('lambda:InvokeFunction', FUNCTION)) }] });
    await minutes(1);
    expect(payloads).toHaveLength(1);
  });

  it('Step Functions does on the right of the state machine’s role, and the task fails with Lambda.AWSLambdaException', async () => {
    const { aws, asAdministrator, settled } = await anAws();
    aws.iam.roles.put({ name: 'machine', arn: roleArn('machine'), trust: trust('states.amazonaws.com') });
    const sfn = new SFNClient(asAdministrator);
    const definition = JSON.stringify({ StartAt: 'Call', States: { Call: { Type: 'Task', Resource: FUNCTION, End: true } } });
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: 'm', roleArn: roleArn('machine'), definition }));
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await settled();
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'FAILED',
      error: 'Lambda.AWSLambdaException',
      cause: expect.stringMatching(/assumed-role\/machine\/\S+ is not authorized to perform: lambda:InvokeFunction on resource: /),
    });
  });

  it('a role that no template defined is taken on trust, and said', async () => {
    const { unchecked, asAdministrator, payloads, minutes } = await anAws();
    await new SchedulerClient(asAdministrator).send(aSchedule('only-in-my-account'));
    await minutes(2);
    expect(payloads).not.toHaveLength(0);
    expect(unchecked).toEqual([roleArn('only-in-my-account')]);
  });

  it('API Gateway does on the right of the function’s policy, and answers 500 without', async () => {
    const { aws, permit } = await anAws();
    const { apiId } = aws.httpApi.create({
      name: 'shop',
      routes: [{ routeKey: 'GET /orders/{id}', functionArn: FUNCTION, authorization: 'NONE' }],
    });
    const get = async () => {
      const request = {
        method: 'GET',
        path: `/execute-api/${apiId}/orders/7`,
        query: new URLSearchParams(),
        headers: {},
        body: Buffer.alloc(0),
      };
      return (await aws.route(request)).status;
    };
    expect(await get()).toBe(500);
    await permit({ Principal: 'apigateway.amazonaws.com', SourceArn: `arn:aws:execute-api:eu-west-1:${ACCOUNT}:${apiId}/*/GET/orders/*` });
    expect(await get()).toBe(200);
  });

  it('a role of this account may on the right of the function’s policy alone', async () => {
    const { as, aws, permit } = await anAws();
    const config = as([]);
    const lambda = new LambdaClient(config);
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'orders' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const [, name] = /assumed-role\/([^/]+)\//.exec(aws.identities.find(config.credentials.accessKeyId)!.arn)!;
    await permit({ Principal: roleArn(name!) });
    await lambda.send(new InvokeCommand({ FunctionName: 'orders' }));
    await permit({ StatementId: 'two', Action: 'lambda:GetFunction', Principal: roleArn(name!) });
    await lambda.send(new GetFunctionCommand({ FunctionName: 'orders' }));
  });
});

describe('an HTTP API whose route asks for IAM', () => {
  it('lets in who has execute-api:Invoke on that route', async () => {
    const { aws, as } = await anAws();
    const request = { method: 'POST', path: '/execute-api/abc/releases' };
    const resource = `arn:aws:execute-api:eu-west-1:${ACCOUNT}:abc/*/POST/releases`;
    const may = (statements: object[], more = request) =>
      aws.iam.mayCallApi(aws.identities.find(as(statements).credentials.accessKeyId)!, more);
    expect(await may([allow('execute-api:Invoke', resource)])).toBe(true);
    expect(await may([allow('execute-api:Invoke', resource)], { ...request, method: 'GET' })).toBe(false);
    expect(await may([])).toBe(false);
    const ofAnyApi = 'arn:aws:execute-api:*:*:*/*/POST/releases';
    expect(await may([allow('execute-api:Invoke', ofAnyApi)])).toBe(true);
    const denying = [allow('*'), { ...allow('execute-api:Invoke', ofAnyApi), Effect: 'Deny' }];
    expect(await may(denying)).toBe(false);
    expect(await may(denying, { ...request, path: '/execute-api/abc/%72eleases' })).toBe(false);
  });
});

describe('a policy', () => {
  const put = async (document: unknown) => {
    const { aws } = await anAws();
    return () =>
      aws.iam.roles.put({ name: 'x', arn: roleArn('x'), trust: trust('lambda.amazonaws.com'), policies: [{ name: 'p', document }] });
  };

  it('that IAM would refuse is MalformedPolicyDocument', async () => {
    expect(await put(policy({ Effect: 'Allow', Action: 'lambda:GetAlias' }))).toThrow(/^MalformedPolicyDocument: role x, policy p: /);
  });

  it('with a condition that the local AWS cannot decide is refused by name', async () => {
    expect(await put(policy(allow('dynamodb:GetItem', '*', { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['a'] } })))).toThrow(
      'role x, policy p: the local AWS does not support the condition key dynamodb:LeadingKeys',
    );
    expect(await put(policy(allow('lambda:GetAlias', `${FUNCTION}-\${aws:PrincipalTag/team}`)))).toThrow(
      /^role x, policy p: the local AWS does not support the policy variable \$\{aws:PrincipalTag.team\}$/,
    );
    expect(await put(policy(allow('s3:GetObject', '*', { StringEquals: { 's3:prefix': 'a' } })))).not.toThrow();
  });
});
