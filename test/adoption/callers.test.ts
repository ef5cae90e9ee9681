import { describe, expect, it } from 'vitest';
import { findCallers } from '../../functions/flow/find-callers.ts';
import type { PolicyStatement } from '../../functions/release/adoption/policy.ts';
import { adoptedBy, type Caller } from '../../functions/release/adoption/report.ts';
import { readCommand } from './a-report.ts';
import { type Canned, createCannedAws } from './canned-aws.ts';

const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api';
const ALIAS = `${FUNCTION}:live`;
const uriOf = (arn: string) => `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${arn}/invocations`;
const OTHER = 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api-2';

const allow = (Sid: string, Service: string, SourceArn?: string): PolicyStatement => ({
  Sid,
  Effect: 'Allow',
  Principal: { Service },
  Action: 'lambda:InvokeFunction',
  ...(SourceArn && { Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } } }),
});
const ofApi = (api: string) => allow(`api-${api}`, 'apigateway.amazonaws.com', `arn:aws:execute-api:eu-west-1:123456789012:${api}`);

interface Situation {
  policy?: PolicyStatement[];
  aliasPolicy?: PolicyStatement[];
  stack?: string;
  aws?: Canned;
}

async function find({ policy = [], aliasPolicy = [], stack, aws = {} }: Situation): Promise<Caller[]> {
  const adopted = adoptedBy('orders-api', 'live', ALIAS, stack);
  const [callers] = await findCallers(createCannedAws(aws), [{ adopted, ofFunction: policy, ofAlias: aliasPolicy }]);
  return callers!;
}

// Bodies as in the examples of "get-integrations", "get-routes", "get-stages" and "get-authorizers", AWS CLI reference, in the
// spelling of the wire (API Gateway V2 API reference).
const AN_API: Canned = {
  'GET /v2/apis/a1b2c3d4/integrations': {
    items: [
      {
        apiGatewayManaged: true,
        connectionType: 'INTERNET',
        integrationId: 'a1b2c3',
        integrationMethod: 'POST',
        integrationType: 'AWS_PROXY',
        integrationUri: FUNCTION,
        payloadFormatVersion: '2.0',
        timeoutInMillis: 30000,
      },
      {
        connectionType: 'INTERNET',
        integrationId: 'a1b2c4',
        integrationMethod: 'ANY',
        integrationType: 'HTTP_PROXY',
        integrationUri: 'https://www.example.com',
        payloadFormatVersion: '1.0',
        timeoutInMillis: 30000,
      },
      { integrationId: 'a1b2c5', integrationMethod: 'POST', integrationType: 'AWS_PROXY', integrationUri: uriOf(`${FUNCTION}:$LATEST`) },
      { integrationId: 'a1b2c6', integrationMethod: 'POST', integrationType: 'AWS_PROXY', integrationUri: OTHER },
      { integrationId: 'a1b2c7', integrationMethod: 'POST', integrationType: 'AWS_PROXY', integrationUri: ALIAS },
    ],
  },
  'GET /v2/apis/a1b2c3d4/authorizers': { items: [] },
  'GET /v2/apis/a1b2c3d4/routes': {
    items: [
      { apiKeyRequired: false, authorizationType: 'NONE', routeId: 'r1', routeKey: 'POST /orders', target: 'integrations/a1b2c3' },
      { apiKeyRequired: false, authorizationType: 'NONE', routeId: 'r2', routeKey: 'GET /orders', target: 'integrations/a1b2c3' },
      { apiKeyRequired: false, authorizationType: 'NONE', routeId: 'r3', routeKey: '$default', target: 'integrations/a1b2c4' },
    ],
  },
  'GET /v2/apis/a1b2c3d4/stages': { items: [{ apiGatewayManaged: true, autoDeploy: true, stageName: '$default' }] },
};
const updateIntegration = (id: string, uri: string) =>
  `aws apigatewayv2 update-integration --region eu-west-1 --api-id a1b2c3d4 --integration-id ${id} --integration-uri ${uri}`;

