import * as v from 'valibot';
import { describeIssues, repeated } from '../request.ts';
import { plainObject, type WrongField } from '../schema.ts';
import { aliasName, functionName } from '../target-schema.ts';

/** What an adoption can say. */

const MOST_FUNCTIONS = 20;

const schema = v.pipe(
  plainObject('is an object'),
  v.objectWithRest(
    {
      functions: v.pipe(
        v.array(functionName, 'is a list of the names of functions'),
        v.minLength(1, 'names at least one function'),
        v.maxLength(MOST_FUNCTIONS, `has at most ${MOST_FUNCTIONS} functions: adopt the others in a call of their own`),
      ),
      alias: v.optional(aliasName, 'live'),
    },
    v.never('is not a field of an adoption'),
  ),
);

export interface AdoptionRequest {
  functions: string[];
  alias: string;
}

/** Reads what a person sent. Everything that is wrong is told at once. */
export function parseAdoption(input: unknown): AdoptionRequest | { wrong: WrongField[] } {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { wrong: [{ field: '', message: 'an adoption is a JSON object such as { "functions": ["orders-api"] }' }] };
  const parsed = v.safeParse(schema, input, { abortPipeEarly: true });
  if (!parsed.success) return { wrong: describeIssues(parsed.issues) };
  const { functions, alias } = parsed.output;
  const twice = repeated(functions, 'functions');
  return twice.length > 0 ? { wrong: twice } : { functions, alias };
}
