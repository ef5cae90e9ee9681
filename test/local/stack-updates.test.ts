import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateAliasCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { withStacks } from './a-stack.ts';
import { aFunction, aRole, policy } from './an-aws.ts';

const codeAt = (key: string): JsonObject => ({ S3Bucket: 'packages', S3Key: key });
const aBake = (properties: JsonObject = {}): JsonObject => aFunction({ Code: codeAt('v1.zip'), ...properties });
const shop = (properties: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  Resources: { Role: aRole, Bake: aBake(properties), ...more },
});
const aLogGroup = (name?: string, more: JsonObject = {}): JsonObject => ({
  Type: 'AWS::Logs::LogGroup',
  Properties: name ? { LogGroupName: name } : {},
  ...more,
});

describe('an update of a stack', () => {
  it('gives a function its new code, configuration and tags, and takes back what the template no longer says', async () => {
    const { create, update, clients, told } = withStacks();
    const before = {
      Description: 'Bakes',
      Timeout: 20,
      Environment: { Variables: { COLOUR: 'blue' } },
      Tags: [{ Key: 'old', Value: '1' }],
      ReservedConcurrentExecutions: 5,
    };
    await create(shop(before), { Tags: [{ Key: 'STAGE', Value: 'prod' }] });
    const first = await clients.lambda.send(new GetFunctionCommand({ FunctionName: 'bake' }));
    expect(first).toMatchObject({ Configuration: { Timeout: 20 }, Concurrency: { ReservedConcurrentExecutions: 5 } });

    const { StackStatus } = await update(shop({ Code: codeAt('v2.zip'), Tags: [{ Key: 'new', Value: '2' }] }), {
      Tags: [{ Key: 'STAGE', Value: 'test' }],
    });
    expect(StackStatus).toBe('UPDATE_COMPLETE');
    const { Configuration, Tags, Concurrency } = await clients.lambda.send(new GetFunctionCommand({ FunctionName: 'bake' }));
    expect(Configuration).toMatchObject({ Description: '', Timeout: 3, Environment: { Variables: {} }, LastUpdateStatus: 'Successful' });
    expect(Configuration!.CodeSha256).not.toBe(first.Configuration!.CodeSha256);
    expect(Tags).toMatchObject({ new: '2', STAGE: 'test', 'aws:cloudformation:stack-name': 'shop' });
    expect([Tags!.old, Concurrency]).toEqual([undefined, undefined]);
    expect(await told()).toEqual([
      'shop UPDATE_IN_PROGRESS',
      'Bake UPDATE_IN_PROGRESS',
      'Bake UPDATE_COMPLETE',
      'shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'shop UPDATE_COMPLETE',
    ]);
  });

  it('with nothing but new tags of the stack reaches its functions', async () => {
    const { create, update, clients } = withStacks();
    await create(shop());
    await update(shop(), { Tags: [{ Key: 'STAGE', Value: 'test' }] });
    expect((await clients.lambda.send(new GetFunctionCommand({ FunctionName: 'bake' }))).Tags).toMatchObject({ STAGE: 'test' });
  });

  it('changes policies of a role, and leaves those that others attached', async () => {
    const { create, update, aws } = withStacks();
    const statement = (action: string) => policy({ Action: action, Resource: '*' });
    const attached = (action: string): JsonObject => ({
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: 'attached', PolicyDocument: statement(action), Roles: [{ Ref: 'Role' }] },
    });
    const role = (name: string): JsonObject => ({
      ...aRole,
      Properties: { ...(aRole.Properties as JsonObject), Policies: [{ PolicyName: name, PolicyDocument: statement('s3:GetObject') }] },
    });
    await create({ Resources: { Role: aRole, Attached: attached('sqs:SendMessage') } });
    const names = () => [...aws.iam.roles.named('bake-role')!.policies.keys()].sort();
    await update({ Resources: { Role: role('read'), Attached: attached('sqs:SendMessage') } });
    expect(names()).toEqual(['attached', 'read']);
    await update({ Resources: { Role: role('read'), Attached: attached('sqs:ReceiveMessage') } });
    expect(aws.iam.roles.named('bake-role')!.policies.get('attached')).toMatchObject(statement('sqs:ReceiveMessage'));
    await update({ Resources: { Role: role('read') } });
    expect(names()).toEqual(['read']);
  });

  it('changes rules, schedules, alarms, machines, tables and event settings as they are', async () => {
    const { create, update, clients, resources } = withStacks();
    const arn = { 'Fn::GetAtt': ['Bake', 'Arn'] };
    const all = (two: boolean): JsonObject => ({
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: [two ? 'two' : 'one'] },
          Targets: two
            ? [{ Id: 'b', Arn: arn }]
            : [
                { Id: 'a', Arn: arn },
                { Id: 'b', Arn: arn, Input: '{}' },
              ],
        },
      },
      Schedule: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: two ? 'rate(2 minutes)' : 'rate(1 minute)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: arn, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } },
        },
      },
      Alarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          Namespace: 'AWS/Lambda',
          MetricName: 'Errors',
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: two ? 2 : 1,
          ComparisonOperator: 'GreaterThanThreshold',
        },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Definition: { StartAt: 'Done', States: { Done: { Type: two ? 'Succeed' : 'Fail' } } },
        },
      },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          ...(two && { TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true } }),
        },
      },
      Settings: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: { Ref: 'Bake' }, Qualifier: '$LATEST', MaximumRetryAttempts: two ? 0 : 1 },
      },
    });
    await create(shop({}, all(false)));
    const ids = await resources();
    expect((await update(shop({}, all(true)))).StackStatus).toBe('UPDATE_COMPLETE');
    expect(await resources()).toEqual(ids);
    const [Name, name] = [ids.Rule!, ids.Schedule!];
    expect((await clients.events.send(new DescribeRuleCommand({ Name }))).EventPattern).toBe('{"source":["two"]}');
    expect((await clients.events.send(new ListTargetsByRuleCommand({ Rule: Name }))).Targets).toEqual([
      { Id: 'b', Arn: 'arn:aws:lambda:eu-west-1:123456789012:function:bake' },
    ]);
    expect((await clients.scheduler.send(new GetScheduleCommand({ Name: name }))).ScheduleExpression).toBe('rate(2 minutes)');
    const { MetricAlarms } = await clients.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [ids.Alarm!] }));
    expect(MetricAlarms![0]!.Threshold).toBe(2);
    const { definition } = await clients.sfn.send(new DescribeStateMachineCommand({ stateMachineArn: ids.Machine! }));
    expect(JSON.parse(definition!).States.Done.Type).toBe('Succeed');
    const { TimeToLiveDescription } = await clients.dynamodb.send(new DescribeTimeToLiveCommand({ TableName: ids.Table! }));
    expect(TimeToLiveDescription!.TimeToLiveStatus).toBe('ENABLED');
    const config = await clients.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'bake', Qualifier: '$LATEST' }));
    expect(config.MaximumRetryAttempts).toBe(0);
  });

  it('moves the routes of an API, which serves on under its address', async () => {
    const { create, update, remove, aws, resources } = withStacks((_event, name) => ({ statusCode: 200, body: name }));
    const api = (key: string, fn: string): JsonObject => ({
      Other: aBake({ FunctionName: 'other' }),
      Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'shop', ProtocolType: 'HTTP' } },
      Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true } },
      Integration: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          ApiId: { Ref: 'Api' },
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: { 'Fn::GetAtt': [fn, 'Arn'] },
          PayloadFormatVersion: '2.0',
        },
      },
      Route: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: { Ref: 'Api' }, RouteKey: key, Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] } },
      },
      ...Object.fromEntries(
        ['Bake', 'Other'].map((name) => [
          `${name}Permission`,
          {
            Type: 'AWS::Lambda::Permission',
            Properties: { FunctionName: { Ref: name }, Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' },
          },
        ]),
      ),
    });
    await create(shop({}, api('GET /one', 'Bake')));
    const { Api, Route } = await resources();
    const get = async (path: string) => {
      const { status, body } = await aws.httpApi.handle({
        method: 'GET',
        path: `/execute-api/${Api}${path}`,
        query: new URLSearchParams(),
        headers: {},
        body: Buffer.alloc(0),
      });
      return `${status} ${Buffer.from(body as string)}`;
    };
    expect(await get('/one')).toBe('200 bake');
    await update(shop({}, api('GET /two', 'Other')));
    expect(await resources()).toMatchObject({ Api, Route });
    expect([await get('/one'), await get('/two')]).toEqual(['404 {"message":"Not Found"}', '200 other']);
    await remove();
    expect(await get('/two')).toBe('404 {"message":"Not Found"}');
  });

  it('puts another in the place of what cannot change, and deletes the old one in the end', async () => {
    const { create, update, clients, told } = withStacks();
    const permission = (service: string): JsonObject => ({
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: { FunctionName: { Ref: 'Bake' }, Action: 'lambda:InvokeFunction', Principal: service },
      },
    });
    await create(shop({}, permission('events.amazonaws.com')));
    await update(shop({}, permission('s3.amazonaws.com')));
    const { Policy } = await clients.lambda.send(new GetPolicyCommand({ FunctionName: 'bake' }));
    expect(JSON.parse(Policy!).Statement.map(({ Principal }: { Principal: { Service: string } }) => Principal.Service)).toEqual([
      's3.amazonaws.com',
    ]);
    expect(await told()).toEqual([
      'shop UPDATE_IN_PROGRESS',
      'Permission UPDATE_IN_PROGRESS',
      'Permission CREATE_IN_PROGRESS',
      'Permission UPDATE_COMPLETE',
      'shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'Permission DELETE_IN_PROGRESS',
      'Permission DELETE_COMPLETE',
      'shop UPDATE_COMPLETE',
    ]);
  });

  it('does not put another in the place of one that has a name of its own', async () => {
    const { create, update, reasons } = withStacks();
    const role = (path: string): JsonObject => ({ ...aRole, Properties: { ...(aRole.Properties as JsonObject), Path: path } });
    await create({ Resources: { Role: role('/') } });
    expect((await update({ Resources: { Role: role('/shop/') } })).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await reasons()).toEqual([
      'Role: CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename bake-role and update the stack again.',
    ]);
  });

  it('deletes what the template no longer has, but for what it retains', async () => {
    const { create, update, clients, told } = withStacks();
    const others: JsonObject = {
      Gone: aBake({ FunctionName: 'gone' }),
      Kept: { ...aBake({ FunctionName: 'kept' }), DeletionPolicy: 'Retain' },
    };
    await create(shop({}, others));
    await update(shop());
    const { Functions } = await clients.lambda.send(new ListFunctionsCommand({}));
    expect(Functions!.map(({ FunctionName }) => FunctionName).sort()).toEqual(['bake', 'kept']);
    expect((await told()).slice(-4)).toEqual([
      'Kept DELETE_SKIPPED',
      'Gone DELETE_IN_PROGRESS',
      'Gone DELETE_COMPLETE',
      'shop UPDATE_COMPLETE',
    ]);
  });

  it('leaves everything alone that its template says as before, wherever it is by now', async () => {
    const { create, update, clients } = withStacks();
    const alias = (description: string): JsonObject => ({
      First: { Type: 'AWS::Lambda::Version', DeletionPolicy: 'Retain', Properties: { FunctionName: { Ref: 'Bake' } } },
      Live: {
        Type: 'AWS::Lambda::Alias',
        Properties: {
          FunctionName: { Ref: 'Bake' },
          FunctionVersion: { 'Fn::GetAtt': ['First', 'Version'] },
          Name: 'live',
          Description: description,
        },
      },
    });
    await create(shop({}, alias('one')));
    const at = async () => {
      const { FunctionVersion, RoutingConfig } = await clients.lambda.send(new GetAliasCommand({ FunctionName: 'bake', Name: 'live' }));
      return [FunctionVersion, RoutingConfig?.AdditionalVersionWeights];
    };
    await update(shop({ Timeout: 7 }, alias('one')));
    await clients.lambda.send(new PublishVersionCommand({ FunctionName: 'bake' }));
    const RoutingConfig = { AdditionalVersionWeights: { 1: 0.5 } };
    await clients.lambda.send(new UpdateAliasCommand({ FunctionName: 'bake', Name: 'live', FunctionVersion: '2', RoutingConfig }));

    await update(shop({ Timeout: 8 }, alias('one')));
    expect(await at()).toEqual(['2', { 1: 0.5 }]);
    // One changed property writes all of them.
    await update(shop({ Timeout: 8 }, alias('two')));
    expect(await at()).toEqual(['1', undefined]);
  });

  it('publishes another version where the template has another one, and keeps the old', async () => {
    const { create, update, clients } = withStacks();
    const version = (logicalId: string): JsonObject => ({
      [logicalId]: { Type: 'AWS::Lambda::Version', DeletionPolicy: 'Retain', Properties: { FunctionName: { Ref: 'Bake' } } },
    });
    await create(shop({}, version('One')));
    await update(shop({ Timeout: 9 }, version('Two')));
    const { Versions } = await clients.lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'bake' }));
    expect(Versions!.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
  });

  it.each<[string, JsonObject, JsonObject, string]>([
    [
      'a property of a table that is fixed here',
      { BillingMode: 'PAY_PER_REQUEST' },
      { BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      'Table (AWS::DynamoDB::Table): the local AWS does not support a change of BillingMode',
    ],
  ])('is refused by name before anything is changed: %s', async (_what, before, after, message) => {
    const { create, update, clients, describe: read } = withStacks();
    const table = (properties: JsonObject): JsonObject => ({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          ...properties,
        },
      },
    });
    await create(shop({}, table(before)));
    await expect(update(shop({ Timeout: 9 }, table(after)))).rejects.toMatchObject({ name: 'ValidationError', message });
    expect((await read()).StackStatus).toBe('CREATE_COMPLETE');
    expect((await clients.lambda.send(new GetFunctionCommand({ FunctionName: 'bake' }))).Configuration!.Timeout).toBe(3);
  });

  it('is refused where a resource would be of another type, or of one that is not supported here', async () => {
    const { create, update } = withStacks();
    await create({ Resources: { Log: aLogGroup() } });
    await expect(update({ Resources: { Log: { Type: 'AWS::S3::Bucket' } } })).rejects.toThrow(
      'Update of resource type is not permitted. The new template modifies resource type of the following resources: [Log]',
    );
    await expect(update({ Resources: { Log: aLogGroup(), Topic: { Type: 'AWS::SNS::Topic' } } })).rejects.toThrow(
      'Topic: the local AWS does not support AWS::SNS::Topic',
    );
  });
});

