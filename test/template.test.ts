import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, inject, it } from 'vitest';
import { TEMPLATE_FILE } from '../local/cloudformation/folder.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createWorld } from './world.ts';

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: each type of resource has its own properties.
  Properties: Record<string, any>;
  DependsOn?: string[];
  [attribute: string]: unknown;
}

const folder = inject('packageFolder');
const templateText = readFileSync(join(folder, TEMPLATE_FILE), 'utf8');
const template = JSON.parse(templateText) as {
  Conditions: unknown;
  Resources: Record<string, Resource>;
  Outputs: Record<string, unknown>;
};
const ofType = (type: string) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
const resource = (logicalId: string) => template.Resources[logicalId]!;
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const capital = (key: string) => key[0]!.toUpperCase() + key.slice(1);

const functions = ofType('AWS::Lambda::Function').map(([logicalId, found]) => ({
  key: found.Properties.FunctionName.replace('teal-prod-', '') as string,
  logicalId,
  ...found,
}));
const keys = functions.map(({ key }) => key);

const statementsOf = (role: string): Statement[] =>
  resource(role).Properties.Policies.flatMap((policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement);
const actionsOf = (statements: Statement[]) => [...new Set(statements.flatMap(({ Action }) => Action))].sort();
const roleOf = (key: string) => `${capital(key)}IamRoleLambdaExecution`;

/** What every function may do besides what is its own: its log and its trace. */
const EVERY_FUNCTION = [
  'logs:CreateLogGroup',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
const WRITE_RECORD = ['dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'];
const UPDATE_CLAIMS = ['dynamodb:UpdateItem'];
const LIST_RECORDS = ['dynamodb:BatchGetItem', 'dynamodb:Query'];
const MOVE_ALIASES = ['lambda:GetAlias', 'lambda:UpdateAlias'];
const SETTLE_TASKS = ['states:SendTaskSuccess'];

/** All that each function may do. Whoever widens a role does it here too. */
const FIND_TARGETS = ['cloudformation:DescribeStackResources', 'cloudformation:ListStackResources', 'tag:GetResources'];
const ALLOWED: Record<string, string[]> = {
  awaitTurn: [
    ...WRITE_RECORD,
    ...LIST_RECORDS,
    ...UPDATE_CLAIMS,
    ...SETTLE_TASKS,
    'cloudformation:ListStackResources',
    'lambda:GetFunction',
    'tag:GetResources',
  ],
  freeze: [],
  plan: [
    'lambda:InvokeFunction',
    ...WRITE_RECORD,
    ...UPDATE_CLAIMS,
    'cloudwatch:DescribeAlarms',
    'cloudwatch:GetMetricData',
    'events:PutEvents',
    'lambda:GetAlias',
    'lambda:GetFunction',
    'lambda:GetPolicy',
    'lambda:GetAccountSettings',
    'lambda:ListProvisionedConcurrencyConfigs',
    ...FIND_TARGETS,
  ],
  publishVersion: [...WRITE_RECORD, ...UPDATE_CLAIMS, 'events:PutEvents', 'lambda:GetFunction', 'lambda:PublishVersion'],
  awaitActive: ['dynamodb:GetItem', 'lambda:GetFunction'],
  beforeTraffic: [...WRITE_RECORD, ...SETTLE_TASKS, 'lambda:InvokeFunction'],
  smokeTest: ['dynamodb:GetItem', 'lambda:InvokeFunction'],
  awaitApproval: [...WRITE_RECORD, ...SETTLE_TASKS, 'events:PutEvents'],
  provisionConcurrency: [...WRITE_RECORD, 'lambda:GetProvisionedConcurrencyConfig', 'lambda:PutProvisionedConcurrencyConfig'],
  warmUp: [...WRITE_RECORD, 'lambda:InvokeFunction'],
  shiftTraffic: [...WRITE_RECORD, ...MOVE_ALIASES, 'cloudwatch:DescribeAlarms', 'events:PutEvents', 'lambda:InvokeFunction'],
  bake: [
    ...WRITE_RECORD,
    'states:SendTaskHeartbeat',
    ...SETTLE_TASKS,
    'cloudwatch:DescribeAlarms',
    'cloudwatch:GetMetricData',
    'lambda:GetAlias',
  ],
  pointPreview: [...WRITE_RECORD, ...MOVE_ALIASES, 'lambda:CreateAlias'],
  promote: [...WRITE_RECORD, ...UPDATE_CLAIMS, ...MOVE_ALIASES, 'events:PutEvents', 'lambda:CreateAlias'],
  afterTraffic: [...WRITE_RECORD, ...UPDATE_CLAIMS, ...SETTLE_TASKS, 'events:PutEvents', 'lambda:InvokeFunction'],
  afterRevert: [...WRITE_RECORD, ...UPDATE_CLAIMS, ...SETTLE_TASKS, 'events:PutEvents', 'lambda:InvokeFunction'],
  revert: [
    ...WRITE_RECORD,
    ...UPDATE_CLAIMS,
    ...MOVE_ALIASES,
    'events:PutEvents',
    'lambda:CreateAlias',
    'lambda:DeleteProvisionedConcurrencyConfig',
  ],
  reject: [...WRITE_RECORD, ...UPDATE_CLAIMS, 'events:PutEvents', 'lambda:DeleteProvisionedConcurrencyConfig'],
  tick: [
    'cloudwatch:DescribeAlarms',
    'cloudwatch:PutMetricData',
    ...LIST_RECORDS,
    'dynamodb:GetItem',
    'lambda:GetAlias',
    'lambda:InvokeFunction',
    'states:DescribeExecution',
    'states:ListExecutions',
  ],
  tidy: [
    ...WRITE_RECORD,
    ...LIST_RECORDS,
    'dynamodb:DeleteItem',
    'lambda:DeleteFunction',
    'lambda:DeleteProvisionedConcurrencyConfig',
    'lambda:GetPolicy',
    'lambda:ListAliases',
    'lambda:ListEventSourceMappings',
    'lambda:ListProvisionedConcurrencyConfigs',
    'lambda:ListVersionsByFunction',
  ],
  wake: [...WRITE_RECORD, ...LIST_RECORDS, ...UPDATE_CLAIMS, ...SETTLE_TASKS],
  brake: [...WRITE_RECORD, 'dynamodb:Query', ...MOVE_ALIASES, ...SETTLE_TASKS],
  rollback: [...WRITE_RECORD, ...UPDATE_CLAIMS, ...MOVE_ALIASES, 'dynamodb:DeleteItem', 'events:PutEvents', 'lambda:GetFunction'],
  recordRollback: [...WRITE_RECORD, ...UPDATE_CLAIMS, 'dynamodb:DeleteItem', 'events:PutEvents', 'lambda:GetAlias'],
  heal: [
    'lambda:CreateAlias',
    'lambda:DeleteProvisionedConcurrencyConfig',
    ...WRITE_RECORD,
    ...UPDATE_CLAIMS,
    ...MOVE_ALIASES,
    'dynamodb:DeleteItem',
    'events:PutEvents',
    ...SETTLE_TASKS,
    'states:StartExecution',
  ],
  startRelease: [
    'lambda:InvokeFunction',
    ...WRITE_RECORD,
    ...UPDATE_CLAIMS,
    'cloudformation:ListStackResources',
    'dynamodb:DeleteItem',
    'lambda:GetFunction',
    'states:StartExecution',
    'tag:GetResources',
  ],
  showReleases: ['dynamodb:GetItem', ...LIST_RECORDS],
  command: [...WRITE_RECORD, ...SETTLE_TASKS],
  showAlias: [
    ...LIST_RECORDS,
    'cloudformation:DescribeStackResources',
    'cloudformation:ListStackResources',
    'cloudwatch:GetMetricData',
    'dynamodb:GetItem',
    'lambda:GetAlias',
    'lambda:GetFunction',
  ],
  aliasResource: [
    'dynamodb:GetItem',
    'lambda:CreateAlias',
    'lambda:DeleteAlias',
    'lambda:GetAlias',
    'lambda:GetFunction',
    'lambda:PublishVersion',
  ],
  dryRun: [
    'lambda:InvokeFunction',
    'cloudwatch:DescribeAlarms',
    'cloudwatch:GetMetricData',
    'dynamodb:GetItem',
    'lambda:GetAlias',
    'lambda:GetFunction',
    'lambda:GetPolicy',
    'lambda:GetAccountSettings',
    'lambda:ListProvisionedConcurrencyConfigs',
    ...FIND_TARGETS,
  ],
  adopt: [
    'apigateway:GET',
    'dynamodb:GetItem',
    'events:ListRuleNamesByTarget',
    'events:ListTargetsByRule',
    'lambda:AddPermission',
    'lambda:CreateAlias',
    'lambda:GetAlias',
    'lambda:GetFunction',
    'lambda:GetFunctionEventInvokeConfig',
    'lambda:GetFunctionUrlConfig',
    'lambda:GetPolicy',
    'lambda:GetProvisionedConcurrencyConfig',
    'lambda:ListEventSourceMappings',
    'lambda:ListTags',
    'lambda:PublishVersion',
  ],
};

/** Commands whose action has another name. API Gateway's actions are the methods of HTTP. */
const ACTION_OF: Record<string, string> = {
  Invoke: 'InvokeFunction',
  ...Object.fromEntries(
    ['GetApis', 'GetIntegrations', 'GetRoutes', 'GetStages', 'GetAuthorizers', 'GetRestApis', 'GetResources'].map((name) => [name, 'GET']),
  ),
};

/** Access keys and private keys. */
const SECRET = /\b(AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY/;

/** The one file of a function's zip. */
function bundleOf(key: string): { files: string[]; text: string; bytes: number } {
  const { Code, Handler } = functions.find((found) => found.key === key)!.Properties;
  const files = unzipSync(readFileSync(join(folder, basename(Code.S3Key))));
  const bundle = files[`${Handler.replace(/\.\w+$/, '')}.js`]!;
  return { files: Object.keys(files), text: Buffer.from(bundle).toString(), bytes: bundle.length };
}

describe('the packaged template', () => {
  it('deploys: every reference has what it refers to, and none goes in a circle', async () => {
    const world = await createWorld();
    expect(Object.keys(world.resources)).toEqual(expect.arrayContaining(Object.keys(template.Resources)));
  });

  it('keeps the releases in a table that is paid by use, restorable, and outlives the stack', () => {
    const { DeletionPolicy, UpdateReplacePolicy, Properties } = resource('ReleasesTable');
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
    expect(Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'inFlight',
          KeySchema: [
            { AttributeName: 'inFlight', KeyType: 'HASH' },
            { AttributeName: 'startedAt', KeyType: 'RANGE' },
          ],
        },
        {
          IndexName: 'byStart',
          KeySchema: [
            { AttributeName: 'kind', KeyType: 'HASH' },
            { AttributeName: 'startedAtId', KeyType: 'RANGE' },
          ],
        },
      ],
    });
  });

  it('says which version of Teal it is', () => {
    expect(template.Outputs.Version).toMatchObject({ Value: packageJson.version });
  });

  it('tells other stacks where Custom::TealAlias is, and so cannot be removed beneath them', () => {
    expect(template.Outputs.AliasResource).toMatchObject({
      Value: arnOf('AliasResourceLambdaFunction'),
      Export: { Name: 'teal-prod-AliasResource' },
    });
  });

  it('runs tick every minute, under a role that may do nothing else', () => {
    expect(resource('TickSchedule').Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: arnOf('TickLambdaFunction'), RoleArn: arnOf('TickScheduleRole'), Input: '{"at":"<aws.scheduler.scheduled-time>"}' },
    });
    expect(statementsOf('TickScheduleRole')).toEqual([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arnOf('TickLambdaFunction') },
    ]);
  });

  it('calls brake for every alarm that goes red, and heal for every execution that ends by itself', () => {
    const rules = ofType('AWS::Events::Rule').map(([, { Properties }]) => [
      Properties.Targets.map(({ Arn }: { Arn: unknown }) => Arn),
      Properties.EventPattern,
    ]);
    expect(rules).toEqual([
      [
        [arnOf('BrakeLambdaFunction')],
        { source: ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm State Change'], detail: { state: { value: ['ALARM'] } } },
      ],
      [
        [arnOf('HealLambdaFunction')],
        {
          source: ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [{ Ref: 'ReleaseStateMachine' }] },
        },
      ],
    ]);
  });

  it('lets nobody call the API without IAM', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
    expect(routes.map(({ RouteKey }) => RouteKey)).toEqual([
      'POST /rollbacks',
      'POST /releases',
      'GET /releases',
      'GET /releases/{id}',
      'POST /releases/{id}/promote',
      'POST /releases/{id}/advance',
      'POST /releases/{id}/abort',
      'POST /releases/{id}/pause',
      'POST /releases/{id}/resume',
      'POST /releases/{id}/approve',
      'POST /releases/{id}/decline',
      'GET /functions/{name}/aliases/{alias}',
      'POST /dry-runs',
      'POST /adoptions',
    ]);
    for (const { AuthorizationType } of routes) expect(AuthorizationType).toBe('AWS_IAM');
  });

  it('keeps the URL of the API from one Teal to the next, and leads no route to a function that API Gateway may not call yet', () => {
    // CloudFormation keeps what keeps its logical id, its type and its protocol.
    expect(ofType('AWS::ApiGatewayV2::Api').map(([logicalId, { Properties }]) => [logicalId, Properties.ProtocolType])).toEqual([
      ['HttpApi', 'HTTP'],
    ]);
    expect(template.Outputs.ApiUrl).toMatchObject({ Value: { 'Fn::GetAtt': ['HttpApi', 'ApiEndpoint'] } });
    const integrations = ofType('AWS::ApiGatewayV2::Integration');
    expect(integrations).toHaveLength(7);
    for (const [logicalId, { DependsOn, Properties }] of integrations) {
      const [lambda] = Properties.IntegrationUri['Fn::GetAtt'] as [string];
      const permitted = ofType('AWS::Lambda::Permission').filter(
        ([
          ,
          {
            Properties: { FunctionName, Principal },
          },
        ]) => FunctionName['Fn::GetAtt'][0] === lambda && Principal === 'apigateway.amazonaws.com',
      );
      expect([logicalId, DependsOn]).toEqual([logicalId, permitted.map(([permission]) => permission)]);
    }
  });

  it('lets the state machine call its own functions only', () => {
    const { DefinitionSubstitutions, StateMachineType, RoleArn, TracingConfiguration } = resource('ReleaseStateMachine').Properties;
    expect([StateMachineType, RoleArn, TracingConfiguration]).toEqual(['STANDARD', arnOf('ReleaseStateMachineRole'), { Enabled: true }]);
    const [invoke, trace, ...more] = statementsOf('ReleaseStateMachineRole');
    expect(invoke).toEqual({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: Object.values(DefinitionSubstitutions) });
    expect([trace!.Action].flat().every((action) => action.startsWith('xray:'))).toBe(true);
    expect(more).toEqual([]);
  });

  it.each([
    ['keeps concurrency for the way back', 'KeepRollbackConcurrency', 20, ['brake', 'revert', 'rollback']],
    [
      'bounds the concurrency of the way forward',
      'KeepForwardConcurrency',
      5,
      ['plan', 'pointPreview', 'promote', 'publishVersion', 'shiftTraffic'],
    ],
  ])('%s, unless told not to', (_, condition, count, keys) => {
    const concurrencyOf = (properties: (typeof functions)[number]['Properties']) =>
      properties.ReservedConcurrentExecutions?.['Fn::If'] ?? [];
    const bounded = functions.filter(({ Properties }) => concurrencyOf(Properties)[0] === condition);
    expect(bounded.map(({ key }) => key).sort()).toEqual(keys);
    for (const { Properties } of bounded)
      expect(
        concurrencyOf(Properties)
          .slice(1)
          .map((value: unknown) => Number(value) || value),
      ).toEqual([count, { Ref: 'AWS::NoValue' }]);
    expect(template.Conditions).toHaveProperty(condition);
  });

  it('leaves the concurrency of all other functions as it is', () => {
    expect(functions.filter(({ Properties }) => 'ReservedConcurrentExecutions' in Properties)).toHaveLength(8);
  });

  it('does not call tick, bake, tidy and wake again for a minute that is over', () => {
    const settings = ofType('AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => Properties);
    expect(settings.map(({ FunctionName }) => FunctionName.Ref)).toEqual([
      'BakeLambdaFunction',
      'TickLambdaFunction',
      'WakeLambdaFunction',
      'TidyLambdaFunction',
    ]);
    for (const setting of settings) expect(setting).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  });
});