describe('an HTTP or WebSocket API', () => {
  it('is told to integrate the alias, in the form in which it names the function', async () => {
    expect(await find({ policy: [ofApi('a1b2c3d4/*')], aws: AN_API })).toEqual([
      {
        kind: 'api-integration',
        where: { api: 'a1b2c3d4', integration: 'a1b2c3', routes: ['GET /orders', 'POST /orders'] },
        change: { commands: [updateIntegration('a1b2c3', ALIAS)], words: [] },
      },
      {
        kind: 'api-integration',
        where: { api: 'a1b2c3d4', integration: 'a1b2c5', routes: [] },
        change: { commands: [updateIntegration('a1b2c5', uriOf(ALIAS))], words: [] },
      },
    ]);
  });

  it('is deployed too where a stage does not deploy by itself, and its role named where it calls by one', async () => {
    const aws = {
      ...AN_API,
      'GET /v2/apis/a1b2c3d4/integrations': {
        items: [
          {
            integrationId: 'a1b2c3',
            integrationType: 'AWS_PROXY',
            integrationUri: FUNCTION,
            credentialsArn: 'arn:aws:iam::123456789012:role/gateway',
          },
        ],
      },
      'GET /v2/apis/a1b2c3d4/stages': { items: [{ autoDeploy: true, stageName: 'dev' }, { stageName: 'prod' }] },
    };
    const [caller] = await find({ policy: [ofApi('a1b2c3d4/*')], stack: 'orders-prod', aws });
    expect(caller!.change).toEqual({
      commands: [
        updateIntegration('a1b2c3', ALIAS),
        'aws apigatewayv2 create-deployment --region eu-west-1 --api-id a1b2c3d4 --stage-name prod',
      ],
      words: [
        `first let arn:aws:iam::123456789012:role/gateway, by which API Gateway calls, invoke ${ALIAS}: its policy is not changed by the adoption`,
        'a deployment takes with it whatever else was changed in the API since the last one',
        'orders-prod is the CloudFormation stack of the function: make the change in its template too, or the next deploy that touches it undoes it',
      ],
    });
  });

  it('is told to authorize by the alias', async () => {
    const aws = {
      ...AN_API,
      'GET /v2/apis/a1b2c3d4/integrations': { items: [] },
      'GET /v2/apis/a1b2c3d4/authorizers': {
        items: [
          {
            authorizerId: 'a1b2c3',
            authorizerPayloadFormatVersion: '2.0',
            authorizerResultTtlInSeconds: 300,
            authorizerType: 'REQUEST',
            authorizerUri: uriOf(FUNCTION),
            identitySource: ['$request.header.Authorization'],
            name: 'lambda-authorizer',
          },
          {
            authorizerId: 'a1b2c4',
            authorizerType: 'JWT',
            identitySource: ['$request.header.Authorization'],
            jwtConfiguration: { audience: ['my-application-id'], issuer: 'https://example.com' },
            name: 'jwt-authorizer',
          },
        ],
      },
    };
    expect(await find({ policy: [ofApi('a1b2c3d4/authorizers/a1b2c3')], aws })).toEqual([
      {
        kind: 'api-authorizer',
        where: { api: 'a1b2c3d4', authorizer: 'a1b2c3' },
        change: {
          commands: [
            `aws apigatewayv2 update-authorizer --region eu-west-1 --api-id a1b2c3d4 --authorizer-id a1b2c3 --authorizer-uri ${uriOf(ALIAS)}`,
          ],
          words: [],
        },
      },
    ]);
  });

  it.each([
    ['names no API', allow('any', 'apigateway.amazonaws.com')],
    ['names any', ofApi('*/*/GET/orders')],
    ['names some by one letter', ofApi('a1b2c3d?/*')],
    ['names none in its ARN', ofApi('')],
    ['names any by all of the ARN', allow('any', 'apigateway.amazonaws.com', 'arn:aws:execute-api:*')],
  ])('is found among all APIs, page by page, when a permission %s', async (_, statement) => {
    const aws: Canned = {
      ...AN_API,
      'GET /v2/apis': ({ query }) =>
        query?.nextToken
          ? { items: [{ apiId: 'a1b2c3d4', name: 'shop', protocolType: 'HTTP' }] }
          : { items: [{ apiId: 'b2' }], nextToken: 'more' },
      'GET /v2/apis/b2/integrations': { items: [] },
      'GET /v2/apis/b2/authorizers': { items: [] },
      'GET /restapis': { item: [] },
    };
    expect((await find({ policy: [statement], aws })).map(({ where }) => where.integration)).toEqual(['a1b2c3', 'a1b2c5']);
  });

  it('that is gone, or of another account, calls nobody that Teal could tell of by itself', async () => {
    expect(await find({ policy: [ofApi('gone/*')] })).toEqual([]);
    const elsewhere = allow('elsewhere', 'apigateway.amazonaws.com', 'arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4/*');
    expect(await find({ policy: [elsewhere], aws: AN_API })).toMatchObject([{ kind: 'permission', where: { statement: 'elsewhere' } }]);
    const foreign = allow('foreign', 'apigateway.amazonaws.com', 'arn:aws:execute-api:eu-west-1:999999999999:a1b2c3d4/*');
    expect(await find({ policy: [foreign], aws: AN_API })).toMatchObject([{ kind: 'permission', where: { statement: 'foreign' } }]);
  });
});

