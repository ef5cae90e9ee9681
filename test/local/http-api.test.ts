import { describe, expect, it } from 'vitest';
import { type ApiDefinition, type ApiRequest, createHttpApi, type RouteDefinition } from '../../local/http-api.ts';
import { type Invocation, ServiceError } from '../../local/service.ts';
import { aGround } from './a-ground.ts';

const caller = { accessKeyId: 'AKIAEXAMPLE', arn: 'arn:aws:iam::123456789012:user/someone' };
const route = (routeKey: string, authorization: RouteDefinition['authorization'] = 'NONE'): RouteDefinition => ({
  routeKey,
  functionArn: `arn:aws:lambda:eu-west-1:123456789012:function:${routeKey}`,
  authorization,
});

/** An API whose functions answer what `answer` says; `events` are what they got. */
function anApi({
  routes = [route('$default')],
  cors,
  answer = () => ({ statusCode: 200 }),
}: {
  routes?: RouteDefinition[];
  cors?: ApiDefinition['cors'];
  answer?: (functionName: string) => unknown;
} = {}) {
  // biome-ignore lint/suspicious/noExplicitAny: the events are what these tests look at
  const events: any[] = [];
  const invoker = {
    async invoke({ functionName, payload }: { functionName: string; payload: Uint8Array }): Promise<Invocation> {
      events.push(JSON.parse(Buffer.from(payload).toString()));
      return { executedVersion: '1', payload: Buffer.from(JSON.stringify(answer(functionName)) ?? 'null'), logTail: '' };
    },
    async invokeAsync() {},
  };
  const httpApi = createHttpApi(aGround(), invoker);
  const { apiId } = httpApi.create({ name: 'teal', routes, cors });
  const call = (method: string, target: string, rest: Partial<ApiRequest> = {}) => {
    const [path, query] = target.split('?');
    return httpApi.handle({
      method,
      path: `/execute-api/${apiId}${path}`,
      query: new URLSearchParams(query),
      headers: { host: 'localhost', 'user-agent': 'a-test' },
      body: Buffer.alloc(0),
      ...rest,
    });
  };
  return { apiId, call, events, httpApi, invoker };
}

const read = (body: string | Uint8Array) => Buffer.from(body as string).toString();

describe('the event, payload format 2.0', () => {
  it('has what AWS documents, with cloud time, and nothing that the request does not have', async () => {
    const { call, events, apiId } = anApi({ routes: [route('POST /releases/{id}/abort', 'AWS_IAM')] });
    await call('POST', '/releases/a%20b/abort?tag=1&tag=2&note=x%20y', {
      caller,
      headers: {
        host: 'localhost',
        'user-agent': 'a-test',
        cookie: 'one=1; two=2',
        'content-type': 'application/json; charset=utf-8',
      },
      body: Buffer.from('{"reason":"é"}'),
    });
    expect(events[0]).toEqual({
      version: '2.0',
      routeKey: 'POST /releases/{id}/abort',
      rawPath: '/releases/a b/abort',
      rawQueryString: 'tag=1&tag=2&note=x%20y',
      cookies: ['one=1', 'two=2'],
      headers: {
        host: 'localhost',
        'user-agent': 'a-test',
        'content-type': 'application/json; charset=utf-8',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '443',
        'x-forwarded-proto': 'https',
      },
      queryStringParameters: { tag: '1,2', note: 'x y' },
      pathParameters: { id: 'a b' },
      requestContext: {
        accountId: '123456789012',
        apiId,
        authorizer: {
          iam: {
            accessKey: 'AKIAEXAMPLE',
            accountId: '123456789012',
            callerId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
            cognitoIdentity: null,
            principalOrgId: null,
            userArn: caller.arn,
            userId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
          },
        },
        domainName: `${apiId}.execute-api.eu-west-1.amazonaws.com`,
        domainPrefix: apiId,
        http: {
          method: 'POST',
          path: '/releases/a b/abort',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'a-test',
        },
        requestId: expect.any(String),
        routeKey: 'POST /releases/{id}/abort',
        stage: '$default',
        time: '15/Jan/2026:12:00:00 +0000',
        timeEpoch: Date.UTC(2026, 0, 15, 12),
      },
      body: '{"reason":"é"}',
      isBase64Encoded: false,
    });
    await call('POST', '/releases/1/abort', { caller });
    for (const absent of ['body', 'cookies', 'queryStringParameters']) expect(events[1]).not.toHaveProperty(absent);
  });

  it.each([
    ['text/plain', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/problem+json', true],
    [undefined, true],
  ])('has a body of content type %s in base64: %s', async (contentType, isBase64Encoded) => {
    const { call, events } = anApi();
    await call('POST', '/', { headers: { ...(contentType && { 'content-type': contentType }) }, body: Buffer.from('hello') });
    expect(events[0]).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? 'aGVsbG8=' : 'hello' });
  });
});

