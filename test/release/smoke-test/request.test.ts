import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../functions/release/request.ts';
import { combinationsOf } from '../../../functions/release/smoke-test/matrix.ts';

const target = 'orders-api';
const read = (...smokeTests: unknown[]) => parseRequest({ targets: [target], smokeTests });
const wrongOf = (...smokeTests: unknown[]) => {
  const parsed = read(...smokeTests);
  return 'wrong' in parsed ? parsed.wrong : [];
};

describe('a smoke test', () => {
  it('without anything is a call with {}, and one with a request has no payload', () => {
    const request = { path: '/orders' };
    expect(read({ target }, { target, request })).toMatchObject({
      request: {
        smokeTests: [
          { target, payload: {} },
          { target, request },
        ],
      },
    });
    expect(read({ target, request })).not.toHaveProperty('request.smokeTests[0].payload');
  });

  it('that is read again is the same', () => {
    const all = {
      target,
      request: { method: 'PUT', path: '/a?b=c', headers: { 'x-a': 'b' }, body: [1] },
      matrix: { 'headers.x-app-version': ['3.8', '4.1'] },
      expect: { statusCode: 200 },
      schema: { type: 'object' },
      maxDurationMs: 800,
      compareWithBlue: { ignore: ['body.at'] },
    };
    const parsed = read(all, { target, expect: { a: 1 }, payload: 7 });
    if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
    expect(parsed.request.smokeTests[0]).toEqual(all);
    expect(parseRequest(parsed.request)).toEqual(parsed);
  });

  it.each<[string, object, string]>([
    ['payload', { payload: 1, request: { path: '/' } }, 'does not go together with request, which makes the payload'],
    ['payload', { payload: { $file: 'a.json' } }, 'is a file: '],
    ['schema', { schema: { $file: 'a.json' } }, 'is a file: '],
    ['request.body', { request: { path: '/', body: { $file: 'a.json' } } }, 'is a file: '],
    ['request.path', { request: { path: 'orders' } }, 'begins with /'],
    ['request.path', { request: {} }, 'is missing'],
    ['request.method', { request: { path: '/', method: 'get' } }, 'is a method such as "GET"'],
    ['request.headers.x-a', { request: { path: '/', headers: { 'x-a': 1 } } }, 'is text: the value of a header'],
    ['request.query', { request: { path: '/', query: {} } }, 'is not a field'],
    ['schema', { schema: [] }, 'is a JSON Schema'],
    ['maxDurationMs', { maxDurationMs: 0 }, 'is at least 1'],
    ['compareWithBlue', { compareWithBlue: 'yes' }, 'is true, or { "ignore"'],
    ['compareWithBlue.ignor', { compareWithBlue: { ignor: [], ignore: [] } }, 'is not a field'],
    ['matrix.a', { matrix: { a: [] } }, 'is a list of at least one value'],
    ['matrix.a..b', { matrix: { 'a..b': [1] } }, 'is a path such as'],
    ['matrix.a', { payload: 'text', matrix: { a: [1] } }, 'has no place in a payload that is no object'],
    ['matrix.a.b.c', { payload: { a: { b: 7 } }, matrix: { 'a.b.c': [1] } }, 'has no place: a.b cannot hold c'],
    ['matrix.items.2.id', { payload: { items: [] }, matrix: { 'items.2.id': [1] } }, 'has no place: items cannot hold 2'],
    ['matrix.a.b', { matrix: { a: [{}], 'a.b': [1] } }, 'is within a, which the matrix sets too'],
    ['matrix.query.a', { request: { path: '/' }, matrix: { 'query.a': ['b'] } }, 'is method, path, headers.<name>, body or body.<path>'],
    ['matrix.headers.x-a', { request: { path: '/' }, matrix: { 'headers.x-a': [38] } }, 'is a list of texts'],
    ['matrix.path', { request: { path: '/' }, matrix: { path: ['orders'] } }, 'is a list of paths that begin with /'],
  ])('is refused by its field %s: %j', (field, test, message) => {
    expect(wrongOf({ target, ...test })).toContainEqual({ field: `smokeTests[0].${field}`, message: expect.stringContaining(message) });
  });

  it('is called at most a hundred times with all others of its release', () => {
    const ten = Array.from({ length: 10 }, (_, index) => index);
    expect(wrongOf({ target, matrix: { a: ten, b: ten } })).toEqual([]);
    expect(wrongOf({ target, matrix: { a: ten, b: ten } }, { target })).toEqual([
      { field: 'smokeTests', message: 'are 101 calls with all combinations of their matrices: a release has at most 100' },
    ]);
  });
});

describe('a matrix', () => {
  it('makes a call of every combination, each with its values', () => {
    const payload = { headers: { 'x-app-version': '1' }, items: [{ id: 1 }, { id: 2 }] };
    const matrix = { 'headers.x-app-version': ['3.8', '4.1'], 'items.1.id': [7, null], 'deep.er': [true] };
    const combinations = combinationsOf({ target, payload, matrix });
    expect(combinations.map(({ values }) => values.join(', '))).toEqual([
      'headers.x-app-version "3.8", items.1.id 7, deep.er true',
      'headers.x-app-version "3.8", items.1.id null, deep.er true',
      'headers.x-app-version "4.1", items.1.id 7, deep.er true',
      'headers.x-app-version "4.1", items.1.id null, deep.er true',
    ]);
    expect(combinations[1]!.payload).toEqual({ headers: { 'x-app-version': '3.8' }, items: [{ id: 1 }, { id: null }], deep: { er: true } });
    expect(payload.items).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('reaches into a request: a header’s name may have dots', () => {
    const matrix = { 'headers.x.y': ['a'], path: ['/orders', '/items'], 'body.id': [7] };
    expect(combinationsOf({ target, request: { path: '/' }, matrix }).map(({ request }) => request)).toEqual([
      { path: '/orders', headers: { 'x.y': 'a' }, body: { id: 7 } },
      { path: '/items', headers: { 'x.y': 'a' }, body: { id: 7 } },
    ]);
  });

  it('sets a field that is called __proto__ as any other', () => {
    const [only] = combinationsOf({ target, payload: {}, matrix: { '__proto__.a': [1] } });
    const payload = only!.payload;
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
    expect(JSON.stringify(payload)).toBe('{"__proto__":{"a":1}}');
  });
});

describe('a path of a matrix', () => {
  it('names a field of a payload by each of its parts, also one called headers', () => {
    const [one] = combinationsOf({ target, payload: {}, matrix: { 'headers.x.version': ['3.8'] } });
    expect(one?.payload).toEqual({ headers: { x: { version: '3.8' } } });
    const [other] = combinationsOf({ target, request: { path: '/' }, matrix: { 'headers.x.version': ['3.8'] } });
    expect(other?.request?.headers).toEqual({ 'x.version': '3.8' });
  });
});