// As in the examples of "get-resources" with methods embedded and "get-authorizers", API Gateway REST API reference.
const aMethod = (uri: string, credentials?: string) => ({
  apiKeyRequired: false,
  authorizationType: 'NONE',
  httpMethod: 'GET',
  methodIntegration: {
    cacheKeyParameters: [],
    cacheNamespace: '3kzxbg5sa2',
    httpMethod: 'POST',
    passthroughBehavior: 'WHEN_NO_MATCH',
    type: 'AWS_PROXY',
    uri,
    credentials,
  },
});
const A_REST_API: Canned = {
  'GET /restapis/1234123412/resources': {
    item: [
      { id: '3kzxbg5sa2', path: '/' },
      {
        id: 'abc123',
        parentId: '3kzxbg5sa2',
        path: '/orders',
        pathPart: 'orders',
        resourceMethods: { GET: aMethod(uriOf(FUNCTION)), POST: aMethod(uriOf(ALIAS)) },
      },
    ],
  },
  'GET /restapis/1234123412/authorizers': {
    item: [
      {
        id: 'xyz789',
        name: 'custom',
        type: 'TOKEN',
        authType: 'custom',
        authorizerUri: uriOf(FUNCTION),
        identitySource: 'method.request.header.Auth',
      },
      {
        id: 'cog123',
        name: 'pool',
        type: 'COGNITO_USER_POOLS',
        providerARNs: ['arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc'],
      },
    ],
  },
  'GET /restapis/1234123412/stages': {
    item: [
      { stageName: 'prod', deploymentId: 'd1' },
      { stageName: 'beta', deploymentId: 'd2' },
    ],
  },
};

