import { isObject } from '../json-protocol.ts';
import { compileValueMatch, isScalar, onlyEntry, patternError, type Scalar, type ValueMatch } from './value-match.ts';

/** Whether an event, or the part of it that a key names (`undefined` when absent), matches. */
export type EventMatch = (value: unknown) => boolean;

/** Compiles the JSON of an event pattern. Throws InvalidEventPatternException, naming an operator that does not exist. */
export function compileEventPattern(json: string): EventMatch {
  let pattern: unknown;
  try {
    pattern = JSON.parse(json);
  } catch {
    throw patternError('it is not valid JSON');
  }
  if (!isObject(pattern)) throw patternError('Filter is not an object');
  return compileObject(pattern, '');
}

function compileObject(pattern: Record<string, unknown>, path: string): EventMatch {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw patternError(`${path || 'the pattern'} must not be an empty object`);
  const tests = entries.map(([key, part]) => (key === '$or' ? compileOr(part, path) : compileKey(key, part, path)));
  // All keys of one pattern object must hold in the same element of a list.
  const matches = (value: unknown): boolean =>
    Array.isArray(value) ? value.some(matches) : tests.every((test) => test(isObject(value) ? value : {}));
  return matches;
}

function compileOr(alternatives: unknown, path: string): EventMatch {
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isObject)) {
    throw patternError('$or must be an array of at least two objects');
  }
  const tests = alternatives.map((alternative) => compileObject(alternative, path));
  return (value) => tests.some((test) => test(value));
}

function compileKey(key: string, part: unknown, path: string): EventMatch {
  const here = path ? `${path}.${key}` : key;
  const test = compilePart(part, here);
  return (value) => test((value as Record<string, unknown>)[key]);
}

function compilePart(part: unknown, path: string): EventMatch {
  if (isObject(part)) return compileObject(part, path);
  if (!Array.isArray(part)) throw patternError(`"${path}" must be an object or an array`);
  if (part.length === 0) throw patternError('Empty arrays are not allowed');
  const tests = part.map((element) => compileLeaf(element, path));
  return (value) => {
    const leaves = leavesOf(value);
    return tests.some((test) => test(leaves));
  };
}

function compileLeaf(element: unknown, path: string): (leaves: Scalar[]) => boolean {
  if (isObject(element) && 'exists' in element) {
    const [, expected] = onlyEntry(element, path);
    if (typeof expected !== 'boolean') throw patternError('exists match pattern must be either true or false.');
    return (leaves) => leaves.length > 0 === expected;
  }
  const test: ValueMatch = compileValueMatch(element, path);
  return (leaves) => leaves.some(test);
}

/** `exists` and the comparisons look at leaves only: an object is none, a list is those that it holds. */
const leavesOf = (value: unknown): Scalar[] => (Array.isArray(value) ? value.flatMap(leavesOf) : isScalar(value) ? [value] : []);