describe.each(keys)('function %s', (key) => {
  const { logicalId, Properties, DependsOn } = functions.find((found) => found.key === key)!;

  it('runs on Node 24 for arm64, traced, with a log that ends some day', () => {
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], TracingConfig: { Mode: 'Active' } });
    expect(logicalId).toBe(`${capital(key)}LambdaFunction`);
    expect(DependsOn).toContain(`${capital(key)}LogGroup`);
    expect(resource(`${capital(key)}LogGroup`).Properties).toEqual({ LogGroupName: `/aws/lambda/teal-prod-${key}`, RetentionInDays: 90 });
  });

  it('has a role of its own, that allows what is listed here and nothing else', () => {
    expect(Properties.Role).toEqual(arnOf(roleOf(key)));
    expect(resource(roleOf(key)).Properties.ManagedPolicyArns).toEqual([]);
    expect(actionsOf(statementsOf(roleOf(key)))).toEqual([...EVERY_FUNCTION, ...ALLOWED[key]!].sort());
  });

  it('may do all that its bundle can ask of AWS, and no more', () => {
    // The bundler leaves commands out that nothing sends; DynamoDB's client brings one that it sends only when told to.
    const commands = [...bundleOf(key).text.matchAll(/ extends [\w$]+\([\w$]+,[\w$]+,"([A-Z]\w+)"/g)].map(([, name]) => name!);
    expect(commands.includes('GetItem')).toBe(ALLOWED[key]!.includes('dynamodb:GetItem'));
    const allowed = ALLOWED[key]!.map((action) => action.split(':')[1]!);
    // Two services have a GetResources: tagging's is an action of this name.
    const actionOf = (name: string) => (allowed.includes(name) ? name : (ACTION_OF[name] ?? name));
    const needed = new Set(commands.filter((name) => name !== 'DescribeEndpoints').map(actionOf));
    expect([...needed].sort()).toEqual(allowed.sort());
  });

  it('is one file of less than 400 KB, with no secret in it', () => {
    const { files, text, bytes } = bundleOf(key);
    expect(files).toHaveLength(1);
    expect(bytes).toBeLessThanOrEqual(400_000);
    expect(text.match(SECRET)).toBeNull();
  });
});