describe('a REST API', () => {
  const deploys = ['prod', 'beta'].map(
    (stage) => `aws apigateway create-deployment --region eu-west-1 --rest-api-id 1234123412 --stage-name ${stage}`,
  );

  it('that streams its answers is told to invoke the alias the same way', async () => {
    const streams = (arn: string) => `arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/${arn}/response-streaming-invocations`;
    const [, resource] = (A_REST_API['GET /restapis/1234123412/resources'] as { item: object[] }).item;
    const aws = {
      ...A_REST_API,
      'GET /restapis/1234123412/resources': { item: [{ ...resource, resourceMethods: { GET: aMethod(streams(FUNCTION)) } }] },
      'GET /restapis/1234123412/authorizers': { item: [] },
    };
    const [caller, ...others] = await find({ policy: [ofApi('1234123412/*/GET/orders')], aws });
    expect(others).toEqual([]);
    expect(caller!.change.commands[0]).toContain(`"value":"${streams(ALIAS)}"`);
  });

  it('is told to integrate and authorize by the alias, and deployed to each of its stages', async () => {
    expect(await find({ policy: [ofApi('1234123412/*/GET/orders')], aws: A_REST_API })).toEqual([
      {
        kind: 'rest-api-integration',
        where: { api: '1234123412', resource: 'abc123', route: 'GET /orders' },
        change: {
          commands: [
            `aws apigateway update-integration --region eu-west-1 --rest-api-id 1234123412 --resource-id abc123 --http-method GET --patch-operations '[{"op":"replace","path":"/uri","value":"${uriOf(ALIAS)}"}]'`,
            ...deploys,
          ],
          words: ['a deployment takes with it whatever else was changed in the API since the last one'],
        },
      },
      {
        kind: 'rest-api-authorizer',
        where: { api: '1234123412', authorizer: 'xyz789' },
        change: {
          commands: [
            `aws apigateway update-authorizer --region eu-west-1 --rest-api-id 1234123412 --authorizer-id xyz789 --patch-operations '[{"op":"replace","path":"/authorizerUri","value":"${uriOf(ALIAS)}"}]'`,
            ...deploys,
          ],
          words: ['a deployment takes with it whatever else was changed in the API since the last one'],
        },
      },
    ]);
  });

  it('that names the function by a stage variable has it changed in each stage where it is the bare function', async () => {
    const uri = uriOf(`arn:aws:lambda:eu-west-1:123456789012:function:\${stageVariables.orders}`);
    const aws = {
      ...A_REST_API,
      'GET /restapis/1234123412/resources': {
        item: [
          { id: 'abc123', path: '/orders', resourceMethods: { GET: aMethod(uri), POST: aMethod(uri) } },
          { id: 'def456', path: '/x', resourceMethods: { ANY: aMethod(uri) } },
        ],
      },
      'GET /restapis/1234123412/authorizers': {},
      'GET /restapis/1234123412/stages': {
        item: [
          { stageName: 'prod', variables: { orders: 'orders-api' } },
          { stageName: 'beta', variables: { orders: 'orders-api:live' } },
          { stageName: 'next', variables: { orders: 'orders-api:$LATEST' } },
          { stageName: 'old' },
        ],
      },
    };
    expect(await find({ policy: [ofApi('1234123412/*')], aws })).toEqual([
      {
        kind: 'rest-api-stage-variable',
        where: { api: '1234123412', stage: 'prod', variable: 'orders', usedBy: ['abc123', 'def456'] },
        change: {
          commands: [
            `aws apigateway update-stage --region eu-west-1 --rest-api-id 1234123412 --stage-name prod --patch-operations '[{"op":"replace","path":"/variables/orders","value":"orders-api:live"}]'`,
          ],
          words: ["whatever of this stage has the variable gets orders-api:live: it must be the end of the function's name there"],
        },
      },
      {
        kind: 'rest-api-stage-variable',
        where: { api: '1234123412', stage: 'next', variable: 'orders', usedBy: ['abc123', 'def456'] },
        change: {
          commands: [
            `aws apigateway update-stage --region eu-west-1 --rest-api-id 1234123412 --stage-name next --patch-operations '[{"op":"replace","path":"/variables/orders","value":"orders-api:live"}]'`,
          ],
          words: ["whatever of this stage has the variable gets orders-api:live: it must be the end of the function's name there"],
        },
      },
    ]);
  });
});

describe('an event source mapping', () => {
  it('is told to invoke the alias; one that does is no caller', async () => {
    // As in "ListEventSourceMappings", Lambda API reference.
    const aMapping = (UUID: string, FunctionArn: string) => ({
      UUID,
      BatchSize: 5,
      EventSourceArn: 'arn:aws:sqs:eu-west-1:123456789012:mySQSqueue',
      FunctionArn,
      LastModified: 1569284520.333,
      State: 'Enabled',
      StateTransitionReason: 'USER_INITIATED',
    });
    const aws: Canned = {
      'GET /2015-03-31/event-source-mappings': ({ query }) => {
        if (query?.FunctionName !== 'orders-api') throw new Error(`asked for ${query?.FunctionName}`);
        return query.Marker
          ? { EventSourceMappings: [aMapping('a1b2c3d4-5678-90ab-cdef-11111EXAMPLE', FUNCTION)], NextMarker: null }
          : { EventSourceMappings: [aMapping('ffffffff-5678-90ab-cdef-11111EXAMPLE', ALIAS)], NextMarker: 'more' };
      },
    };
    expect(await find({ aws })).toEqual([
      {
        kind: 'event-source-mapping',
        where: { mapping: 'a1b2c3d4-5678-90ab-cdef-11111EXAMPLE', source: 'arn:aws:sqs:eu-west-1:123456789012:mySQSqueue' },
        change: {
          commands: [
            `aws lambda update-event-source-mapping --region eu-west-1 --uuid a1b2c3d4-5678-90ab-cdef-11111EXAMPLE --function-name ${ALIAS}`,
          ],
          words: [],
        },
      },
    ]);
  });
});

