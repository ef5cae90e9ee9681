import aws4 from 'aws4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAccount } from './account.ts';

// IAM user guide, "Troubleshoot Signature Version 4 signing for AWS API requests", "Create a signed AWS API request". Which
// service answers which class with which status is documented nowhere: DynamoDB's are in the comments of the library
// dynalite (index.js), which took them from AWS.

const account = await openAccount();
afterAll(account.close);

interface Service {
  /** As signatures name it, and its endpoint. */
  name: string;
  method: string;
  path: string;
  target?: string;
  body: string;
}

const SERVICES: Service[] = [
  { name: 'lambda', method: 'GET', path: '/2015-03-31/functions/', body: '' },
  { name: 'dynamodb', method: 'POST', path: '/', target: 'DynamoDB_20120810.ListTables', body: '{}' },
  { name: 'states', method: 'POST', path: '/', target: 'AWSStepFunctions.ListStateMachines', body: '{}' },
  { name: 'events', method: 'POST', path: '/', target: 'AWSEvents.ListRules', body: '{}' },
  { name: 'monitoring', method: 'POST', path: '/', target: 'GraniteServiceVersion20100801.DescribeAlarms', body: '{}' },
  { name: 'scheduler', method: 'GET', path: '/schedules', body: '' },
];

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** What differs from a request that is as it should be. */
interface Change {
  credentials?: Credentials;
  region?: string;
  service?: string;
  /** Minutes that the signature's date is ahead of this machine's clock. */
  minutesAhead?: number;
  /** Sent in place of the body that was signed. */
  body?: string;
  /** Changes the headers after they were signed. */
  headers?(signed: Record<string, string>): Record<string, string>;
}

let ours: Credentials;
beforeAll(async () => {
  ours = await account.lambda.config.credentials();
});

const basic = (ms: number) => new Date(ms).toISOString().replace(/\.\d+|[-:]/g, '');