describe('the route', () => {
  it.each([
    ['GET', '/releases/latest', 'GET /releases/latest'],
    ['GET', '/releases/r-1', 'GET /releases/{id}'],
    ['DELETE', '/releases/r-1', 'ANY /releases/{id}'],
    ['GET', '/releases/r-1/timeline/3', 'GET /releases/{proxy+}'],
    ['GET', '/', 'GET /'],
    ['GET', '/elsewhere/at/all', '$default'],
  ])('%s %s is the most specific one: %s', async (method, path, routeKey) => {
    const keys = ['$default', 'GET /releases/{proxy+}', 'ANY /releases/{id}', 'GET /releases/{id}', 'GET /', 'GET /releases/latest'];
    const { call, events } = anApi({ routes: keys.map((key) => route(key)) });
    await call(method, path);
    expect(events[0].routeKey).toBe(routeKey);
  });

  it('gives a greedy variable the rest of the path', async () => {
    const { call, events } = anApi({ routes: [route('ANY /files/{proxy+}')] });
    await call('GET', '/files/a/b%2Fc/d');
    expect(events[0].pathParameters).toEqual({ proxy: 'a/b/c/d' });
  });

  it('is 404 Not Found when there is none, and for an API that does not exist', async () => {
    const { call, httpApi } = anApi({ routes: [route('GET /releases')] });
    for (const response of [
      await call('POST', '/releases'),
      await call('GET', '/releases/'),
      await httpApi.handle({ method: 'GET', path: '/execute-api/none/', query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0) }),
    ]) {
      expect(response).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
    }
  });

  it('with AWS_IAM is 403 Forbidden to a caller it does not know, and the function is not invoked', async () => {
    const { call, events } = anApi({ routes: [route('GET /releases', 'AWS_IAM')] });
    expect(await call('GET', '/releases')).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' });
    expect(await call('GET', '/releases', { caller })).toMatchObject({ status: 200 });
    expect(events).toHaveLength(1);
  });
});

