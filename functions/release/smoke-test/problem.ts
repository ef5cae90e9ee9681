import { isDeepStrictEqual } from 'node:util';
import type { SmokeTest } from './request.ts';

/** What green answered to a smoke test. */
export interface SmokeAnswer {
  functionError?: string;
  payload: string;
}

const SHOWN_CHARACTERS = 200;

/** What is wrong with green's answer, in words; undefined when nothing is. */
export function findSmokeProblem(test: SmokeTest, { functionError, payload }: SmokeAnswer): string | undefined {
  const answer = payload.length > SHOWN_CHARACTERS ? `${payload.slice(0, SHOWN_CHARACTERS)}… (${payload.length} characters)` : payload;
  if (functionError) return `it failed: ${answer}`;
  let response: unknown;
  try {
    response = JSON.parse(payload);
  } catch {
    return `its response is not JSON: ${answer}`;
  }
  if (!test.expect) return undefined;
  const missing = findDifference(test.expect, response, '');
  return missing && `expected ${missing}, in the response ${answer}`;
}

/** The first place where `actual` lacks what `expected` has; objects may have more fields, everything else must be equal. */
function findDifference(expected: unknown, actual: unknown, path: string): string | undefined {
  if (
    typeof expected === 'object' &&
    expected !== null &&
    !Array.isArray(expected) &&
    typeof actual === 'object' &&
    actual !== null &&
    !Array.isArray(actual)
  ) {
    for (const [key, value] of Object.entries(expected)) {
      const difference = findDifference(value, (actual as Record<string, unknown>)[key], path ? `${path}.${key}` : key);
      if (difference) return difference;
    }
    return undefined;
  }
  if (isDeepStrictEqual(expected, actual)) return undefined;
  return `${path || 'the response'} to be ${JSON.stringify(expected)} but found ${actual === undefined ? 'nothing' : JSON.stringify(actual)?.slice(0, SHOWN_CHARACTERS)}`;
}