/** Signs a request, sends it, and answers its status and the class and message of its error. */
async function send(service: Service, change: Change = {}) {
  const endpoint = new URL(await account.endpoint(service.name));
  const { credentials = ours, region = account.region, minutesAhead = 0, body = service.body } = change;
  const version = service.name === 'events' ? '1.1' : '1.0';
  const signed = aws4.sign(
    {
      host: endpoint.host,
      method: service.method,
      path: service.path,
      region,
      service: change.service ?? service.name,
      body: service.body,
      headers: {
        'X-Amz-Date': basic(Date.now() + minutesAhead * 60_000),
        ...(service.target && { 'X-Amz-Target': service.target, 'Content-Type': `application/x-amz-json-${version}` }),
      },
    },
    credentials,
  );
  const own = Object.entries(signed.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  // fetch writes these itself.
  const { host: _host, 'content-length': _length, ...headers } = Object.fromEntries(own) as Record<string, string>;
  const response = await fetch(new URL(service.path, endpoint), {
    method: service.method,
    headers: change.headers?.(headers) ?? headers,
    ...(service.method === 'POST' && { body }),
  });
  const answer = (await response.json()) as { __type?: string; message?: string; Message?: string };
  const type = response.headers.get('x-amzn-errortype') ?? answer.__type ?? '';
  return {
    status: response.status,
    // "com.amazon.coral.service#InvalidSignatureException:http://…"
    error: type.slice(type.indexOf('#') + 1).split(':')[0],
    queryError: response.headers.get('x-amzn-query-error'),
    message: answer.message ?? answer.Message ?? '',
  };
}

const byName = SERVICES.map((service) => [service.name, service] as const);
const of = (name: string) => SERVICES.find((service) => service.name === name)!;
/** Services of the JSON protocol answer 400, those of REST 403. */
const statusOf = ({ name }: Service) => (['lambda', 'scheduler', 'monitoring'].includes(name) ? 403 : 400);
test.each(byName)('%s accepts a request that is signed as it should be', async (_name, service) => {
  expect((await send(service)).status).toBe(200);
});

describe.each([
  [
    'has another secret',
    'InvalidSignatureException',
    /does not match the signature you provided\. Check your AWS Secret Access Key and signing method/,
    () => ({ credentials: { ...ours, secretAccessKey: 'not it' } }),
  ],
  [
    'has a key that nobody has',
    'UnrecognizedClientException',
    /^The security token included in the request is invalid\.?$/,
    () => ({ credentials: { accessKeyId: 'AKIAI44QH8DHBEXAMPLE', secretAccessKey: 'secret' } }),
  ],
  [
    'is of another region',
    'InvalidSignatureException',
    /^Credential should be scoped to a valid region/i,
    () => ({ region: 'eu-central-2' }),
  ],
  [
    'is twenty minutes old',
    'InvalidSignatureException',
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z/,
    () => ({ minutesAhead: -20 }),
  ],
  [
    'is twenty minutes ahead',
    'InvalidSignatureException',
    /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z/,
    () => ({ minutesAhead: 20 }),
  ],
] as [string, string, RegExp, () => Change][])('a signature that %s', (_what, error, message, change) => {
  test.each(byName)('is refused by %s', async (_name, service) => {
    const answer = await send(service, change());
    expect([answer.status, answer.error]).toEqual([statusOf(service), error]);
    expect(answer.message).toMatch(message);
  });
});

describe('a request', () => {
  const withoutSignature = { headers: ({ authorization: _, ...headers }: Record<string, string>) => headers };

  test.each(byName)('without a signature is refused by %s', async (_name, service) => {
    const answer = await send(service, withoutSignature);
    expect([answer.status, answer.error]).toEqual([statusOf(service), 'MissingAuthenticationTokenException']);
    expect(answer.message).toMatch(/Missing Authentication Token/i);
  });

  test.each(byName.filter(([, { method }]) => method === 'POST'))(
    'whose body was changed after it was signed is refused by %s',
    async (_name, service) => {
      const answer = await send(service, { body: '{ }' });
      expect([answer.status, answer.error]).toEqual([statusOf(service), 'InvalidSignatureException']);
      expect(answer.message).toContain('does not match the signature you provided');
    },
  );

  test.each(byName.filter(([, { target }]) => target))('whose signature is of another service is refused by %s', async (name, service) => {
    const answer = await send(service, { service: 'sqs' });
    expect([answer.status, answer.error]).toEqual([statusOf(service), 'InvalidSignatureException']);
    expect(answer.message).toContain(`Credential should be scoped to correct service: '${name}'.`);
  });

  test('whose query or header was changed after it was signed is InvalidSignatureException', async () => {
    const lambda = of('lambda');
    const changed = { ...lambda, path: `${lambda.path}?MaxItems=1` };
    expect((await send(changed)).status).toBe(200);
    // Signed without the query, sent with it.
    const signed: Record<string, string> = {};
    await send(lambda, { headers: (headers) => Object.assign(signed, headers) });
    const answer = await send(changed, { headers: () => signed });
    expect([answer.status, answer.error]).toEqual([403, 'InvalidSignatureException']);
    const dynamodb = of('dynamodb');
    const moved = await send(dynamodb, { headers: (headers) => ({ ...headers, 'x-amz-target': 'DynamoDB_20120810.DescribeLimits' }) });
    expect([moved.status, moved.error]).toEqual([400, 'InvalidSignatureException']);
  });

  test('whose date is not that of its credential scope is InvalidSignatureException', async () => {
    const answer = await send(of('dynamodb'), {
      headers: (headers) => ({ ...headers, authorization: headers.authorization!.replace(/\/\d{8}\//, '/20200101/') }),
    });
    expect([answer.status, answer.error]).toEqual([400, 'InvalidSignatureException']);
    expect(answer.message).toContain(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20200101' != '",
    );
  });

  test.each([
    ['no parameters', 'AWS4-HMAC-SHA256 ', "Authorization header requires 'Credential' parameter."],
    [
      'no signature',
      'AWS4-HMAC-SHA256 Credential=a/20200101/r/dynamodb/aws4_request, SignedHeaders=host',
      "Authorization header requires 'Signature' parameter.",
    ],
  ])('whose authorization has %s is IncompleteSignatureException', async (_what, authorization, message) => {
    const answer = await send(of('dynamodb'), { headers: (headers) => ({ ...headers, authorization }) });
    expect([answer.status, answer.error]).toEqual([400, 'IncompleteSignatureException']);
    expect(answer.message).toContain(message);
  });

  test('with temporary credentials and without their session token is UnrecognizedClientException', async () => {
    const credentials = { accessKeyId: 'ASIAI44QH8DHBEXAMPLE', secretAccessKey: 'secret' };
    expect(await send(of('dynamodb'), { credentials })).toMatchObject({ status: 400, error: 'UnrecognizedClientException' });
  });

  test('question: how far may the date of a signature be from the time? Assumed: four minutes are well, six are not', async () => {
    for (const minutesAhead of [-4, 4]) expect((await send(of('states'), { minutesAhead })).status).toBe(200);
    for (const minutesAhead of [-6, 6]) expect((await send(of('states'), { minutesAhead })).error).toBe('InvalidSignatureException');
  });

  test('question: which header of CloudWatch names the error for older SDKs? Assumed: x-amzn-query-error, "SignatureDoesNotMatch;Sender"', async () => {
    const answer = await send(of('monitoring'), { credentials: { ...ours, secretAccessKey: 'not it' } });
    expect(answer.queryError).toBe('SignatureDoesNotMatch;Sender');
  });
});
