import type { HttpRequest } from './request.ts';

/** Where the requests say that they went; ".invalid" is nobody's. */
const HOST = 'smoke-test.teal.invalid';
/** An address for documentation: nobody's either. */
const SOURCE_IP = '192.0.2.1';

/**
 * The event by which an API Gateway HTTP API (or a function URL) would call a function with this request: payload format
 * 2.0, route `$default`. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function makeHttpEvent({ method = 'GET', path, headers = {}, body }: HttpRequest, { id, at }: { id: string; at: string }) {
  const question = path.indexOf('?');
  const rawPath = question < 0 ? path : path.slice(0, question);
  const rawQueryString = question < 0 ? '' : path.slice(question + 1);
  const query = joinRepeated(new URLSearchParams(rawQueryString));
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const sent: Record<string, string> = {
    host: HOST,
    'user-agent': 'teal-smoke-test',
    'x-forwarded-for': SOURCE_IP,
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
    ...(text !== body && { 'content-type': 'application/json' }),
    ...(text !== undefined && { 'content-length': String(Buffer.byteLength(text)) }),
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
  // Format 2.0 has the cookies apart.
  const { cookie, ...others } = sent;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers: others,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'teal',
      domainName: others.host,
      domainPrefix: others.host!.split('.')[0],
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: SOURCE_IP, userAgent: others['user-agent'] },
      requestId: id,
      routeKey: '$default',
      stage: '$default',
      time: commonLogTime(new Date(at)),
      timeEpoch: Date.parse(at),
    },
    ...(text !== undefined && { body: text }),
    isBase64Encoded: false,
  };
}

function joinRepeated(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

/** "12/Mar/2020:19:03:58 +0000" */
function commonLogTime(at: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(at.toUTCString())!;
  return `${day}/${month}/${year}:${time} +0000`;
}
