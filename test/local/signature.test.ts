import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionCommand, InvokeCommand, LambdaClient, ListVersionsByFunctionCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import type { HttpApi } from '../../local/http-api.ts';
import { createIdentities } from '../../local/identities.ts';
import { jsonResponse } from '../../local/json-protocol.ts';
import { createRequestHandler, type UnsignedWireRequest } from '../../local/request-handler.ts';
import { createRouter } from '../../local/router.ts';
import type { Caller, WireRequest } from '../../local/service.ts';
import { checkSignature, readSignature } from '../../local/signature.ts';
import { createSts } from '../../local/sts.ts';
import { aGround, anythingGoes } from './a-ground.ts';

/** The door of the local AWS with services behind it that only note what they get. */
function aDoor({ minutesAhead = 0 } = {}) {
  const seen: WireRequest[] = [];
  const service = {
    async handle(request: WireRequest) {
      seen.push(request);
      return jsonResponse(200, {});
    },
  };
  const apiCallers: (Caller | undefined)[] = [];
  const httpApi = {
    async handle(request: UnsignedWireRequest & { caller?: Caller }) {
      apiCallers.push(request.caller);
      return jsonResponse(200, {});
    },
  } as HttpApi;
  const identities = createIdentities('123456789012');
  const route = createRouter({
    ground: aGround(),
    services: { lambda: service, monitoring: service, dynamodb: service, sts: createSts({ accountId: '123456789012' }) },
    httpApi,
    iam: anythingGoes,
    findIdentity: identities.find,
    machineNowMs: () => Date.now() + minutesAhead * 60_000,
  });
  const configure = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }, region = 'eu-west-1') => ({
    region,
    credentials,
    requestHandler: createRequestHandler(route),
    maxAttempts: 1,
  });
  return { seen, apiCallers, identities, route, configure, config: configure(identities.administrator) };
}

const anUnsigned = (path: string, headers: Record<string, string> = {}): UnsignedWireRequest => ({
  method: 'GET',
  path,
  query: new URLSearchParams(),
  headers,
  body: Buffer.alloc(0),
});

describe('Signature Version 4', () => {
  it.each([
    ['get-vanilla', '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['get-vanilla-query-order-key-case', 'Param2=value2&Param1=value1', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'],
  ])('agrees with AWS’s own test suite: %s', (_name, query, signature) => {
    const request: UnsignedWireRequest = {
      ...anUnsigned('/', {
        host: 'example.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
      }),
      query: new URLSearchParams(query),
    };
    const identity = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', arn: 'someone' };
    const caller = checkSignature(request, readSignature(request)!, () => identity, Date.UTC(2015, 7, 30, 12, 36));
    expect(caller).toEqual({ accessKeyId: 'AKIDEXAMPLE', arn: 'someone' });
  });

  it('covers paths that the SDK encodes twice: an ARN and a name with special characters', async () => {
    const { config, seen, identities } = aDoor();
    const lambda = new LambdaClient(config);
    await lambda.send(new GetFunctionCommand({ FunctionName: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:live' }));
    await lambda.send(new InvokeCommand({ FunctionName: "it's (a) name+with*all!~of them/é", Qualifier: '$LATEST', Payload: '{"a":1}' }));
    await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'orders', Marker: 'a b+c/d=&é*', MaxItems: 3 }));
    expect(seen).toHaveLength(3);
    expect(seen[0]!.path).toContain('arn%3Aaws%3Alambda');
    expect(seen[2]!.query.get('Marker')).toBe('a b+c/d=&é*');
    expect(seen[0]!.caller).toEqual({ accessKeyId: identities.administrator.accessKeyId, arn: identities.administrator.arn });
  });

  it('tells two people apart', async () => {
    const { configure, identities, seen } = aDoor();
    await new DynamoDBClient(configure(identities.colleague)).send(new ListTablesCommand({}));
    expect(seen[0]!.caller.arn).toBe('arn:aws:iam::123456789012:user/colleague');
    expect(identities.isAdministrator(seen[0]!.caller.arn)).toBe(true);
    expect(identities.isAdministrator('arn:aws:iam::123456789012:user/nobody')).toBe(false);
  });

  it('names the role behind temporary credentials, and refuses them without their session token', async () => {
    const { configure, identities, seen } = aDoor();
    const role = identities.forRole('arn:aws:iam::123456789012:role/bake-role', 'bake');
    await new DynamoDBClient(configure(role)).send(new ListTablesCommand({}));
    expect(seen[0]!.caller.arn).toBe('arn:aws:sts::123456789012:assumed-role/bake-role/bake');
    const { sessionToken: _, ...withoutToken } = role;
    await expect(new DynamoDBClient(configure(withoutToken)).send(new ListTablesCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });
});

describe('a signature that is not accepted', () => {
  it('has expired after five minutes on the machine’s clock, and is not yet current five minutes before', async () => {
    const late = new DynamoDBClient(aDoor({ minutesAhead: 6 }).config);
    await expect(late.send(new ListTablesCommand({}))).rejects.toMatchObject({
      message: expect.stringMatching(/^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/),
    });
    const early = new DynamoDBClient(aDoor({ minutesAhead: -6 }).config);
    await expect(early.send(new ListTablesCommand({}))).rejects.toMatchObject({
      message: expect.stringMatching(/^Signature not yet current: \S+ is still later than \S+ \(\S+ \+ 5 min\.\)$/),
    });
    await new DynamoDBClient(aDoor({ minutesAhead: 4 }).config).send(new ListTablesCommand({}));
  });

  it('is refused by name when it is in the query, but for S3', async () => {
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/lambda/aws4_request',
      'X-Amz-Date': '20260101T000000Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': '00',
    });
    const { body } = await aDoor().route({ ...anUnsigned('/', { host: 'localhost' }), query });
    expect(String(body)).toContain('does not support presigned requests');
    query.delete('X-Amz-Expires');
    const incomplete = await aDoor().route({ ...anUnsigned('/', { host: 'localhost' }), query });
    expect([incomplete.status, String(incomplete.body)]).toEqual([403, expect.stringContaining('and X-Amz-Expires parameters.')]);
  });
});

describe('the door', () => {
  it('refuses another region, and says which one is local', async () => {
    const { configure, identities } = aDoor();
    const elsewhere = new DynamoDBClient(configure(identities.administrator, 'us-east-1'));
    await expect(elsewhere.send(new ListTablesCommand({}))).rejects.toMatchObject({
      message: "Credential should be scoped to a valid region, not 'us-east-1': the local AWS is eu-west-1.",
    });
  });

  it('lets an HTTP API judge for itself: without a caller when the request is not signed, or not well', async () => {
    const { route, apiCallers } = aDoor();
    await route(anUnsigned('/execute-api/abc/releases', { host: 'localhost' }));
    await route(anUnsigned('/execute-api/abc/releases', { host: 'localhost', authorization: 'AWS4-HMAC-SHA256 nonsense' }));
    await route(anUnsigned('/execute-api/abc/releases', { host: 'localhost', authorization: 'Bearer token' }));
    expect(apiCallers).toEqual([undefined, undefined, undefined]);
  });
});