describe('an update that fails', () => {
  const broken: JsonObject = { Broken: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: [{ nonsense: 1 }] } } } };

  it('is rolled back: code, configuration, tags and policies are what they were, and what is new is gone', async () => {
    const { create, update, clients, reasons, told } = withStacks();
    await create(shop({ Timeout: 7, Tags: [{ Key: 'one', Value: '1' }] }, { Gone: aLogGroup() }));
    const read = () => clients.lambda.send(new GetFunctionCommand({ FunctionName: 'bake' }));
    const { Configuration: before } = await read();
    const template = shop(
      { Timeout: 8, Code: codeAt('v2.zip'), Tags: [{ Key: 'two', Value: '2' }] },
      { New: aBake({ FunctionName: 'new' }), Rule: { ...(broken.Broken as JsonObject), DependsOn: ['Bake', 'New'] } },
    );
    const { StackStatus, StackStatusReason } = await update(template);
    expect([StackStatus, StackStatusReason]).toEqual(['UPDATE_ROLLBACK_COMPLETE', undefined]);
    const { Configuration, Tags } = await read();
    expect(Configuration).toMatchObject({ Timeout: 7, CodeSha256: before!.CodeSha256 });
    expect([Tags!.one, Tags!.two]).toEqual(['1', undefined]);
    const { Functions } = await clients.lambda.send(new ListFunctionsCommand({}));
    expect(Functions!.map(({ FunctionName }) => FunctionName)).toEqual(['bake']);
    expect(await reasons()).toEqual([expect.stringMatching(/^Rule: /)]);
    expect(await told()).toEqual([
      'shop UPDATE_IN_PROGRESS',
      'Bake UPDATE_IN_PROGRESS',
      'Bake UPDATE_COMPLETE',
      'New CREATE_IN_PROGRESS',
      'New CREATE_IN_PROGRESS',
      'New CREATE_COMPLETE',
      'Rule CREATE_IN_PROGRESS',
      'Rule CREATE_FAILED',
      'shop UPDATE_ROLLBACK_IN_PROGRESS',
      'Bake UPDATE_IN_PROGRESS',
      'Bake UPDATE_COMPLETE',
      'shop UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'New DELETE_IN_PROGRESS',
      'New DELETE_COMPLETE',
      'shop UPDATE_ROLLBACK_COMPLETE',
    ]);
  });

  it('keeps what would have been replaced or deleted, and the stack can be updated again', async () => {
    const { create, update, resources, clients } = withStacks();
    const permission = (service: string): JsonObject => ({
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: { FunctionName: { Ref: 'Bake' }, Action: 'lambda:InvokeFunction', Principal: service },
      },
    });
    await create(shop({}, { ...permission('events.amazonaws.com'), Log: aLogGroup() }));
    const before = await resources();
    await update(shop({}, { ...permission('s3.amazonaws.com'), ...broken }));
    expect(await resources()).toEqual(before);
    const statements = async () => {
      const { Policy } = await clients.lambda.send(new GetPolicyCommand({ FunctionName: 'bake' }));
      return JSON.parse(Policy!).Statement.map(({ Sid, Principal }: { Sid: string; Principal: { Service: string } }) => [
        Sid,
        Principal.Service,
      ]);
    };
    expect(await statements()).toEqual([[before.Permission, 'events.amazonaws.com']]);
    expect((await update(shop({}, permission('s3.amazonaws.com')))).StackStatus).toBe('UPDATE_COMPLETE');
    expect((await statements()).map(([, service]: string[]) => service)).toEqual(['s3.amazonaws.com']);
    expect(Object.keys(await resources())).toEqual(['Role', 'Bake', 'Permission']);
  });

  it('stays as it is where rollback is disabled, and goes on from there', async () => {
    const { create, update, clients } = withStacks();
    await create(shop());
    const { StackStatus } = await update(shop({ Timeout: 8 }, { Rule: { ...(broken.Broken as JsonObject), DependsOn: 'Bake' } }), {
      DisableRollback: true,
    });
    expect(StackStatus).toBe('UPDATE_FAILED');
    expect((await clients.lambda.send(new GetFunctionCommand({ FunctionName: 'bake' }))).Configuration!.Timeout).toBe(8);
    const mended = { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['shop'] } } };
    expect((await update(shop({ Timeout: 8 }, { Rule: mended }))).StackStatus).toBe('UPDATE_COMPLETE');
  });

  it('says that it could not be rolled back when it could not', async () => {
    const { create, update, aws, reasons } = withStacks();
    await create(shop());
    aws.buckets.find('packages').objects.delete('v1.zip');
    const { StackStatus } = await update(
      shop({ Code: codeAt('v2.zip') }, { Rule: { ...(broken.Broken as JsonObject), DependsOn: 'Bake' } }),
    );
    expect(StackStatus).toBe('UPDATE_ROLLBACK_FAILED');
    expect((await reasons()).at(-1)).toBe('shop: The following resource(s) failed to update: [Bake]. ');
    await expect(update(shop())).rejects.toThrow(/^Stack:arn:.* is in UPDATE_ROLLBACK_FAILED state and can not be updated\.$/);
  });
});

it('a version that an alias of another still names is not deleted, and the update is complete all the same', async () => {
  const { create, update, clients, told } = withStacks();
  const version: JsonObject = { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Bake' } } };
  await create(shop({}, { One: version }));
  await clients.lambda.send(new CreateAliasCommand({ FunctionName: 'bake', Name: 'live', FunctionVersion: '1' }));
  expect((await update(shop())).StackStatus).toBe('UPDATE_COMPLETE');
  expect(await told()).toContain('One DELETE_FAILED');
  expect((await clients.lambda.send(new ListAliasesCommand({ FunctionName: 'bake' }))).Aliases).toHaveLength(1);
});
