import * as v from 'valibot';
import { known } from './schema.ts';

/** How a request names its targets: function by function, or all of a CloudFormation stack or of a tag that have the alias. */

export const functionName = v.pipe(
  v.string('is the name of a function'),
  v.regex(
    /^[a-zA-Z0-9-_]{1,64}$/,
    'is the name of a function (letters, digits, - and _, at most 64), without ARN or alias: { "function": "orders-api", "alias": "live" } names both',
  ),
);

export const aliasName = v.pipe(
  v.string('is the name of an alias'),
  v.check((name) => name !== '$LATEST', 'cannot be $LATEST: an alias splits traffic between published versions only'),
  v.regex(/^(?!\d+$)[a-zA-Z0-9-_]{1,128}$/, 'is the name of an alias (letters, digits, - and _, at most 128, not all digits)'),
);

const STACK = 'is the name of a CloudFormation stack, such as "orders-prod"';
const TAG = 'is a tag and its value, such as "service=orders"';

export const targetSchema = v.union(
  [
    functionName,
    v.pipe(
      known({
        function: v.optional(functionName),
        stack: v.optional(v.pipe(v.string(STACK), v.regex(/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/, STACK))),
        tag: v.optional(v.pipe(v.string(TAG), v.regex(/^[^=]{1,128}=.{0,256}$/, TAG))),
        alias: v.optional(aliasName, 'live'),
        version: v.optional(
          v.pipe(v.string('is a published version such as "42"'), v.regex(/^\d{1,9}$/, 'is a published version such as "42"')),
        ),
        codeSha256: v.optional(
          v.pipe(
            v.string('is the base64 SHA-256 of the code'),
            v.regex(/^[A-Za-z0-9+/]{43}=$/, 'is the base64 SHA-256 of the code, 44 characters'),
          ),
        ),
      }),
      v.check(
        (target) => [target.function, target.stack, target.tag].filter((named) => named !== undefined).length === 1,
        'says one of "function", "stack" and "tag"',
      ),
      v.check(
        (target) => target.function !== undefined || (target.version === undefined && target.codeSha256 === undefined),
        'can say "version" and "codeSha256" of a "function" only',
      ),
    ),
  ],
  'is a function name or an object with "function", "stack" or "tag"',
);

/** One function and one alias of it, with what pins the code that is released. */
export interface TargetRequest {
  function: string;
  alias: string;
  version?: string;
  codeSha256?: string;
}

/** Every function of a stack or of a tag that has the alias. */
export interface Selector {
  alias: string;
  /** "orders-prod" */
  stack?: string;
  /** "service=orders" */
  tag?: string;
}

/** What the schema has passed, taken apart. */
export function readTargets(said: v.InferOutput<typeof targetSchema>[]): { targets: TargetRequest[]; selectors: Selector[] } {
  const targets: TargetRequest[] = [];
  const selectors: Selector[] = [];
  for (const named of said) {
    if (typeof named === 'string') targets.push({ function: named, alias: 'live' });
    else {
      const { function: name, stack, tag, ...rest } = named;
      if (name === undefined) selectors.push({ alias: rest.alias, stack, tag });
      else targets.push({ function: name, ...rest });
    }
  }
  return { targets, selectors };
}
