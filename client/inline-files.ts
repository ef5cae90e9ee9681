import type { WrongField } from '../functions/release/schema.ts';
import { isFile } from '../functions/release/smoke-test/schema.ts';

/** Smoke tests whose payloads are files: Teal runs where those are not, so whoever sends a release puts their content into it. */

/** The text of a file, by its path from where it was named; undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

/** Where a smoke test may name a file. */
const PLACES = [['payload'], ['request', 'body'], ['schema']];

/**
 * Fields of a release, with the JSON that each `{ "$file": "smoke/checkout.json" }` of its smoke tests stands for. What is no
 * smoke test is left as it is: the schema of a release tells what is wrong with it.
 */
export function inlineFiles<Fields>(fields: Fields, readFile: ReadFile): { fields: Fields; wrong: WrongField[] } {
  const wrong: WrongField[] = [];
  if (!isObject(fields) || !Array.isArray(fields.smokeTests)) return { fields, wrong };
  const smokeTests = fields.smokeTests.map((test: unknown, index) =>
    PLACES.reduce(
      (so, place) =>
        replaceAt(so, place, (value) => {
          const read = readJsonFile(value.$file, readFile);
          if ('wrong' in read) wrong.push({ field: [`smokeTests[${index}]`, ...place].join('.'), message: read.wrong });
          return 'wrong' in read ? undefined : read.content;
        }),
      test,
    ),
  );
  return { fields: { ...fields, smokeTests }, wrong };
}

function replaceAt(value: unknown, [key, ...rest]: string[], read: (file: { $file: string }) => unknown): unknown {
  if (key === undefined) return isFile(value) ? read(value) : value;
  return isObject(value) && Object.hasOwn(value, key) ? { ...value, [key]: replaceAt(value[key], rest, read) } : value;
}

function readJsonFile(path: string, readFile: ReadFile): { content: unknown } | { wrong: string } {
  const text = readFile(path);
  if (text === undefined) return { wrong: `there is no file ${path}` };
  try {
    return { content: JSON.parse(text) };
  } catch (error) {
    return { wrong: `${path} is not JSON: ${(error as Error).message}` };
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
