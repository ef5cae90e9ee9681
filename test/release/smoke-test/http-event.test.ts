import { expect, it } from 'vitest';
import { makeHttpEvent } from '../../../functions/release/smoke-test/http-event.ts';

const OF_RELEASE = { id: 'orders-api-1-smoke-1', at: '2026-03-12T19:03:58.390Z' };

it('is the event of an API Gateway HTTP API, payload format 2.0', () => {
  const request = {
    method: 'POST',
    path: '/my/path?parameter1=value1&parameter1=value2&parameter2=a%20value',
    headers: { 'X-App-Version': '3.8', Cookie: 'cookie1=a; cookie2=b' },
    body: { order: 'ä' },
  };
  expect(makeHttpEvent(request, OF_RELEASE)).toEqual({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/my/path',
    rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=a%20value',
    cookies: ['cookie1=a', 'cookie2=b'],
    headers: {
      host: 'smoke-test.teal.invalid',
      'user-agent': 'teal-smoke-test',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      'content-type': 'application/json',
      'content-length': '14',
      'x-app-version': '3.8',
    },
    queryStringParameters: { parameter1: 'value1,value2', parameter2: 'a value' },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'teal',
      domainName: 'smoke-test.teal.invalid',
      domainPrefix: 'smoke-test',
      http: { method: 'POST', path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'teal-smoke-test' },
      requestId: 'orders-api-1-smoke-1',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: Date.parse(OF_RELEASE.at),
    },
    body: '{"order":"ä"}',
    isBase64Encoded: false,
  });
});

it('has no body, cookies or query where the request has none', () => {
  const event = makeHttpEvent({ path: '/health' }, OF_RELEASE);
  expect(event).toMatchObject({ rawPath: '/health', rawQueryString: '', requestContext: { http: { method: 'GET' } } });
  expect(Object.keys(event)).not.toEqual(expect.arrayContaining(['body']));
  expect(event).not.toHaveProperty('cookies');
  expect(event).not.toHaveProperty('queryStringParameters');
  expect(event.headers).not.toHaveProperty('content-type');
});

it('takes the request’s own headers over those that are made', () => {
  const { headers, requestContext, body } = makeHttpEvent(
    {
      path: '/',
      headers: { Host: 'api.example.com', 'Content-Type': 'application/vnd.shop+json', 'User-Agent': 'Shop/3.8' },
      body: { a: 1 },
    },
    OF_RELEASE,
  );
  expect(headers).toMatchObject({ host: 'api.example.com', 'content-type': 'application/vnd.shop+json' });
  expect(requestContext).toMatchObject({ domainName: 'api.example.com', domainPrefix: 'api', http: { userAgent: 'Shop/3.8' } });
  expect(body).toBe('{"a":1}');
  expect(makeHttpEvent({ path: '/', body: 'plain' }, OF_RELEASE)).toMatchObject({ body: 'plain', headers: { 'content-length': '5' } });
});
