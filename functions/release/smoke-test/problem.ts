import { isDeepStrictEqual } from 'node:util';
import { type Schema, Validator } from '@cfworker/json-schema';
import { listFew, shorten } from '../words.ts';
import { contentOf, type Fields, isFields, isHttpResponse, readDuration, type SmokeAnswer, toHttpResponse } from './answer.ts';
import { findDifferences } from './difference.ts';
import type { SmokeTest } from './request.ts';

const SHOWN_CHARACTERS = 200;
/** Of what differs, and of what a schema does not allow. */
const MOST_PLACES = 5;

/** What is wrong with green's answer, in words; undefined when nothing is. With an answer of blue: also what of green's is not as blue's. */
export function findSmokeProblem(test: SmokeTest, green: SmokeAnswer, blue?: SmokeAnswer & { version: string }): string | undefined {
  const read = readAnswer(test, green);
  if ('wrong' in read) return read.wrong;
  const { response } = read;
  return (
    findWrongStatus(test, response, green) ??
    findUnexpected(test, response, green) ??
    findUnfit(test, response) ??
    findSlow(test, green) ??
    (blue && findUnlikeBlue(test, response, blue))
  );
}

function readAnswer({ request }: SmokeTest, answer: SmokeAnswer): { response: unknown } | { wrong: string } {
  if (answer.functionError) return { wrong: `it failed: ${shown(answer)}` };
  try {
    const response: unknown = JSON.parse(answer.payload);
    return { response: request ? toHttpResponse(response) : response };
  } catch {
    return { wrong: `its response is not JSON: ${shown(answer)}` };
  }
}

/** An HTTP request fails by its status unless the test expects that one. */
function findWrongStatus({ request, expect }: SmokeTest, response: unknown, answer: SmokeAnswer): string | undefined {
  if (!request || expect?.statusCode !== undefined) return undefined;
  const { statusCode } = response as Fields;
  const isGood = typeof statusCode === 'number' && statusCode >= 200 && statusCode < 400;
  return isGood ? undefined : `expected a statusCode of 200 to 399 but found ${json(statusCode)}, in the response ${shown(answer)}`;
}

function findUnexpected({ expect }: SmokeTest, response: unknown, answer: SmokeAnswer): string | undefined {
  const missing =
    expect && (isHttpResponse(response) ? findMissing(named(expect, response), read(expect, response)) : findMissing(expect, response));
  return missing && `expected ${missing}, in the response ${shown(answer)}`;
}

/** Names of headers are the same in any case: those that are expected become those that are there. */
function named(expect: Fields, { headers }: Fields): Fields {
  if (!isFields(expect.headers) || !isFields(headers)) return expect;
  const there = Object.keys(headers);
  const nameOf = (name: string) =>
    Object.hasOwn(headers, name) ? name : (there.find((other) => other.toLowerCase() === name.toLowerCase()) ?? name);
  return { ...expect, headers: Object.fromEntries(Object.entries(expect.headers).map(([name, value]) => [nameOf(name), value])) };
}

/** A body that is expected as text is compared as text, any other as the JSON that it is. */
const read = (expect: Fields, response: Fields): Fields =>
  expect.body === undefined || typeof expect.body === 'string' ? response : { ...response, body: contentOf(response) };

/** The first place where `actual` lacks what `expected` has; objects may have more fields, everything else must be equal. */
function findMissing(expected: unknown, actual: unknown, path = ''): string | undefined {
  if (isFields(expected) && isFields(actual)) {
    for (const [key, value] of Object.entries(expected)) {
      const missing = findMissing(value, actual[key], path ? `${path}.${key}` : key);
      if (missing) return missing;
    }
    return undefined;
  }
  if (isDeepStrictEqual(expected, actual)) return undefined;
  return `${shorten(path || 'the response', SHOWN_CHARACTERS)} to be ${json(expected)} but found ${actual === undefined ? 'nothing' : json(actual)}`;
}

function findUnfit({ schema }: SmokeTest, response: unknown): string | undefined {
  if (!schema) return undefined;
  const what = isHttpResponse(response) ? 'its body' : 'its response';
  const content = contentOf(response);
  if (content === undefined) return `${what} is missing, and schema wants one`;
  try {
    const { valid, errors } = new Validator(schema as Schema, draftOf(schema), false).validate(content);
    if (valid) return undefined;
    // What holds others is told by what it holds.
    const places = errors.filter((error) => !errors.some((other) => other.keywordLocation.startsWith(`${error.keywordLocation}/`)));
    const texts = places.map(
      ({ instanceLocation, error }) => `${instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.') || 'all of it'}: ${error}`,
    );
    return `${what} does not fit the schema: ${listFew(
      texts.map((text) => shorten(text, SHOWN_CHARACTERS)),
      ' ',
      MOST_PLACES,
    )}`;
  } catch (error) {
    // A $ref that leads nowhere, a pattern that is none.
    return `its schema cannot be used: ${shorten((error as Error).message.split('\n')[0]!, SHOWN_CHARACTERS)}`;
  }
}

/** By the schema's own `$schema`; the newest where it names none. Draft 6 is read as 7, which it is a part of. */
const DRAFTS = [
  ['draft-04', '4'],
  ['draft-06', '7'],
  ['draft-07', '7'],
  ['2019-09', '2019-09'],
] as const;

const draftOf = ({ $schema }: Fields) => DRAFTS.find(([name]) => String($schema).includes(name))?.[1] ?? '2020-12';

function findSlow({ maxDurationMs }: SmokeTest, { logTail }: SmokeAnswer): string | undefined {
  if (maxDurationMs === undefined) return undefined;
  const took = readDuration(logTail ?? '');
  if (!took)
    return 'Lambda does not report how long it took, so maxDurationMs says nothing: set the level of its system log to INFO, or leave maxDurationMs out';
  if (took.handlerMs <= maxDurationMs) return undefined;
  const start = took.initMs > 0 ? `, after ${took.initMs} ms to start` : '';
  return `it took ${took.handlerMs} ms${start}, and maxDurationMs is ${maxDurationMs}`;
}

function findUnlikeBlue(test: SmokeTest, response: unknown, blue: SmokeAnswer & { version: string }): string | undefined {
  const what = `blue (version ${blue.version})`;
  const blues = readAnswer(test, blue);
  if ('wrong' in blues)
    return `it cannot be compared with ${what}: ${blues.wrong.replace(/^it /, 'that ').replace(/^its /, 'that one’s ')}`;
  const ignored = typeof test.compareWithBlue === 'object' ? test.compareWithBlue.ignore : [];
  const differences = findDifferences(blues.response, response, ignored);
  return differences.length === 0 ? undefined : `its answer is not as that of ${what}: ${listFew(differences, '; ', MOST_PLACES)}`;
}

const json = (value: unknown) => shorten(String(JSON.stringify(value)), SHOWN_CHARACTERS);

const shown = ({ payload }: SmokeAnswer): string =>
  payload.length > SHOWN_CHARACTERS ? `${payload.slice(0, SHOWN_CHARACTERS)}… (${payload.length} characters)` : payload;
