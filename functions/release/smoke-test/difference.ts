import { isDeepStrictEqual } from 'node:util';
import { shorten } from '../words.ts';
import { contentOf, isFields, isHttpResponse } from './answer.ts';

/** Headers that are another in every answer of one and the same version. */
const HEADERS_OF_ONE_ANSWER = ['date', 'content-length', 'set-cookie', 'x-amzn-requestid', 'x-amzn-trace-id', 'x-request-id'];

const SHOWN_CHARACTERS = 60;

/**
 * Where green's response is not as blue's, in words: "body.total is 12.5, and blue has 1250". HTTP responses are compared by
 * status, headers (but those of one answer alone) and body, read where it is JSON. `ignored` are paths such as
 * "body.createdAt", "headers.etag" and "body.items.*.id", in which * is any name or index; what is within them is ignored too.
 */
export function findDifferences(blue: unknown, green: unknown, ignored: string[]): string[] {
  const patterns = ignored.map((path) => {
    const segments = path.match(/[^.[\]]+/g) ?? [];
    return segments[0] === 'headers' ? segments.map((segment) => segment.toLowerCase()) : segments;
  });
  const isIgnored = (path: string[]) =>
    patterns.some(
      (pattern) => pattern.length === path.length && pattern.every((segment, index) => segment === '*' || segment === path[index]),
    );

  const walk = (blues: unknown, greens: unknown, path: string[]): string[] => {
    if (isDeepStrictEqual(blues, greens) || isIgnored(path)) return [];
    const areLists = Array.isArray(blues) && Array.isArray(greens);
    if (areLists || (isFields(blues) && isFields(greens))) {
      const names = [...new Set([...Object.keys(blues), ...Object.keys(greens)])];
      return names.flatMap((name) => walk(inside(blues, name), inside(greens, name), [...path, name]));
    }
    const place = shorten(path.join('.') || 'the response', SHOWN_CHARACTERS);
    if (greens === undefined) return [`${place} is missing, and blue's is ${shown(blues)}`];
    return [`${place} is ${shown(greens)}, and blue ${blues === undefined ? 'has none' : `has ${shown(blues)}`}`];
  };
  return walk(comparable(blue), comparable(green), []);
}

const inside = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;

function comparable(response: unknown): unknown {
  if (!isHttpResponse(response)) return response;
  const headers = isFields(response.headers) ? Object.entries(response.headers) : [];
  return {
    statusCode: response.statusCode,
    headers: Object.fromEntries(
      headers.map(([name, value]) => [name.toLowerCase(), value]).filter(([name]) => !HEADERS_OF_ONE_ANSWER.includes(name as string)),
    ),
    body: contentOf(response),
  };
}

const shown = (value: unknown) => shorten(JSON.stringify(value), SHOWN_CHARACTERS);
