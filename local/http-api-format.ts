import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { ApiRequest, Route } from './http-api.ts';
import { userIdOf } from './identities.ts';
import type { Caller, Ground, WireResponse } from './service.ts';

interface Routed {
  ground: Ground;
  apiId: string;
  /** Decoded, as HTTP APIs hand it on, without the prefix that the local AWS serves the API under. */
  path: string;
  pathParameters: Record<string, string> | undefined;
  route: Pick<Route, 'routeKey' | 'authorization'>;
}

/** The event that a Lambda integration gets, payload format 2.0. What is absent from the request is absent from the event. */
export function toLambdaEvent(request: ApiRequest, { ground, apiId, path, pathParameters, route }: Routed) {
  const { cookie, ...headers } = request.headers;
  const isText = isTextType(headers['content-type']);
  const domainName = `${apiId}.execute-api.${ground.region}.amazonaws.com`;
  const nowMs = Math.floor(ground.clock.nowMs());
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString: request.query.toString().replaceAll('+', '%20'),
    cookies: cookie?.split(';').map((item) => item.trim()),
    headers: { ...headers, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-port': '443', 'x-forwarded-proto': 'https' },
    queryStringParameters: joinDuplicates(request.query),
    requestContext: {
      accountId: ground.accountId,
      apiId,
      authorizer: route.authorization === 'AWS_IAM' && request.caller ? { iam: iamIdentity(request.caller, ground.accountId) } : undefined,
      domainName,
      domainPrefix: apiId,
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: ground.newId(),
      routeKey: route.routeKey,
      stage: '$default',
      time: commonLogTime(nowMs),
      timeEpoch: nowMs,
    },
    pathParameters,
    body: request.body.length ? request.body.toString(isText ? 'utf8' : 'base64') : undefined,
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

/** HTTP APIs treat every other body as binary, also one without a content type, and forms. */
function isTextType(contentType = ''): boolean {
  return /^(text\/.+|application\/(json|javascript|xml))$/.test(contentType.split(';')[0]!.trim().toLowerCase());
}

function joinDuplicates(query: URLSearchParams): Record<string, string> | undefined {
  const names = [...new Set(query.keys())];
  return names.length ? Object.fromEntries(names.map((name) => [name, query.getAll(name).join(',')])) : undefined;
}

function iamIdentity({ accessKeyId, arn }: Caller, accountId: string) {
  const userId = userIdOf(arn);
  return { accessKey: accessKeyId, accountId, callerId: userId, cognitoIdentity: null, principalOrgId: null, userArn: arn, userId };
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(ms: number): string {
  const [, day, month, year, time] = /, (\d\d) (\w+) (\d+) (\S+)/.exec(new Date(ms).toUTCString())!;
  return `${day}/${month}/${year}:${time} +0000`;
}

/** What a client gets for what the function returned; undefined when it is no answer that the gateway can send. */
export function toWireResponse(payload: Uint8Array): WireResponse | undefined {
  const text = Buffer.from(payload).toString();
  const returned: unknown = parse(text);
  if (returned === undefined) return undefined;
  if (typeof returned !== 'object' || returned === null || !('statusCode' in returned)) {
    // Anything without a status code is the body of a 200: JSON, or a string as it is.
    return { status: 200, headers: { 'content-type': 'application/json' }, body: typeof returned === 'string' ? returned : text };
  }
  const { statusCode, headers = {}, body = '', cookies, isBase64Encoded = false } = returned as Record<string, unknown>;
  const status = Number(statusCode);
  // After a status under 200 a client waits for another.
  if (!Number.isInteger(status) || status < 200 || status > 599 || typeof body !== 'string') return undefined;
  const lowerCase = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const all: Record<string, string> = { 'content-type': 'text/plain;charset=UTF-8', ...Object.fromEntries(lowerCase) };
  const cookieLines = Array.isArray(cookies) ? cookies.map(String) : [];
  const sent = [...Object.entries(all), ...cookieLines.map((line): [string, string] => ['set-cookie', line])];
  if (!sent.every(isHeader)) return undefined;
  // One line per cookie: the server writes each as a header of its own.
  if (cookieLines.length) all['set-cookie'] = cookieLines.join('\n');
  return { status, headers: all, body: isBase64Encoded ? Buffer.from(body, 'base64') : body };
}

function isHeader([name, value]: [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** undefined when it is not percent-encoded UTF-8. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