describe('a rule', () => {
  /** What the buses have: rules by bus, of each its targets. */
  const buses = (rules: Record<string, Record<string, object[]>>): Canned => ({
    ListRuleNamesByTarget: ({ body }) => {
      const { TargetArn, EventBusName } = JSON.parse(body!) as { TargetArn: string; EventBusName: string };
      const names = Object.entries(rules[EventBusName] ?? {});
      const has = (targets: object[]) => targets.some((target) => 'Arn' in target && target.Arn === TargetArn);
      return { RuleNames: names.flatMap(([name, targets]) => (has(targets) ? [name] : [])) };
    },
    ListTargetsByRule: ({ body }) => {
      const { Rule, EventBusName } = JSON.parse(body!) as { Rule: string; EventBusName: string };
      return { Targets: rules[EventBusName]![Rule] };
    },
  });

  it('has the target replaced whole: its input, its retries and its dead-letter queue stay, a quote in them too', async () => {
    const target = {
      Id: 'orders',
      Arn: FUNCTION,
      InputTransformer: { InputPathsMap: { id: '$.detail.id' }, InputTemplate: '{"order": "it\'s <id>"}' },
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
      DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:123456789012:dead' },
    };
    const aws = buses({ default: { nightly: [{ Id: 'log', Arn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/x' }, target] } });
    const [caller, ...more] = await find({ aws });
    expect(more).toEqual([]);
    expect(caller).toMatchObject({ kind: 'event-rule', where: { rule: 'nightly', bus: 'default', target: 'orders' } });
    expect(caller!.change).toEqual({
      commands: [
        `aws events put-targets --region eu-west-1 --rule nightly --targets '[{"Id":"orders","Arn":"${ALIAS}","InputTransformer":{"InputTemplate":"{\\"order\\": \\"it'\\''s <id>\\"}","InputPathsMap":{"id":"$.detail.id"}},"DeadLetterConfig":{"Arn":"arn:aws:sqs:eu-west-1:123456789012:dead"},"RetryPolicy":{"MaximumRetryAttempts":2,"MaximumEventAgeInSeconds":3600}}]'`,
      ],
      words: [],
    });
    const { options } = readCommand(caller!.change.commands[0]!);
    expect(JSON.parse(options.targets!)).toEqual([{ ...target, Arn: ALIAS }]);
  });

  it('of a partner’s bus is found, whose name has slashes', async () => {
    const aws = buses({ 'aws.partner/example.com/123/shop': { placed: [{ Id: '1', Arn: FUNCTION }] } });
    const source = 'arn:aws:events:eu-west-1:123456789012:rule/aws.partner/example.com/123/shop/placed';
    expect(await find({ policy: [allow('bus', 'events.amazonaws.com', source)], aws })).toMatchObject([
      { kind: 'event-rule', where: { rule: 'placed', bus: 'aws.partner/example.com/123/shop', target: '1' } },
    ]);
  });

  it('that names $LATEST is found too', async () => {
    const aws = buses({ default: { placed: [{ Id: '1', Arn: `${FUNCTION}:$LATEST` }] } });
    expect(await find({ aws })).toMatchObject([{ kind: 'event-rule', where: { rule: 'placed', bus: 'default', target: '1' } }]);
  });

  it('of a bus of the same name in another account or region is not taken for it', async () => {
    const aws = buses({ shop: { placed: [{ Id: '1', Arn: FUNCTION }] } });
    for (const where of ['us-east-1:123456789012', 'eu-west-1:999999999999']) {
      const found = await find({ policy: [allow('bus', 'events.amazonaws.com', `arn:aws:events:${where}:rule/shop/placed`)], aws });
      expect(found.map(({ kind }) => kind)).toEqual(['permission']);
    }
  });

  it('of another bus is found when a permission names it', async () => {
    const aws = buses({ shop: { placed: [{ Id: '1', Arn: FUNCTION, RoleArn: 'arn:aws:iam::123456789012:role/bus' }] } });
    expect(await find({ aws })).toEqual([]);
    const policy = [allow('bus', 'events.amazonaws.com', 'arn:aws:events:eu-west-1:123456789012:rule/shop/placed')];
    expect(await find({ policy, aws })).toEqual([
      {
        kind: 'event-rule',
        where: { rule: 'placed', bus: 'shop', target: '1' },
        change: {
          commands: [
            `aws events put-targets --region eu-west-1 --rule placed --event-bus-name shop --targets '[{"Id":"1","Arn":"${ALIAS}","RoleArn":"arn:aws:iam::123456789012:role/bus"}]'`,
          ],
          words: [
            `first let arn:aws:iam::123456789012:role/bus, by which the rule calls, invoke ${ALIAS}: its policy is not changed by the adoption`,
          ],
        },
      },
    ]);
  });
});

describe('a function URL', () => {
  // As in "GetFunctionUrlConfig", Lambda API reference.
  const aUrl = (id: string, more: object = {}) => ({
    FunctionUrl: `https://${id}.lambda-url.eu-west-1.on.aws/`,
    FunctionArn: FUNCTION,
    AuthType: 'NONE',
    CreationTime: '2026-01-02T03:04:05.678Z',
    LastModifiedTime: '2026-01-02T03:04:05.678Z',
    InvokeMode: 'BUFFERED',
    ...more,
  });
  const isPublic: PolicyStatement[] = [
    {
      Sid: 'FunctionURLAllowPublicAccess',
      Effect: 'Allow',
      Principal: '*',
      Action: 'lambda:InvokeFunctionUrl',
      Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
    },
  ];

  it('is made anew for the alias, with the settings of the old one and what it lacks in permissions', async () => {
    const Cors = { AllowOrigins: ['https://shop.example'], AllowMethods: ['GET'], MaxAge: 60 };
    const [caller, ...more] = await find({
      policy: isPublic,
      aliasPolicy: isPublic,
      aws: { 'GET /2021-10-31/functions/orders-api/url': ({ query }) => (query?.Qualifier ? (undefined as never) : aUrl('old', { Cors })) },
    });
    expect(more).toEqual([]);
    expect(caller).toEqual({
      kind: 'function-url',
      where: { url: 'https://old.lambda-url.eu-west-1.on.aws/', authType: 'NONE' },
      change: {
        commands: [
          `aws lambda create-function-url-config --region eu-west-1 --function-name orders-api --qualifier live --auth-type NONE --cors '{"AllowMethods":["GET"],"AllowOrigins":["https://shop.example"],"MaxAge":60}' --invoke-mode BUFFERED`,
          "aws lambda add-permission --region eu-west-1 --function-name orders-api --qualifier live --statement-id FunctionUrlInvoke --action lambda:InvokeFunction --principal '*' --invoked-via-function-url",
        ],
        words: [
          "the alias's URL, which the command prints, is another address: give it to whoever calls the old one, and then end that: aws lambda delete-function-url-config --region eu-west-1 --function-name orders-api",
        ],
      },
    });
  });

  const commandsWith = async (aliasPolicy: PolicyStatement[]) => {
    const aws: Canned = { 'GET /2021-10-31/functions/orders-api/url': ({ query }) => aUrl(query?.Qualifier ? 'new' : 'old') };
    const found = await find({ policy: [], aliasPolicy, aws });
    expect(found.map(({ kind }) => kind)).toEqual(['function-url']);
    return found[0]!.change.commands.map((command) => readCommand(command).options);
  };
  const viaUrl: PolicyStatement = {
    Sid: 'via-url',
    Effect: 'Allow',
    Principal: '*',
    Action: 'lambda:InvokeFunction',
    Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  };

  it('lacks nothing where the alias lets everyone in', async () => expect(await commandsWith([...isPublic, viaUrl])).toEqual([]));

  it.each<[string, Partial<PolicyStatement>]>([
    ['an organization', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } } }],
    ['a source', { Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::uploads' } } }],
    ['an account', { Principal: { AWS: 'arn:aws:iam::999999999999:root' } }],
    ['those who sign', { Action: 'lambda:InvokeFunctionUrl', Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } } }],
  ])('is opened to everyone where the alias lets only %s in, under an id that is free', async (_, more) => {
    const commands = await commandsWith([{ ...viaUrl, Sid: 'FunctionUrlInvoke', ...more }]);
    expect(commands).toMatchObject([
      { action: 'lambda:InvokeFunctionUrl', 'statement-id': 'FunctionUrlPublic', 'function-url-auth-type': 'NONE' },
      { action: 'lambda:InvokeFunction', 'statement-id': 'FunctionUrlInvoke-2', 'invoked-via-function-url': 'true' },
    ]);
  });

  it('is read as one, whose permissions are nobody else’s', async () => expect(await find({ policy: [...isPublic, viaUrl] })).toEqual([]));

  it('that the alias has already is named', async () => {
    const aws: Canned = {
      'GET /2021-10-31/functions/orders-api/url': ({ query }) => aUrl(query?.Qualifier === 'live' ? 'new' : 'old', { AuthType: 'AWS_IAM' }),
    };
    const [caller] = await find({ aws });
    expect(caller!.change.commands).toEqual([]);
    expect(caller!.change.words[0]).toContain('which is https://new.lambda-url.eu-west-1.on.aws/');
    expect(caller!.change.words[1]).toBe(`whoever calls it by a policy of his own needs one for ${ALIAS}`);
  });
});

describe('a permission of somebody whose settings Teal does not read', () => {
  it.each([
    ['s3.amazonaws.com', 'arn:aws:s3:::uploads', 'in the notifications of bucket uploads put'],
    ['sns.amazonaws.com', 'arn:aws:sns:eu-west-1:123456789012:placed', 'to topic arn:aws:sns:eu-west-1:123456789012:placed'],
    [
      'cognito-idp.amazonaws.com',
      'arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc',
      'triggers of user pool eu-west-1_abc',
    ],
    ['logs.eu-west-1.amazonaws.com', 'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/x:*', 'filters of log group /aws/x put'],
    ['logs.amazonaws.com', 'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/x:*', 'filters of log group /aws/x put'],
    [
      'elasticloadbalancing.amazonaws.com',
      'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/6d0ecf831eec9f09',
      'make a second target group',
    ],
    ['iot.amazonaws.com', 'arn:aws:iot:eu-west-1:123456789012:rule/doors', 'in the action of rule doors put'],
    ['config.amazonaws.com', undefined, `have config.amazonaws.com call ${ALIAS} instead of ${FUNCTION}`],
    ['events.amazonaws.com', 'arn:aws:events:eu-west-1:999999999999:rule/theirs', `have events.amazonaws.com call ${ALIAS}`],
  ])('of %s is told in words, with how it leaves the list', async (principal, source, words) => {
    const [caller, ...more] = await find({ policy: [allow('sid-1', principal, source)] });
    expect(more).toEqual([]);
    expect(caller).toMatchObject({ kind: 'permission', where: { statement: 'sid-1', principal, source: source ?? 'any' } });
    expect(caller!.change.commands).toEqual([]);
    expect(caller!.change.words).toEqual([
      expect.stringContaining(words),
      'when nobody uses it any more, take the permission from the function, and it is off this list: aws lambda remove-permission --region eu-west-1 --function-name orders-api --statement-id sid-1',
    ]);
  });

  it('without a source is told with the account that it is of, or with any', async () => {
    const s3 = (Condition?: PolicyStatement['Condition']): PolicyStatement => ({ ...allow('s3', 's3.amazonaws.com'), Condition });
    const ofAccount = await find({ policy: [s3({ StringEquals: { 'AWS:SourceAccount': '999999999999' } })] });
    expect(ofAccount).toMatchObject([{ where: { source: 'of account 999999999999' } }]);
    const ofAny = await find({ policy: [s3()] });
    expect(ofAny).toMatchObject([{ where: { source: 'any' } }]);
    expect(ofAny[0]!.change.words[0]).toBe(`have s3.amazonaws.com call ${ALIAS} instead of ${FUNCTION}`);
  });

  it('of an account, a role or everyone too', async () => {
    const of = (Principal: unknown): PolicyStatement => ({ Sid: 'x', Effect: 'Allow', Principal, Action: 'lambda:InvokeFunction' });
    const wordsFor = async (principal: unknown) => (await find({ policy: [of(principal)] }))[0]!.change.words[0];
    expect(await wordsFor({ AWS: 'arn:aws:iam::999999999999:root' })).toBe(`have 999999999999 call ${ALIAS} instead of ${FUNCTION}`);
    expect(await wordsFor({ AWS: 'arn:aws:iam::123456789012:role/x' })).toContain('have arn:aws:iam::123456789012:role/x call');
    expect(await wordsFor('*')).toContain('have everyone who calls call');
  });
});
