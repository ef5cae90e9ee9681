import * as v from 'valibot';
import { known, plainObject, targetName } from '../schema.ts';

/** The piece of a release's schema that says its smoke tests. */

const MAX_SMOKE_TESTS = 100;

/** `{ "$file": "smoke/checkout.json" }`: the content of a file of whoever sends the release. */
export const isFile = (value: unknown): value is { $file: string } =>
  typeof value === 'object' && value !== null && '$file' in value && typeof value.$file === 'string' && Object.keys(value).length === 1;

/** A file is read where it is: by the time that a release is checked there is its content. */
const notFile = <Value>() =>
  v.check<Value, string>(
    (value) => !isFile(value),
    'is a file: `teal release` and the Serverless plugin put its content here before they send a release; send the content',
  );

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,256}$/;

const httpRequest = known({
  method: v.optional(
    v.pipe(v.string('is a method such as "GET"'), v.regex(/^[A-Z]{1,20}$/, 'is a method such as "GET"'), v.description('GET unless said')),
  ),
  path: v.pipe(
    v.string('is a path such as "/orders?limit=1"'),
    v.regex(/^\//, 'begins with /, such as "/orders?limit=1"'),
    v.maxLength(8000, 'has at most 8000 characters'),
    v.description('With the query string'),
  ),
  headers: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(HEADER_NAME, 'is no name of a header')),
      v.string('is text: the value of a header'),
      'is an object of headers',
    ),
  ),
  body: v.optional(v.pipe(v.unknown(), notFile(), v.description('Text as it is; anything else becomes JSON, with its content-type'))),
});

const matrix = v.pipe(
  v.record(
    v.string(),
    v.pipe(v.array(v.unknown(), 'is a list of values'), v.minLength(1, 'is a list of at least one value')),
    'is an object of lists such as { "headers.x-app-version": ["3.8", "4.1"] }',
  ),
  v.description('Lists of values by their place in the payload or the request: green is called with every combination'),
);

const smokeTest = known({
  target: targetName,
  payload: v.optional(v.pipe(v.unknown(), notFile(), v.description('What green is called with; {} unless said'))),
  request: v.optional(v.pipe(httpRequest, v.description('Calls green as an API Gateway HTTP API would (payload format 2.0)'))),
  matrix: v.optional(matrix),
  expect: v.optional(
    v.pipe(
      v.record(v.string(), v.unknown(), 'is an object: every field in it must be in the response'),
      v.description('What the response must have, such as statusCode, headers and body; it may have more'),
    ),
  ),
  schema: v.optional(
    v.pipe(
      plainObject('is a JSON Schema'),
      notFile(),
      v.description('A JSON Schema of the body of the response, or of all of it where it has no statusCode'),
    ),
  ),
  maxDurationMs: v.optional(
    v.pipe(
      v.number('is a number of milliseconds'),
      v.minValue(1, 'is at least 1'),
      v.maxValue(900_000, 'is at most 900000: no function takes longer'),
      v.description('The longest that green may take, without its start'),
    ),
  ),
  compareWithBlue: v.optional(
    v.pipe(
      v.union(
        [v.boolean(), known({ ignore: v.array(v.string('is a path such as "body.createdAt"'), 'is a list of paths') })],
        'is true, or { "ignore": ["body.createdAt"] }',
      ),
      v.description('For reads only: blue is called with the same and must answer the same, but for what is ignored'),
    ),
  ),
});

export const smokeTestsSchema = v.optional(
  v.pipe(
    v.array(smokeTest, 'is a list of smoke tests'),
    v.maxLength(MAX_SMOKE_TESTS, `has at most ${MAX_SMOKE_TESTS} smoke tests`),
    v.description('Calls of green before any user meets it'),
  ),
  [],
);