describe('the response', () => {
  it('has status, headers, cookies and a decoded body when the function gave a statusCode', async () => {
    const { call } = anApi({
      answer: () => ({
        statusCode: 201,
        headers: { 'X-Id': 7, 'Content-Type': 'image/png' },
        cookies: ['a=1', 'b=2'],
        body: Buffer.from([1, 2, 255]).toString('base64'),
        isBase64Encoded: true,
      }),
    });
    const { status, headers, body } = await call('GET', '/');
    expect({ status, body: [...Buffer.from(body)] }).toEqual({ status: 201, body: [1, 2, 255] });
    expect(headers).toMatchObject({ 'x-id': '7', 'content-type': 'image/png', 'set-cookie': 'a=1\nb=2' });
  });

  it.each([
    ['an object without a statusCode', { ok: true }, '{"ok":true}'],
    ['a text', 'hello', 'hello'],
    ['a list', [1, 2], '[1,2]'],
    ['nothing', null, 'null'],
  ])('is a 200 of JSON when the function gave %s', async (_what, answer, expected) => {
    const { status, headers, body } = await anApi({ answer: () => answer }).call('GET', '/');
    expect({ status, type: headers['content-type'], body: read(body) }).toEqual({ status: 200, type: 'application/json', body: expected });
  });

  it.each([
    ['a body that is no text', { statusCode: 200, body: { ok: true } }],
    ['a status code that is none', { statusCode: 'fine' }],
    ['a status code that another one follows', { statusCode: 100 }],
    ['a status code that changes the protocol', { statusCode: 101 }],
    ['a status code above all', { statusCode: 600 }],
    ['a header whose name is none', { statusCode: 200, headers: { 'x y': 'z' } }],
    ['a header of two lines', { statusCode: 200, headers: { 'x-y': 'z\r\nset-cookie: a=1' } }],
    ['a header beyond Latin-1', { statusCode: 200, headers: { 'x-y': '€' } }],
    ['a cookie of two lines', { statusCode: 200, cookies: ['a=1\nb=2'] }],
  ])('is 500 Internal Server Error when the function gave %s', async (_what, answer) => {
    expect(await anApi({ answer: () => answer }).call('GET', '/')).toMatchObject({
      status: 500,
      body: '{"message":"Internal Server Error"}',
    });
  });

  it('is 500 Internal Server Error when the function failed or does not exist', async () => {
    const failed = anApi();
    failed.invoker.invoke = async () => ({ executedVersion: '1', functionError: 'Unhandled', payload: Buffer.from('{}'), logTail: '' });
    expect(await failed.call('GET', '/')).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
    const missing = anApi();
    missing.invoker.invoke = async () => {
      throw new ServiceError('ResourceNotFoundException', 'Function not found', 404);
    };
    expect(await missing.call('GET', '/')).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
  });

  it('is 503 Service Unavailable when the function takes longer than the integration may', async () => {
    const slow = anApi({ routes: [{ ...route('$default'), timeoutMs: 1 }] });
    slow.invoker.invoke = () => new Promise(() => {});
    expect(await slow.call('GET', '/')).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });

  it('is 413 Request Entity Too Large over the gateway’s 10 MB and over Lambda’s 6 MB', async () => {
    const { call, events } = anApi();
    for (const megabytes of [10.1, 6.1]) {
      const body = Buffer.alloc(megabytes * 1024 * 1024, 'a');
      expect(await call('POST', '/', { headers: { 'content-type': 'text/plain' }, body })).toMatchObject({
        status: 413,
        body: '{"message":"Request Entity Too Large"}',
      });
    }
    expect(events).toHaveLength(0);
  });
});

describe('CORS', () => {
  const cors = {
    AllowOrigins: ['https://shop.example', 'http://*'],
    AllowMethods: ['GET', 'POST'],
    AllowHeaders: ['content-type'],
    MaxAge: 60,
  };
  const from = (origin: string) => ({ headers: { host: 'localhost', origin, 'access-control-request-method': 'POST' } });

  it('answers preflight requests that no route takes', async () => {
    const { call, events } = anApi({ cors, routes: [route('POST /orders', 'AWS_IAM')] });
    expect(await call('OPTIONS', '/orders', from('https://shop.example'))).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'content-type',
        'access-control-max-age': '60',
      },
    });
    const stranger = await call('OPTIONS', '/orders', from('https://elsewhere.example'));
    expect(Object.keys(stranger.headers)).toEqual(['apigw-requestid']);
    expect(events).toEqual([]);
  });

  it('leaves preflight requests to a route that takes OPTIONS', async () => {
    const { call, events } = anApi({ cors });
    expect((await call('OPTIONS', '/orders', from('http://localhost'))).headers['access-control-allow-origin']).toBe('http://localhost');
    expect(events).toHaveLength(1);
  });

  it('puts its own headers in the place of the function’s', async () => {
    const headers = { 'Access-Control-Allow-Origin': 'https://mine.example', 'x-mine': '1' };
    const { call } = anApi({ cors: { AllowOrigins: ['*'], ExposeHeaders: ['x-mine'] }, answer: () => ({ statusCode: 200, headers }) });
    expect((await call('GET', '/', from('https://any.example'))).headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'x-mine',
      'x-mine': '1',
    });
    expect((await call('GET', '/')).headers).not.toHaveProperty('access-control-allow-origin');
  });
});
