import { type Invocation, type MetricSink, ServiceError } from '../service.ts';
import { ACCOUNT_CONCURRENCY } from './concurrency.ts';
import { conflict } from './function-errors.ts';
import type { FunctionReference } from './function-name.ts';
import { createInvocationMetrics } from './invocation-metrics.ts';
import type { LambdaState } from './records.ts';
import { type RoutedRequest, route } from './routing.ts';

export const LARGEST_SYNC_PAYLOAD_BYTES = 6_291_456;
export const LARGEST_ASYNC_PAYLOAD_BYTES = 1_048_576;

export interface InvocationRequest {
  reference: FunctionReference;
  payload: Uint8Array;
  requestId: string;
  traceId?: string;
}

/** Runs requests: each on the version its name leads to, within reserved concurrency, measured. */
export type RunInvocation = (request: InvocationRequest) => Promise<Invocation>;

export function createInvocations(state: LambdaState, sink: MetricSink): RunInvocation {
  const { ground, runtimes } = state;
  const metrics = createInvocationMetrics(sink);

  return async ({ reference, payload, requestId, traceId }) => {
    const startedAtMs = ground.clock.nowMs();
    const routed = route(state, reference);
    const { fn, version } = routed;
    if (version.state === 'Pending' || !version.serving) {
      throw conflict('The operation cannot be performed at this time. The function is currently in the following state: Pending');
    }
    const isReserved = fn.reservedConcurrency !== undefined;
    if (isReserved ? fn.running >= fn.reservedConcurrency! : unreservedLeft(state) <= 0) {
      metrics.throttled(dimensionsOf(routed, reference), startedAtMs);
      throw throttled(isReserved ? 'ReservedFunctionConcurrentInvocationLimitExceeded' : 'ConcurrentInvocationLimitExceeded');
    }

    const call = { payload, requestId, invokedFunctionArn: routed.invokedArn, ...(traceId && { traceId }) };
    fn.running++;
    const machineStartMs = performance.now();
    try {
      const answer = await ground.work.track(runtimes.invoke(version.serving, call)).catch(hostFailed);
      metrics.invoked(dimensionsOf(routed, reference), startedAtMs, {
        isError: answer.functionError !== undefined,
        durationMs: answer.durationMs ?? performance.now() - machineStartMs,
      });
      metrics.printed(startedAtMs, answer);
      return {
        executedVersion: version.version,
        payload: answer.payload,
        logTail: answer.logTail,
        ...(answer.functionError && { functionError: answer.functionError }),
      };
    } finally {
      fn.running--;
    }
  };
}

/** Throws RequestTooLargeException, or InvalidRequestContentException when the payload is not JSON. Nothing at all counts as `{}`. */
export function readPayload(payload: Uint8Array, type: 'RequestResponse' | 'Event'): Uint8Array {
  const limit = type === 'Event' ? LARGEST_ASYNC_PAYLOAD_BYTES : LARGEST_SYNC_PAYLOAD_BYTES;
  if (payload.length > limit) {
    throw new ServiceError(
      'RequestTooLargeException',
      `${payload.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
      413,
    );
  }
  if (payload.length === 0) return Buffer.from('{}');
  try {
    JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8'));
  } catch (error) {
    throw new ServiceError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`,
    );
  }
  return payload;
}

export const isThrottled = (error: unknown) => error instanceof ServiceError && error.code === 'TooManyRequestsException';

function hostFailed(error: unknown): never {
  throw new ServiceError(
    'ServiceException',
    `the local AWS could not run the function: ${error instanceof Error ? error.message : error}`,
    500,
  );
}

const throttled = (Reason: string) => new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason });

/**
 * What the functions without a reservation can still run at once: they share what nobody reserved. That a function gets
 * no more than 1,000 instances in 10 s needs no check of its own: the account has no more.
 */
function unreservedLeft({ functions }: LambdaState): number {
  let left = ACCOUNT_CONCURRENCY;
  for (const fn of functions.values()) left -= fn.reservedConcurrency ?? fn.running;
  return left;
}

/**
 * The sets of dimensions that Lambda counts a request under. `ExecutedVersion` exists for requests through an alias only,
 * so that the two versions of a split can be told apart.
 */
function dimensionsOf({ fn, version, alias }: RoutedRequest, { qualifier }: FunctionReference): Record<string, string>[] {
  const FunctionName = fn.name;
  const Resource = qualifier ? `${fn.name}:${qualifier}` : fn.name;
  return [
    {},
    { FunctionName },
    { FunctionName, Resource },
    ...(alias ? [{ FunctionName, Resource, ExecutedVersion: version.version }] : []),
  ];
}
