import * as restApis from '@aws-sdk/client-api-gateway';
import * as httpApis from '@aws-sdk/client-apigatewayv2';
import { CloudWatchClient, PutDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import { CreateArchiveCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as scheduler from '@aws-sdk/client-scheduler';
import { CreateActivityCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, describe, expect, it } from 'vitest';
import { createLocalAws } from '../../local/aws.ts';
import { createVirtualClock } from '../../local/clock.ts';
import { operationOf } from '../../local/operation.ts';
import { readModel } from '../../local/service-model.ts';
import { startMs } from './a-ground.ts';

const aws = createLocalAws({
  clock: (settle) => createVirtualClock(startMs, settle),
  host: () => ({
    open() {
      throw new Error('no function runs here');
    },
  }),
});
afterAll(() => aws.close());
const config = { ...aws.clientConfig, maxAttempts: 1 };

describe('an operation that AWS has and the local AWS has not', () => {
  it.each([
    ['Lambda', 'ListLayers', () => new lambda.LambdaClient(config).send(new lambda.ListLayersCommand({}))],
    ['Step Functions', 'CreateActivity', () => new SFNClient(config).send(new CreateActivityCommand({ name: 'x' }))],
    [
      'EventBridge',
      'CreateArchive',
      () => new EventBridgeClient(config).send(new CreateArchiveCommand({ ArchiveName: 'x', EventSourceArn: 'arn' })),
    ],
    [
      'Scheduler',
      'CreateScheduleGroup',
      () => new scheduler.SchedulerClient(config).send(new scheduler.CreateScheduleGroupCommand({ Name: 'x' })),
    ],
    [
      'API Gateway',
      'CreateApi',
      () => new httpApis.ApiGatewayV2Client(config).send(new httpApis.CreateApiCommand({ Name: 'x', ProtocolType: 'HTTP' })),
    ],
    ['API Gateway', 'CreateRestApi', () => new restApis.APIGatewayClient(config).send(new restApis.CreateRestApiCommand({ name: 'x' }))],
    ['DynamoDB', 'ExecuteStatement', () => new DynamoDBClient(config).send(new ExecuteStatementCommand({ Statement: 'SELECT' }))],
    [
      'CloudWatch',
      'PutDashboard',
      () => new CloudWatchClient(config).send(new PutDashboardCommand({ DashboardName: 'x', DashboardBody: '{}' })),
    ],
  ])('is refused by name: %s %s', async (_service, operation, send) => {
    await expect(send()).rejects.toMatchObject({ name: 'UnknownOperationException', message: expect.stringContaining(operation) });
  });

  it('is refused by name over the query protocol: STS GetSessionToken', async () => {
    await expect(new STSClient(config).send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
      name: 'InvalidAction',
      message: 'the local AWS does not support GetSessionToken of STS',
    });
  });
});

describe('a service that the local AWS has not', () => {
  const ask = async (service: string, { method = 'POST', path = '/', headers = {}, body = '' }) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
    const answer = await aws.route({
      method,
      path,
      query: new URLSearchParams(),
      headers: { ...headers, authorization },
      body: Buffer.from(body),
    });
    return { ...answer, body: String(answer.body).replace(/[0-9a-f-]{36}/, 'ID') };
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const only = 'it has lambda, monitoring, states, events, scheduler, dynamodb, cloudformation, s3, tagging, apigateway, ecr, sts only';

  it('is refused in JSON when it was asked in JSON', async () => {
    const headers = { 'x-amz-target': 'Logs_20140328.DescribeLogGroups' };
    const { status, body } = await ask('logs', { headers, body: '{}' });
    expect([status, JSON.parse(body)]).toEqual([
      400,
      { __type: 'UnknownOperationException', message: `the local AWS does not support DescribeLogGroups of logs: ${only}` },
    ]);
  });

  it('is refused in REST JSON', async () => {
    const { headers, body } = await ask('appsync', { method: 'GET', path: '/v2/apis' });
    expect(headers['x-amzn-errortype']).toBe('UnknownOperationException');
    expect(JSON.parse(body).message).toBe(`the local AWS does not support GET /v2/apis of appsync: ${only}`);
  });

  it('is refused in the XML of the query protocol', async () => {
    const { status, body } = await ask('iam', { headers: form, body: 'Action=ListRoles&Version=2010-05-08' });
    expect(status).toBe(400);
    expect(body).toBe(
      `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>the local AWS does not support ListRoles of iam: ${only}</Message></Error><RequestId>ID</RequestId></ErrorResponse>`,
    );
  });

  it('is refused in the XML of its own that EC2 has', async () => {
    const { body } = await ask('ec2', { headers: form, body: 'Action=DescribeInstances&Version=2016-11-15' });
    expect(body).toBe(
      `<Response><Errors><Error><Code>InvalidAction</Code><Message>the local AWS does not support DescribeInstances of ec2: ${only}</Message></Error></Errors></Response>`,
    );
  });

  it('is refused in the XML of its own that S3 has, and in that of Route 53', async () => {
    const { body } = await ask('s3-outposts', { method: 'PUT', path: '/bucket/a%20key' });
    expect(body).toBe(
      `<Error><Code>NotImplemented</Code><Message>the local AWS does not support PUT /bucket/a%20key of s3-outposts: ${only}</Message></Error>`,
    );
    expect((await ask('route53', { method: 'GET', path: '/2013-04-01/hostedzone' })).body).toContain('<ErrorResponse><Error>');
  });

  it('is refused in CBOR when it was asked in CBOR', async () => {
    const { headers, body } = await ask('arc', {
      headers: { 'smithy-protocol': 'rpc-v2-cbor' },
      path: '/service/Arc/operation/ListThings',
    });
    expect(headers).toMatchObject({ 'smithy-protocol': 'rpc-v2-cbor', 'x-amzn-query-error': 'InvalidAction;Sender' });
    expect(body).toContain('the local AWS does not support ListThings of arc');
  });
});

describe('the name of an operation', () => {
  const operations = Object.entries({ lambda: [lambda], scheduler: [scheduler], apigateway: [httpApis, restApis] }).flatMap(
    ([service, clients]) =>
      clients.flatMap((client) => [...readModel(client).values()].map(({ name, http }) => [service, name, http!] as const)),
  );

  it.each(operations)('of %s %s is known by its method and path', (service, name, { method, path }) => {
    const [template = '', query] = path.split('?');
    const filled = template.replace(/\{\w+\+?\}/g, 'arn%3Aaws%3Aa');
    expect(operationOf({ method, path: filled, headers: {}, query: new URLSearchParams(query) }, service)).toBe(name);
    expect(operationOf({ method, path: `${filled}/`, headers: {}, query: new URLSearchParams(query) }, service)).toBe(name);
  });

  it.each(operations.filter(([service]) => service !== 'apigateway'))(
    'of %s %s is known also when nobody says whose it is',
    (_, name, { method, path }) => {
      const [template = '', query] = path.split('?');
      const filled = template.replace(/\{\w+\+?\}/g, 'arn%3Aaws%3Aa');
      expect(operationOf({ method, path: filled, headers: {}, query: new URLSearchParams(query) })).toBe(name);
    },
  );

  it('is known by its header, its form, its address, or its path', () => {
    const query = new URLSearchParams('Action=GetCallerIdentity&Version=2011-06-15');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const [method, path] = ['POST', '/'];
    expect(operationOf({ method, path, headers: { 'x-amz-target': 'DynamoDB_20120810.GetItem' } })).toBe('GetItem');
    expect(operationOf({ method, path, headers: form, body: Buffer.from('Version=1&Action=DescribeAlarms') })).toBe('DescribeAlarms');
    expect(operationOf({ method: 'GET', path, headers: {}, query })).toBe('GetCallerIdentity');
    expect(operationOf({ method, path: '/service/Granite/operation/ListMetrics', headers: { 'smithy-protocol': 'rpc-v2-cbor' } })).toBe(
      'ListMetrics',
    );
    expect(operationOf({ method: 'GET', path: '/nothing', headers: {} })).toBe('GET /nothing');
  });
});
