// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation's placeholders, not JavaScript's
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeContinuousBackupsCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DescribeRuleCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetAliasCommand, GetFunctionConfigurationCommand, GetPolicyCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TEMPLATE_FILE } from '../../local/cloudformation/folder.ts';
import type { Json, JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { deployPackages } from '../../local/deploy-packages.ts';
import { startMs } from './a-ground.ts';
import { aFunction, anAws, aRole, policy, zip } from './an-aws.ts';

const withOutputs = (values: JsonObject, more: JsonObject = {}): JsonObject => ({
  Resources: { Role: aRole },
  Outputs: Object.fromEntries(Object.entries(values).map(([name, Value]) => [name, { Value }])),
  ...more,
});

describe('a packaged service', () => {
  it('becomes functions, rules, schedules, a table, alarms and a state machine that work together', async () => {
    const { aws, clients, deploy, invoked } = anAws();
    const { outputs, resources } = await deploy({
      AWSTemplateFormatVersion: '2010-09-09',
      Resources: {
        // Declared before what it refers to: the order follows the references.
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: {
            EventPattern: { source: ['aws.states'] },
            Targets: [{ Id: 'bake', Arn: { 'Fn::GetAtt': ['Bake', 'Arn'] }, RetryPolicy: { MaximumRetryAttempts: 3 } }],
          },
        },
        Permission: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            FunctionName: { Ref: 'Bake' },
            Action: 'lambda:InvokeFunction',
            Principal: 'events.amazonaws.com',
            SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
          },
        },
        Schedule: {
          Type: 'AWS::Scheduler::Schedule',
          Properties: {
            Name: 'bake-every-minute',
            ScheduleExpression: 'rate(1 minute)',
            FlexibleTimeWindow: { Mode: 'OFF' },
            Target: { Arn: { 'Fn::GetAtt': 'Bake.Arn' }, RoleArn: { 'Fn::GetAtt': 'Role.Arn' }, Input: '{"due":true}' },
          },
        },
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            StateMachineName: 'release',
            RoleArn: { 'Fn::GetAtt': 'Role.Arn' },
            Definition: { StartAt: 'Bake', States: { Bake: { Type: 'Task', Resource: '${bakeArn}', End: true } } },
            DefinitionSubstitutions: { bakeArn: { 'Fn::GetAtt': 'Bake.Arn' } },
          },
        },
        Table: {
          Type: 'AWS::DynamoDB::Table',
          DeletionPolicy: 'Retain',
          Properties: {
            TableName: 'releases',
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          },
        },
        Alarm: {
          Type: 'AWS::CloudWatch::Alarm',
          Properties: {
            AlarmName: 'bake-errors',
            Namespace: 'AWS/Lambda',
            MetricName: 'Errors',
            Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'Bake' } }],
            Statistic: 'Sum',
            Period: 60,
            EvaluationPeriods: 1,
            Threshold: 0,
            ComparisonOperator: 'GreaterThanThreshold',
          },
        },
        Bake: aFunction({ Environment: { Variables: { TABLE_NAME: { Ref: 'Table' } } }, Timeout: 20 }),
        Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Bake' } } },
        Alias: {
          Type: 'AWS::Lambda::Alias',
          Properties: { FunctionName: { Ref: 'Bake' }, Name: 'live', FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] } },
        },
        Role: aRole,
      },
      Outputs: { Machine: { Value: { Ref: 'Machine' } } },
    });

    expect(outputs).toEqual({ Machine: 'arn:aws:states:eu-west-1:123456789012:stateMachine:release' });
    expect(Object.keys(resources).indexOf('Bake')).toBeLessThan(Object.keys(resources).indexOf('Rule'));
    expect(resources.Role).toMatchObject({ attributes: { Arn: 'arn:aws:iam::123456789012:role/bake-role' } });

    const bake = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'bake' }));
    expect(bake).toMatchObject({
      Timeout: 20,
      Role: resources.Role!.attributes.Arn,
      Environment: { Variables: { TABLE_NAME: 'releases' } },
    });
    const alias = await clients.lambda.send(new GetAliasCommand({ FunctionName: 'bake', Name: 'live' }));
    expect(alias.FunctionVersion).toBe('1');
    const { Policy } = await clients.lambda.send(new GetPolicyCommand({ FunctionName: 'bake' }));
    expect(Policy).toContain('events.amazonaws.com');
    const { Targets } = await clients.events.send(new ListTargetsByRuleCommand({ Rule: resources.Rule!.physicalId }));
    expect(Targets).toMatchObject([{ Id: 'bake', Arn: bake.FunctionArn, RetryPolicy: { MaximumRetryAttempts: 3 } }]);
    const { definition } = await clients.sfn.send(new DescribeStateMachineCommand({ stateMachineArn: outputs.Machine }));
    expect(JSON.parse(definition!).States.Bake.Resource).toBe(bake.FunctionArn);
    const { TimeToLiveDescription } = await clients.dynamodb.send(new DescribeTimeToLiveCommand({ TableName: 'releases' }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
    const backups = await clients.dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: 'releases' }));
    expect(backups.ContinuousBackupsDescription!.PointInTimeRecoveryDescription!.PointInTimeRecoveryStatus).toBe('ENABLED');
    const { MetricAlarms } = await clients.cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['bake-errors'] }));
    expect(MetricAlarms).toMatchObject([{ Dimensions: [{ Name: 'FunctionName', Value: 'bake' }] }]);
    await clients.scheduler.send(new GetScheduleCommand({ Name: 'bake-every-minute' }));

    await aws.ground.clock.advanceTo(startMs + 60_000);
    expect(invoked).toContainEqual({ functionName: 'bake', payload: '{"due":true}' });
  });

  it('serves its HTTP API', async () => {
    const { aws, deploy, invoked } = anAws();
    const { resources } = await deploy({
      Resources: {
        Role: aRole,
        Bake: aFunction(),
        HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'dev-teal', ProtocolType: 'HTTP' } },
        Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'HttpApi' }, StageName: '$default', AutoDeploy: true } },
        Integration: {
          Type: 'AWS::ApiGatewayV2::Integration',
          Properties: {
            ApiId: { Ref: 'HttpApi' },
            IntegrationType: 'AWS_PROXY',
            IntegrationUri: { 'Fn::GetAtt': ['Bake', 'Arn'] },
            PayloadFormatVersion: '2.0',
            TimeoutInMillis: 30_000,
          },
        },
        Permission: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            FunctionName: { Ref: 'Bake' },
            Action: 'lambda:InvokeFunction',
            Principal: 'apigateway.amazonaws.com',
            SourceArn: { 'Fn::Sub': 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/*' },
          },
        },
        Open: {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: {
            ApiId: { Ref: 'HttpApi' },
            RouteKey: 'GET /open',
            Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
          },
        },
        Closed: {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: {
            ApiId: { Ref: 'HttpApi' },
            RouteKey: 'GET /closed',
            Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
            AuthorizationType: 'AWS_IAM',
          },
        },
      },
    });
    const get = async (path: string) => {
      const url = `/execute-api/${resources.HttpApi!.physicalId}${path}`;
      const request = { method: 'GET', path: url, query: new URLSearchParams(), headers: { host: 'localhost' }, body: Buffer.alloc(0) };
      return (await aws.route(request)).status;
    };
    expect([await get('/open'), await get('/closed'), await get('/elsewhere')]).toEqual([200, 403, 404]);
    expect(invoked).toHaveLength(1);
  });
});

describe('intrinsic functions', () => {
  it('give what CloudFormation gives', async () => {
    const { deploy } = anAws();
    const template = withOutputs(
      {
        ref: { Ref: 'Role' },
        attribute: { 'Fn::GetAtt': 'Role.Arn' },
        sub: { 'Fn::Sub': '${AWS::Partition}:${AWS::Region}:${AWS::AccountId}:${Role.Arn}:${Stage}:${!Literal}' },
        subWithVariables: { 'Fn::Sub': ['${Name}-${AWS::StackName}', { Name: { Ref: 'Stage' } }] },
        join: { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, { Ref: 'AWS::URLSuffix' }]] },
        select: { 'Fn::Select': ['1', { 'Fn::Split': [',', 'a,b,c'] }] },
        listParameter: { 'Fn::Join': ['+', { Ref: 'Zones' }] },
        found: { 'Fn::FindInMap': ['Paints', { Ref: 'Stage' }, 'colour'] },
        zone: { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] },
        encoded: { 'Fn::Base64': { Ref: 'Stage' } },
      },
      {
        Mappings: { Paints: { prod: { colour: 'green' } } },
        Parameters: {
          Stage: { Type: 'String', Default: 'dev' },
          Zones: { Type: 'CommaDelimitedList', Default: 'x, y' },
        },
      },
    );
    const { outputs } = await deploy(template, { Stage: 'prod' });
    expect(outputs).toEqual({
      ref: 'bake-role',
      attribute: 'arn:aws:iam::123456789012:role/bake-role',
      sub: 'aws:eu-west-1:123456789012:arn:aws:iam::123456789012:role/bake-role:prod:${Literal}',
      subWithVariables: 'prod-teal-dev',
      join: 'a-prod-amazonaws.com',
      select: 'b',
      listParameter: 'x+y',
      found: 'green',
      zone: 'eu-west-1b',
      encoded: 'cHJvZA==',
    });
  });

  it('leave out what a condition rules out: resources, outputs, branches and AWS::NoValue; numbers may be text', async () => {
    const { deploy, clients } = anAws();
    const template: JsonObject = {
      Parameters: { Stage: { Type: 'String', Default: 'dev' } },
      Conditions: {
        IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
        IsNotProd: { 'Fn::Not': [{ Condition: 'IsProd' }] },
        Both: { 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'IsNotProd' }] },
        Either: { 'Fn::Or': [{ Condition: 'IsProd' }, { Condition: 'IsNotProd' }] },
      },
      Resources: {
        Role: { ...aRole, Condition: 'Either' },
        Absent: { Type: 'AWS::Made::Up', Condition: 'Both' },
        Bake: {
          ...aFunction({
            Description: { 'Fn::If': ['IsProd', 'production', { 'Fn::Sub': 'for ${Stage}' }] },
            MemorySize: { 'Fn::If': ['IsProd', 2048, { Ref: 'AWS::NoValue' }] },
            Timeout: { 'Fn::If': ['IsProd', '60', '20'] },
          }),
          DependsOn: ['Absent', 'Role'],
        },
      },
      Outputs: { Absent: { Condition: 'IsProd', Value: { Ref: 'Absent' } }, Present: { Value: { Ref: 'Bake' } } },
    };
    const { outputs } = await deploy(template);
    expect(outputs).toEqual({ Present: 'bake' });
    const bake = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'bake' }));
    expect(bake).toMatchObject({ Description: 'for dev', MemorySize: 128, Timeout: 20 });
  });
});

describe('stacks of one account', () => {
  const exporting = (Name: Json): JsonObject => ({ Resources: {}, Outputs: { Table: { Value: 'orders', Export: { Name } } } });
  const importing: JsonObject = {
    Resources: {},
    Outputs: { Theirs: { Value: { 'Fn::Sub': ['its ${table}', { table: { 'Fn::ImportValue': { 'Fn::Sub': 'shop-${AWS::Region}' } } }] } } },
  };

  it('import what others export', async () => {
    const { deploy } = anAws();
    await deploy(exporting({ 'Fn::Sub': '${AWS::StackName}-${AWS::Region}' }), {}, 'shop');
    expect((await deploy(importing, {}, 'billing')).outputs).toEqual({ Theirs: 'its orders' });
    await expect(deploy(exporting('shop-eu-west-1'), {}, 'other')).rejects.toThrow('already exported by the stack shop');
  });

  it('create nothing that another has', async () => {
    const { deploy, clients } = anAws();
    const rule = (description: string): JsonObject => ({
      Type: 'AWS::Events::Rule',
      Properties: { Name: 'nightly', ScheduleExpression: 'rate(1 day)', Description: description },
    });
    await deploy({ Resources: { Rule: rule('first') } }, {}, 'shop');
    await expect(deploy({ Resources: { Rule: rule('second') } }, {}, 'billing')).rejects.toThrow(
      'Rule (AWS::Events::Rule): nightly already exists in the stack shop',
    );
    expect((await clients.events.send(new DescribeRuleCommand({ Name: 'nightly' }))).Description).toBe('first');
    await expect(deploy({ Resources: {} }, {}, 'shop')).rejects.toThrow('the stack shop is there already');
  });

  it('publish a version of a function once', async () => {
    const version: JsonObject = { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Bake' } } };
    const deployed = anAws().deploy({ Resources: { Role: aRole, Bake: aFunction(), First: version, Second: version } });
    await expect(deployed).rejects.toThrow('Second (AWS::Lambda::Version): A version for this Lambda function exists ( 1 ).');
  });
});

describe('what it does not know stops it by name before anything is created', () => {
  const Bake = aFunction();
  it.each<[string, JsonObject, string]>([
    ['a type', { Queue: { Type: 'AWS::SQS::Queue' } }, 'Queue: the local AWS does not support AWS::SQS::Queue'],
    [
      'a property',
      { Other: aFunction({ VpcConfig: {} }) },
      'Other (AWS::Lambda::Function): the local AWS does not support the property VpcConfig',
    ],
    [
      'a property within a property',
      { Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['x'] }, Targets: [{ Id: 'a', EcsParameters: {} }] } } },
      'Rule (AWS::Events::Rule): the local AWS does not support the property Targets.EcsParameters',
    ],
    [
      'an attribute',
      { Other: aFunction({ Description: { 'Fn::GetAtt': ['Bake', 'SnapStartResponse'] } }) },
      'Other: the local AWS does not support the attribute SnapStartResponse of AWS::Lambda::Function',
    ],
    ['a function', { Other: aFunction({ Description: { 'Fn::Transform': 'x' } }) }, 'the local AWS does not support Fn::Transform'],
    ['an import', { Other: aFunction({ Description: { 'Fn::ImportValue': 'x' } }) }, 'no stack exports x'],
    [
      'a mapping',
      { Other: aFunction({ Description: { 'Fn::FindInMap': ['Colours', 'a', 'b'] } }) },
      'Fn::FindInMap: the template has no mapping Colours → a → b',
    ],
    [
      'a destination',
      { Config: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { DestinationConfig: { OnFailure: { Destination: 'x' } } } } },
      'Config (AWS::Lambda::EventInvokeConfig): the local AWS does not support the property DestinationConfig.OnFailure',
    ],
    [
      'a dynamic reference',
      { Other: aFunction({ Environment: { Variables: { URL: { 'Fn::Sub': 'https://{{resolve:ssm:/${AWS::StackName}/host:3}}/x' } } } }) },
      'Other (AWS::Lambda::Function): the local AWS does not support the dynamic reference {{resolve:ssm:/${AWS::StackName}/host:3}}',
    ],
    [
      'a dynamic reference in pieces',
      { Other: aFunction({ Description: { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Bake' }, '}}']] } }) },
      'Other (AWS::Lambda::Function): the local AWS does not support the dynamic reference {{resolve:secretsmanager:',
    ],
    ['a reference', { Other: aFunction({ Description: { Ref: 'Nowhere' } }) }, 'Other refers to Nowhere, which the template does not have'],
    [
      'an attribute of a resource',
      { Other: { ...aFunction(), UpdatePolicy: {} } },
      'the local AWS does not support the attribute of Other: UpdatePolicy',
    ],
  ])('%s', async (_what, more, message) => {
    const { deploy, clients } = anAws();
    await expect(deploy({ Resources: { Role: aRole, Bake, ...more } })).rejects.toThrow(message);
    await expect(clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'bake' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('a dynamic reference in an output, a parameter or a mapping', async () => {
    const secret = '{{resolve:ssm-secure:/x/y}}';
    const parameter: JsonObject = { Parameters: { Secret: { Type: 'String', Default: secret } } };
    const refused = `the local AWS does not support the dynamic reference ${secret}`;
    const { deploy } = anAws();
    await expect(deploy(withOutputs({ Secret: `a ${secret} b` }))).rejects.toThrow(`the output Secret: ${refused}`);
    await expect(deploy(withOutputs({}, parameter))).rejects.toThrow(`the parameter Secret: ${refused}`);
    const found = withOutputs({ Secret: { 'Fn::FindInMap': ['Secrets', 'a', 'b'] } }, { Mappings: { Secrets: { a: { b: secret } } } });
    await expect(deploy(found)).rejects.toThrow(`the output Secret: ${refused}`);
  });

  it('a section of the template', async () => {
    await expect(anAws().deploy({ Resources: {}, Transform: 'x' })).rejects.toThrow('does not support the template section Transform');
  });

  it('resources that wait for each other', async () => {
    const role = (other: string): JsonObject => ({ Type: 'AWS::IAM::Role', Properties: { RoleName: { Ref: other } } });
    await expect(anAws().deploy({ Resources: { A: role('B'), B: role('A') } })).rejects.toThrow('A → B → A');
  });

  it('a parameter without a value', async () => {
    await expect(anAws().deploy(withOutputs({}, { Parameters: { Stage: { Type: 'String' } } }))).rejects.toThrow(
      'the parameter Stage has no default: give it a value',
    );
  });
});

describe('what serverless package left in a folder', () => {
  /** A folder with this template, packaged as a service with these settings of its provider. */
  function aPackage(template: JsonObject, provider?: JsonObject): string {
    const folder = mkdtempSync(join(tmpdir(), 'teal-stack-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, TEMPLATE_FILE), JSON.stringify(template));
    if (provider) writeFileSync(join(folder, 'serverless-state.json'), JSON.stringify({ service: { service: 'shop', provider } }));
    writeFileSync(join(folder, 'bake.zip'), zip);
    return folder;
  }

  it('is for the region of the local AWS, or refused with how to package it', async () => {
    const { aws } = anAws();
    const elsewhere = aPackage({ Resources: {} }, { stage: 'prod', region: 'eu-central-1' });
    await expect(aws.openPackage(elsewhere)).rejects.toThrow(
      `${elsewhere}: it is packaged for eu-central-1, and this local AWS is eu-west-1: package it with --region eu-west-1`,
    );
    expect((await aws.openPackage(aPackage({ Resources: {} }, { stage: 'prod', region: 'eu-west-1' }))).stackName).toBe('shop-prod');
    expect((await aws.openPackage(aPackage({ Resources: {} }, { stage: 'dev' }))).stackName).toBe('shop-dev');
  });

  const trust = policy({ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' });
  const otherRole = (properties: JsonObject): JsonObject => ({
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: trust, ...properties },
  });
  const allowed = (statement: JsonObject) => otherRole({ Policies: [{ PolicyName: 'own', PolicyDocument: policy(statement) }] });
  const api: JsonObject = { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'shop', ProtocolType: 'HTTP' } };
  const integration = (properties: JsonObject): JsonObject => ({
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Bake', 'Arn'] },
      PayloadFormatVersion: '2.0',
      ...properties,
    },
  });
  const machine = (properties: JsonObject): JsonObject => ({
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Definition: { StartAt: 'End', States: { End: { Type: 'Succeed' } } },
      ...properties,
    },
  });
  const schedule = (properties: JsonObject): JsonObject => ({
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: { 'Fn::GetAtt': 'Bake.Arn' }, RoleArn: { 'Fn::GetAtt': 'Role.Arn' } },
      ...properties,
    },
  });
  it.each<[string, JsonObject, string]>([
    ['a runtime', { Other: aFunction({ FunctionName: 'other', Runtime: 'python3.13' }) }, 'the runtime python3.13'],
    ['code that is not there', { Other: aFunction({ FunctionName: 'other', Code: { S3Key: 'a/other.zip' } }) }, 'other.zip does not exist'],
    ['a managed policy', { Other: otherRole({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }) }, 'policy/ReadOnlyAccess'],
    [
      'a condition key',
      { Other: allowed({ Action: 'lambda:*', Resource: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }) },
      'the condition key aws:PrincipalOrgID',
    ],
    [
      'a policy variable',
      { Other: allowed({ Action: 'lambda:*', Resource: 'arn:aws:lambda:*:*:function:${aws:username}' }) },
      '${aws:username}',
    ],
    ['a malformed policy', { Other: allowed({ Actions: 'lambda:*', Resource: '*' }) }, 'MalformedPolicyDocument'],
    ['a protocol', { Other: { ...api, Properties: { Name: 'shop', ProtocolType: 'WEBSOCKET' } } }, 'the protocol WEBSOCKET'],
    ['a payload format', { Api: api, Other: integration({ PayloadFormatVersion: '1.0' }) }, 'the payload format 1.0'],
    ['an integration type', { Api: api, Other: integration({ IntegrationType: 'HTTP_PROXY' }) }, 'the integration type HTTP_PROXY'],
    [
      'an authorization type',
      {
        Api: api,
        Integration: integration({}),
        Other: {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: {
            ApiId: { Ref: 'Api' },
            RouteKey: 'GET /',
            Target: { 'Fn::Sub': 'integrations/${Integration}' },
            AuthorizationType: 'JWT',
          },
        },
      },
      'the authorization type JWT',
    ],
    [
      'a stage',
      {
        Api: api,
        Other: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: 'v1', AutoDeploy: true } },
      },
      'the stage $default only, not v1',
    ],
    [
      'a time zone',
      { Other: schedule({ ScheduleExpression: 'cron(0 3 * * ? *)', ScheduleExpressionTimezone: 'Europe/Berlin' }) },
      'UTC only, not Europe/Berlin',
    ],
    ['a flexible time window', { Other: schedule({ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }) }, 'not FLEXIBLE'],
    ['a type of state machine', { Other: machine({ StateMachineType: 'EXPRESS' }) }, 'EXPRESS'],
    [
      'a state',
      { Other: machine({ Definition: { StartAt: 'Each', States: { Each: { Type: 'Map', ItemProcessor: {}, End: true } } } }) },
      'Each',
    ],
    [
      'a target of a rule',
      {
        Other: {
          Type: 'AWS::Events::Rule',
          Properties: {
            EventPattern: { source: ['shop'] },
            Targets: [{ Id: 'queue', Arn: 'arn:aws:sqs:eu-west-1:123456789012:orders' }],
          },
        },
      },
      'not to arn:aws:sqs:eu-west-1:123456789012:orders',
    ],
    [
      'an alarm',
      { Other: { Type: 'AWS::CloudWatch::Alarm', Properties: { Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum' } } },
      "Value null at 'period'",
    ],
    [
      'a dynamic reference that is put together',
      { Other: aFunction({ FunctionName: 'other', Description: { 'Fn::Join': [':', ['{{resolve', 'ssm', '/x/y}}']] } }) },
      'the dynamic reference {{resolve:ssm:/x/y}}',
    ],
    ['a name that another has', { Other: aFunction({ FunctionName: 'teal' }) }, 'teal already exists in the stack teal-prod'],
  ])('stops by a value before anything is created: %s', async (_what, more, message) => {
    const { aws, clients } = anAws();
    const teal = aPackage(
      {
        Resources: {
          Role: { ...aRole, Properties: { ...(aRole.Properties as JsonObject), RoleName: 'teal' } },
          Bake: aFunction({ FunctionName: 'teal' }),
        },
      },
      { stackName: 'teal-prod' },
    );
    const shop = aPackage({ Resources: { Role: aRole, Bake: aFunction(), ...more } }, { stage: 'prod' });
    const said = await deployPackages(aws, [teal, shop]).then(String, (error: Error) => error.message);
    expect(said).toMatch(new RegExp(`^${shop}: Other \\(AWS::\\w+::\\w+\\): `));
    expect(said).toContain(message);
    const { Functions } = await clients.lambda.send(new ListFunctionsCommand({}));
    expect([Functions, aws.iam.roles.named('teal')]).toEqual([[], undefined]);
  });

  it('is given once, and under a stack name of its own, before anything is created', async () => {
    const { aws, clients } = anAws();
    const shop = aPackage({ Resources: { Role: aRole, Bake: aFunction() } }, { stage: 'prod' });
    const namesake = aPackage({ Resources: {} }, { stackName: 'shop-prod' });
    for (const second of [shop, namesake]) {
      await expect(deployPackages(aws, [shop, second])).rejects.toThrow(
        `${second}: the stack shop-prod is there already: give each service once, or package one with another --stage`,
      );
    }
    expect((await clients.lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  });

  it('is deployed beside others, and may import what one before it exports', async () => {
    const { aws } = anAws();
    const shop = aPackage({ Resources: {}, Outputs: { Table: { Value: 'orders', Export: { Name: 'table' } } } }, { stage: 'prod' });
    const billing = aPackage({ Resources: {}, Outputs: { Theirs: { Value: { 'Fn::ImportValue': 'table' } } } }, { stackName: 'billing' });
    expect(await deployPackages(aws, [shop, billing])).toMatchObject([
      { stackName: 'shop-prod', outputs: { Table: 'orders' } },
      { stackName: 'billing', outputs: { Theirs: 'orders' } },
    ]);
  });

  it('has its custom resources made once, and what waits for them tried only then', async () => {
    const { aws, clients, invoked } = anAws(async (event, _name, { put }) => {
      const { ResponseURL, StackId, RequestId, LogicalResourceId } = event as Record<string, string>;
      const answer = { Status: 'SUCCESS', PhysicalResourceId: 'bake', StackId, RequestId, LogicalResourceId, Data: { Version: '$LATEST' } };
      await put(ResponseURL!, JSON.stringify(answer));
    });
    const alias = { FunctionName: { Ref: 'Thing' }, FunctionVersion: { 'Fn::GetAtt': 'Thing.Version' }, Name: 'live' };
    const shop = aPackage({
      Resources: {
        Role: aRole,
        Bake: aFunction(),
        Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': 'Bake.Arn' } } },
        Live: { Type: 'AWS::Lambda::Alias', Properties: alias },
      },
      Outputs: { Live: { Value: { Ref: 'Live' }, Export: { Name: 'live' } } },
    });
    const [deployment] = await deployPackages(aws, [shop]);
    expect(deployment!.outputs.Live).toBe('arn:aws:lambda:eu-west-1:123456789012:function:bake:live');
    expect((await clients.lambda.send(new GetAliasCommand({ FunctionName: 'bake', Name: 'live' }))).FunctionVersion).toBe('$LATEST');
    expect(invoked).toHaveLength(1);
  });
});
