import { shorten } from '../words.ts';
import type { HttpRequest, SmokeTest } from './request.ts';

const SHOWN_CHARACTERS = 40;

/** What one call of a smoke test is made with. */
export interface Combination {
  /** The values of the matrix, for a person: `headers.x-app-version "3.8"`; without the method and path of a request. */
  values: string[];
  payload?: unknown;
  request?: HttpRequest;
}

/** How many calls these tests are. */
export const countCalls = (tests: SmokeTest[]): number => tests.reduce((sum, { matrix = {} }) => sum + countCombinations(matrix), 0);

const countCombinations = (matrix: Record<string, unknown[]>) => Object.values(matrix).reduce((product, { length }) => product * length, 1);

/** Every combination of the values of a test's matrix, the last path varying fastest; one without values where it has no matrix. */
export const combinationsOf = ({ payload, request, matrix = {} }: SmokeTest): Combination[] =>
  Object.entries(matrix).reduce<Combination[]>(
    (combinations, [path, values]) =>
      combinations.flatMap((combination) =>
        values.map((value) => ({
          // The line of a request names its method and its path.
          values:
            request && !path.includes('.') && path !== 'body'
              ? combination.values
              : [...combination.values, `${path} ${shorten(JSON.stringify(value), SHOWN_CHARACTERS)}`],
          ...(request
            ? { request: put(combination.request, segmentsOf(path, true), value) as HttpRequest }
            : { payload: put(combination.payload, segmentsOf(path, false), value) }),
        })),
      ),
    [{ values: [], ...(request ? { request } : { payload }) }],
  );

/** Why a path of the matrix leads nowhere or its values do not fit there; undefined when they do. */
export function findWrongPath({ payload = {}, request, matrix = {} }: SmokeTest, path: string): string | undefined {
  const segments = segmentsOf(path, request !== undefined);
  if (segments.includes('')) return 'is a path such as "headers.x-app-version"';
  const outer = Object.keys(matrix).find((other) => path.startsWith(`${other}.`));
  if (outer !== undefined) return `is within ${outer}, which the matrix sets too`;
  if (request) {
    if (!/^(method|path|headers\..+|body(\..+)?)$/.test(path)) return 'is method, path, headers.<name>, body or body.<path> of the request';
    if (segments[0] !== 'body' && !matrix[path]!.every((value) => typeof value === 'string')) return 'is a list of texts';
    if (path === 'path' && !matrix[path]!.every((value) => String(value).startsWith('/'))) return 'is a list of paths that begin with /';
  }
  const at = segments
    .slice(0, -1)
    .findIndex((_, index) => !canHold(get(request ?? payload, segments.slice(0, index + 1)), segments[index + 1]!));
  if (!canHold(request ?? payload, segments[0]!)) return 'has no place in a payload that is no object';
  return at < 0 ? undefined : `has no place: ${segments.slice(0, at + 1).join('.')} cannot hold ${segments[at + 1]}`;
}

/** The name of a header may have dots. */
function segmentsOf(path: string, isRequest: boolean): string[] {
  const [first, ...rest] = path.split('.') as [string, ...string[]];
  return isRequest && first === 'headers' && rest.length > 0 ? [first, rest.join('.')] : [first, ...rest];
}

const canHold = (value: unknown, segment: string): boolean =>
  value === undefined ||
  (Array.isArray(value) ? /^\d+$/.test(segment) && Number(segment) <= value.length : typeof value === 'object' && value !== null);

const get = (value: unknown, segments: string[]): unknown =>
  segments.reduce<unknown>(
    (at, segment) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, segment) ? (at as Record<string, unknown>)[segment] : undefined,
    value,
  );

/** A copy of `value` that has `leaf` at this path. */
function put(value: unknown, [segment, ...rest]: string[], leaf: unknown): unknown {
  if (segment === undefined) return leaf;
  const inner = put(get(value, [segment]), rest, leaf);
  return Array.isArray(value) ? value.toSpliced(Number(segment), 1, inner) : { ...(value as object | undefined), [segment]: inner };
}
