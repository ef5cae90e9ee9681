import type { Timer } from '../clock.ts';
import { ServiceError } from '../service.ts';
import { type InvocationRequest, isThrottled, type RunInvocation } from './invocation.ts';
import { findFunction, findVersion, type LambdaState } from './records.ts';

const MINUTE_MS = 60_000;
const RETRY_WAITS_MS = [1 * MINUTE_MS, 2 * MINUTE_MS];
const LONGEST_EVENT_AGE_SECONDS = 21_600;
const FIRST_THROTTLE_WAIT_MS = 1000;
const LONGEST_THROTTLE_WAIT_MS = 5 * MINUTE_MS;

interface QueuedEvent {
  request: InvocationRequest;
  queuedAtMs: number;
  failures: number;
  throttles: number;
}

export interface AsyncInvocations {
  /** Queues a request and returns; `hand` may start it late, twice or never. Throws ResourceNotFoundException. */
  enqueue(request: InvocationRequest, hand?: (start: () => void) => void): void;
  close(): void;
}

/**
 * Lambda's queue of asynchronous requests. A function that fails is tried again after one and two minutes, or as its
 * event invoke config says; a throttled one after a wait that doubles from a second to five minutes, until the event is too old.
 */
export function createAsyncInvocations(state: LambdaState, run: RunInvocation): AsyncInvocations {
  const { ground } = state;
  const waiting = new Set<Timer>();
  let isClosed = false;

  const attempt = async (event: QueuedEvent): Promise<void> => {
    try {
      const { functionError } = await run(event.request);
      if (!functionError) return;
      const waitMs = RETRY_WAITS_MS[event.failures++];
      if (waitMs !== undefined && event.failures <= limitsOf(event).retries) tryAgain(event, waitMs);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      // Like Lambda itself, the queue goes on trying while the service cannot take the request, and gives up when the function is gone.
      if (!isThrottled(error) && error.code === 'ResourceNotFoundException') return;
      tryAgain(event, Math.min(FIRST_THROTTLE_WAIT_MS * 2 ** event.throttles++, LONGEST_THROTTLE_WAIT_MS));
    }
  };

  const tryAgain = (event: QueuedEvent, waitMs: number) => {
    const dueMs = ground.clock.nowMs() + waitMs;
    if (isClosed || dueMs - event.queuedAtMs > limitsOf(event).ageSeconds * 1000) return;
    const timer = ground.clock.at(dueMs, () => {
      waiting.delete(timer);
      start(event);
    });
    waiting.add(timer);
  };

  const start = (event: QueuedEvent) => {
    void ground.work.track(attempt(event));
  };

  const limitsOf = ({ request: { reference } }: QueuedEvent) => {
    const config = state.functions.get(reference.name)?.eventInvokeConfigs.get(reference.qualifier ?? '$LATEST');
    return {
      retries: config?.maximumRetryAttempts ?? RETRY_WAITS_MS.length,
      ageSeconds: config?.maximumEventAgeSeconds ?? LONGEST_EVENT_AGE_SECONDS,
    };
  };

  return {
    enqueue(request, hand = (startNow) => startNow()) {
      findVersion(state, findFunction(state, request.reference), request.reference.qualifier);
      const queuedAtMs = ground.clock.nowMs();
      hand(() => start({ request, queuedAtMs, failures: 0, throttles: 0 }));
    },
    close() {
      isClosed = true;
      for (const timer of waiting) timer.cancel();
      waiting.clear();
    },
  };
}
