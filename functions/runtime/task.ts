import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { isTransient } from '../aws/transient.ts';
import { ReleaseError } from '../release/errors.ts';
import { assertReadable } from '../release/format.ts';

/** The one middy stack of everything that is not HTTP: one line of log in, one out, and errors with names that the state machine knows. */
export function task<Event, Result>(handle: (event: Event, context: Context) => Promise<Result>) {
  return middy<Event, Result, Error, Context>()
    .use({
      before: ({ event, context }) => {
        log('info', context, 'begins', { event: withoutSecrets(event) });
        assertReadable('the call', versionOf(event));
      },
      after: ({ context, response }) => log('info', context, 'ends', { result: response }),
      onError: (request) => {
        const error = request.error!;
        log('error', request.context, error.message, { error: error.name, stack: error.stack });
        // A new error is not a response: middy takes a returned value for success, so the error itself is replaced.
        if (!(error instanceof ReleaseError) && isTransient(error)) {
          request.error = new ReleaseError('AwsUnavailable', `${error.name}: ${error.message}`, { cause: error });
        }
      },
    })
    .handler(handle);
}

/** The first format said no version, and what comes from AWS itself has none. */
const versionOf = (event: unknown) => (event as { formatVersion?: number } | null)?.formatVersion ?? 1;

/** One JSON object a line: Logs Insights finds its fields behind the prefix that Lambda writes. */
export function log(
  level: 'info' | 'error',
  context: Pick<Context, 'awsRequestId' | 'functionName'>,
  message: string,
  fields: Record<string, unknown>,
): void {
  console[level](JSON.stringify({ level, function: context.functionName, requestId: context.awsRequestId, message, ...fields }));
}

/**
 * A task token is the right to settle a bake, a response URL that to answer CloudFormation, and a request's smoke tests may
 * carry a user's credentials: none is in a log.
 */
const SECRET = new Set(['token', 'input', 'state', 'ResponseURL']);

function withoutSecrets(event: unknown): unknown {
  if (typeof event !== 'object' || event === null) return event;
  return Object.fromEntries(Object.entries(event).map(([name, value]) => [name, SECRET.has(name) ? '…' : value]));
}
