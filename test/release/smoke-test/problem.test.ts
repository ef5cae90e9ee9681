import { describe, expect, it } from 'vitest';
import { findSmokeProblem } from '../../../functions/release/smoke-test/problem.ts';
import type { SmokeTest } from '../../../functions/release/smoke-test/request.ts';

const answer = (response: unknown) => ({ payload: JSON.stringify(response) });
const blueAnswer = (response: unknown) => ({ ...answer(response), version: '1' });
const problemOf = (test: Partial<SmokeTest>, response: unknown) => findSmokeProblem({ target: 'orders-api', ...test }, answer(response));
const request = { path: '/orders' };

describe('what a smoke test expects of a response', () => {
  it.each([199, 400, 503, '200'])('to a request without more is no status of %j', (statusCode) => {
    expect(problemOf({ request }, { statusCode })).toMatch(/^expected a statusCode of 200 to 399 but found /);
  });

  it.each([200, 399])('to a request without more is a status of %j', (statusCode) => {
    expect(problemOf({ request }, { statusCode })).toBeUndefined();
  });

  it('is shown whole as long as it is short, and by its beginning otherwise', () => {
    const long = (length: number) => problemOf({ expect: { a: 1 } }, 'x'.repeat(length - 2));
    expect(long(200)).toMatch(/x"$/);
    expect(long(201)).toMatch(/x… \(201 characters\)$/);
  });

  it.each<[string, Partial<SmokeTest>, unknown]>([
    ['its status', { expect: { statusCode: 201 } }, { statusCode: 201, body: '' }],
    [
      'a header, in any case',
      { expect: { headers: { 'Content-Type': 'text/plain' } } },
      { statusCode: 200, headers: { 'content-type': 'text/plain' } },
    ],
    ['part of a body of JSON', { expect: { body: { order: { id: 7 } } } }, { statusCode: 200, body: '{"order":{"id":7,"total":3}}' }],
    ['a list in a body of JSON', { expect: { body: [1, 2] } }, { statusCode: 200, body: '[1,2]' }],
    ['a body as text', { expect: { body: '{"id":7}' } }, { statusCode: 200, body: '{"id":7}' }],
    [
      'part of a body in base64',
      { expect: { body: { id: 7 } } },
      { statusCode: 200, body: Buffer.from('{"id":7}').toString('base64'), isBase64Encoded: true },
    ],
    ['fields of a response that is no HTTP response', { expect: { body: { id: 7 } } }, { body: { id: 7, more: 1 } }],
    [
      'to a request, what API Gateway makes of a response without a status',
      { request, expect: { statusCode: 200, body: { id: 7 } } },
      { id: 7 },
    ],
    ['to a request, what API Gateway makes of text', { request, expect: { body: 'hello' } }, 'hello'],
    ['to a request, a status of an error', { request, expect: { statusCode: 404 } }, { statusCode: 404 }],
    ['to a request without more, any good status', { request }, { statusCode: 302 }],
  ])('is met: %s', (_, test, response) => {
    expect(problemOf(test, response)).toBeUndefined();
  });

  it.each<[Partial<SmokeTest>, unknown, string]>([
    [
      { expect: { headers: { 'X-Version': '2' } } },
      { statusCode: 200, headers: { 'x-version': '1' } },
      'expected headers.x-version to be "2" but found "1", in the response {"statusCode":200,"headers":{"x-version":"1"}}',
    ],
    [
      { expect: { body: { order: { id: 7 } } } },
      { statusCode: 200, body: '{"order":{"id":8}}' },
      'expected body.order.id to be 7 but found 8, in the response {"statusCode":200,"body":"{\\"order\\":{\\"id\\":8}}"}',
    ],
    [
      { expect: { body: { id: 7 } } },
      { statusCode: 200, body: '<html>' },
      'expected body to be {"id":7} but found "<html>", in the response {"statusCode":200,"body":"<html>"}',
    ],
    [{ request }, { statusCode: 404 }, 'expected a statusCode of 200 to 399 but found 404, in the response {"statusCode":404}'],
    [{ request }, { statusCode: null }, 'expected a statusCode of 200 to 399 but found null, in the response {"statusCode":null}'],
  ])('is not met by %j: %j', (test, response, problem) => {
    expect(problemOf(test, response)).toBe(problem);
  });
});

it('a problem stays readable, whatever was expected and found', () => {
  const long = 'x'.repeat(50_000);
  const tests: Partial<SmokeTest>[] = [{ expect: { body: long } }, { schema: { enum: [long] } }, { expect: { [long]: 1 } }];
  for (const test of tests) expect(problemOf(test, { statusCode: 200, body: `${long}y` })!.length).toBeLessThan(1500);
});

describe('a schema', () => {
  const schema = {
    type: 'object',
    required: ['total'],
    properties: { total: { type: 'number' }, at: { type: 'string', format: 'date-time' }, items: { items: { required: ['id'] } } },
  };

  it.each<[string, unknown]>([
    ['the body of an HTTP response', { statusCode: 200, body: '{"total":3,"at":"2026-01-15T12:00:00Z"}' }],
    ['all of any other response', { total: 3 }],
  ])('allows %s', (_, response) => {
    expect(problemOf({ schema }, response)).toBeUndefined();
  });

  it('tells each place that it does not allow, and not what holds it', () => {
    expect(problemOf({ schema }, { statusCode: 200, body: '{"total":"3","at":"today","items":[{"id":1},{}]}' })).toBe(
      'its body does not fit the schema: total: Instance type "string" is invalid. Expected "number". at: String does not match format "date-time". items.1: Instance does not have required property "id".',
    );
    expect(problemOf({ schema }, {})).toBe(
      'its response does not fit the schema: all of it: Instance does not have required property "total".',
    );
    expect(problemOf({ schema }, { statusCode: 204 })).toBe('its body is missing, and schema wants one');
  });

  it('that cannot be used is told, and never counts as met', () => {
    expect(problemOf({ schema: { properties: { total: { $ref: '#/definitions/money' } } } }, { total: 3 })).toMatch(
      /^its schema cannot be used: Unresolved \$ref "#\/definitions\/money"/,
    );
    expect(problemOf({ schema: { properties: { total: { pattern: '(' } } } }, { total: '3' })).toMatch(/^its schema cannot be used: /);
  });

  it('is read as its own $schema says', () => {
    const ofDraft = ($schema: string) => problemOf({ schema: { $schema, type: 'array', items: [{ type: 'string' }] } }, [3]);
    expect(ofDraft('http://json-schema.org/draft-07/schema#')).toContain('0: Instance type "number" is invalid');
    // Lists of schemas are prefixItems there.
    expect(problemOf({ schema: { prefixItems: [{ type: 'string' }] } }, [3])).toContain('0: Instance type "number" is invalid');
  });
});

describe('a maximum duration', () => {
  const REPORT = 'REPORT RequestId: 6f2e\tDuration: 812.25 ms\tBilled Duration: 1217 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB\t';
  const JSON_REPORT = JSON.stringify({ type: 'platform.report', record: { metrics: { durationMs: 812.25, initDurationMs: 404.5 } } });
  const slowBy = (logTail: string, maxDurationMs: number) =>
    findSmokeProblem({ target: 'orders-api', maxDurationMs }, { ...answer({}), logTail });

  it.each([REPORT, `${REPORT}Init Duration: 404.50 ms\t\nXRAY TraceId: 1-5\t`, JSON_REPORT])(
    'is held against what Lambda reports: %s',
    (report) => {
      const log = `REPORT RequestId: x\tDuration: 5000.00 ms\t\nSTART RequestId: 6f2e\nthe code’s own line\n${report}\n`;
      expect(slowBy(log, 813)).toBeUndefined();
      expect(slowBy(log, 812)).toMatch(/^it took 812.25 ms(, after 404.5 ms to start)?, and maxDurationMs is 812$/);
    },
  );

  it('does not count as kept where Lambda reports nothing', () => {
    expect(slowBy('START RequestId: 6f2e\n', 812)).toMatch(/^Lambda does not report how long it took/);
  });
});

describe('a comparison with blue', () => {
  const compared = (blue: unknown, green: unknown, ignore: string[] = []) =>
    findSmokeProblem({ target: 'orders-api', compareWithBlue: ignore.length > 0 ? { ignore } : true }, answer(green), blueAnswer(blue));
  const http = (body: unknown, headers: Record<string, string> = {}, statusCode = 200) => ({
    statusCode,
    headers,
    body: JSON.stringify(body),
  });

  it('finds nothing in equal answers, whatever their fields’ order, and whatever is of one answer alone', () => {
    expect(compared({ a: 1, b: [{}] }, { b: [{}], a: 1 })).toBeUndefined();
    expect(compared(http({ a: 1, b: 2 }, { Date: 'then', etag: '1' }), http({ b: 2, a: 1 }, { date: 'now', ETag: '1' }))).toBeUndefined();
  });

  it('shows which places differ, and the first few of many', () => {
    expect(
      compared(http({ total: 1250, items: [{ id: 1, price: 3 }] }), http({ total: '12.50', items: [{ id: 1 }], currency: 'EUR' }, {}, 206)),
    ).toBe(
      'its answer is not as that of blue (version 1): statusCode is 206, and blue has 200; body.total is "12.50", and blue has 1250; ' +
        'body.items.0.price is missing, and blue\'s is 3; body.currency is "EUR", and blue has none',
    );
    expect(compared([1, 2, 3, 4, 5, 6, 7], [])).toMatch(/; 4 is missing, and blue's is 5; and 2 more$/);
  });

  it('shows an object where there was none whole, and the whole response by its name', () => {
    expect(compared({ a: 1 }, 'a')).toBe('its answer is not as that of blue (version 1): the response is "a", and blue has {"a":1}');
    expect(compared({ a: null }, { a: { b: 1 } })).toBe('its answer is not as that of blue (version 1): a is {"b":1}, and blue has null');
  });

  it('ignores the paths that it is told, and what is within them, and no others', () => {
    const blue = http(
      {
        at: 'then',
        items: [
          { id: 1, price: 3 },
          { id: 2, price: 3 },
        ],
      },
      { etag: '1' },
    );
    const green = http(
      {
        at: 'now',
        items: [
          { id: 3, price: 3 },
          { id: 4, price: 4 },
        ],
      },
      { etag: '2' },
    );
    expect(compared(blue, green, ['headers.ETag', 'body.at', 'body.items[*].id'])).toBe(
      'its answer is not as that of blue (version 1): body.items.1.price is 4, and blue has 3',
    );
    expect(compared(blue, green, ['headers', 'body.at', 'body.items'])).toBeUndefined();
  });

  it('says so when blue has no answer to compare with', () => {
    const failed = { functionError: 'Unhandled', payload: '{"errorMessage":"boom"}', version: '1' };
    expect(findSmokeProblem({ target: 'orders-api', compareWithBlue: true }, answer({}), failed)).toBe(
      'it cannot be compared with blue (version 1): that failed: {"errorMessage":"boom"}',
    );
  });
});