describe('permissions', () => {
  const roles = ofType('AWS::IAM::Role').map(([role]) => role);
  const statements = roles.flatMap((role) => statementsOf(role).map((statement) => ({ role, ...statement })));

  it('name their actions one by one', () => {
    expect(statements.length).toBeGreaterThan(keys.length);
    expect(statements.filter(({ Effect, Action }) => Effect !== 'Allow' || [Action].flat().some((action) => action.includes('*')))).toEqual(
      [],
    );
    expect(statements.filter((statement) => 'NotAction' in statement || 'NotResource' in statement)).toEqual([]);
  });

  it('are for everything only where AWS has nothing finer', () => {
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(actionsOf(wide)).toEqual([
      'cloudformation:DescribeStackResources',
      'cloudwatch:DescribeAlarms',
      'cloudwatch:GetMetricData',
      'cloudwatch:PutMetricData',
      'events:ListRuleNamesByTarget',
      'lambda:GetAccountSettings',
      'lambda:ListEventSourceMappings',
      'tag:GetResources',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  it('to write metrics are for Teal’s namespace', () => {
    const writing = statements.filter(({ Action }) => [Action].flat().includes('cloudwatch:PutMetricData'));
    expect(writing).toMatchObject([{ Condition: { StringEquals: { 'cloudwatch:namespace': 'Teal' } } }]);
  });

  it('to call functions are for Teal’s own, for smoke tests, warm-ups and hooks', () => {
    const invoking = statements.filter(({ Action }) => [Action].flat().includes('lambda:InvokeFunction'));
    expect(invoking.map(({ role }) => role).sort()).toEqual([
      'AfterRevertIamRoleLambdaExecution',
      'AfterTrafficIamRoleLambdaExecution',
      'BeforeTrafficIamRoleLambdaExecution',
      'DryRunIamRoleLambdaExecution',
      'PlanIamRoleLambdaExecution',
      'ReleaseStateMachineRole',
      'ShiftTrafficIamRoleLambdaExecution',
      'SmokeTestIamRoleLambdaExecution',
      'StartReleaseIamRoleLambdaExecution',
      'TickIamRoleLambdaExecution',
      'TickScheduleRole',
      'WarmUpIamRoleLambdaExecution',
    ]);
    for (const role of ['DryRun', 'Plan', 'ShiftTraffic', 'StartRelease'])
      expect(invoking.find((one) => one.role === `${role}IamRoleLambdaExecution`)!.Resource).toEqual(arnOf('FreezeLambdaFunction'));
    const tick = invoking.find(({ role }) => role === 'TickIamRoleLambdaExecution')!;
    expect(tick.Resource).toEqual(['Bake', 'Heal', 'Wake', 'RecordRollback', 'Tidy'].map((name) => arnOf(`${name}LambdaFunction`)));
  });

  it('are in the template as text nowhere: no keys, no account', () => {
    expect(templateText.match(SECRET)).toBeNull();
    expect(templateText.match(/:\d{12}:/)).toBeNull();
  });
});
