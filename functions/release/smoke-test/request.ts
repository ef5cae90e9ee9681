import type { WrongField } from '../schema.ts';
import { countCalls, findWrongPath } from './matrix.ts';

/** What a release says of its smoke tests, and what of it cannot be said together. */

/** One call of green, or one for each combination of its matrix, and what its answer must be. */
export interface SmokeTest {
  /** "orders-api", or "orders-api:live". */
  target: string;
  /** What green is called with; of a test with `request` there is none. */
  payload?: unknown;
  /** What an API Gateway HTTP API would call green with. */
  request?: HttpRequest;
  /** Values by their place in `payload` or `request` ("headers.x-app-version"): green is called with every combination. */
  matrix?: Record<string, unknown[]>;
  /** What the answer must have; it may have more. */
  expect?: Record<string, unknown>;
  /** A JSON Schema of the answer's body, or of the whole answer where it is no HTTP response. */
  schema?: Record<string, unknown>;
  /** The longest that green may take, as Lambda reports it: without the network, and without its start. */
  maxDurationMs?: number;
  /** Blue is called with the same, and its answer must be the same but for the paths that are ignored. */
  compareWithBlue?: boolean | { ignore: string[] };
}

export interface HttpRequest {
  /** GET unless said. */
  method?: string;
  /** With the query string: "/orders?limit=1". */
  path: string;
  headers?: Record<string, string>;
  /** Text as it is; anything else becomes JSON. */
  body?: unknown;
}

/** Of all smoke tests of a release, each combination of a matrix counted. */
export const MAX_SMOKE_CALLS = 100;

/** What no schema can tell of one field alone. */
export function wrongSmokeCalls(tests: SmokeTest[]): WrongField[] {
  const wrong = tests.flatMap((test, index): WrongField[] => {
    const field = `smokeTests[${index}]`;
    if (test.payload !== undefined && test.request)
      return [{ field: `${field}.payload`, message: 'does not go together with request, which makes the payload' }];
    return Object.keys(test.matrix ?? {}).flatMap((path) => {
      const message = findWrongPath(test, path);
      return message === undefined ? [] : [{ field: `${field}.matrix.${path}`, message }];
    });
  });
  const count = countCalls(tests);
  if (count > MAX_SMOKE_CALLS)
    wrong.push({
      field: 'smokeTests',
      message: `are ${count} calls with all combinations of their matrices: a release has at most ${MAX_SMOKE_CALLS}`,
    });
  return wrong;
}

/** The tests with what is left out: without `request` a function is called with `{}`. */
export const withPayloads = (tests: SmokeTest[]): SmokeTest[] =>
  tests.map(({ target, payload = {}, ...rest }) => ({ target, ...(!rest.request && { payload }), ...rest }));
