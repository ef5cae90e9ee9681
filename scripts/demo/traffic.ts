import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { ALIAS, FUNCTION, requestOf } from './mobile-api.ts';
import type { Happening } from './story.ts';

/** Between two requests, of the machine's time: some 150 a second, which two cores carry beside Teal's own functions. */
const EVERY_MS = 6;

/** Users: a request some 150 times a second through the alias, whether or not the one before has been answered. Every answer is told, none is retried. */
export function startTraffic(lambda: LambdaClient, nowMs: () => number, tell: (happening: Happening) => void): { stop(): Promise<void> } {
  const underWay = new Set<Promise<void>>();
  let count = 0;

  const send = async () => {
    const startedMs = nowMs();
    const payload = Buffer.from(JSON.stringify(requestOf(++count)));
    const answer = await lambda.send(new InvokeCommand({ FunctionName: FUNCTION, Qualifier: ALIAS, Payload: payload })).then(
      ({ ExecutedVersion, FunctionError, Payload }) => ({
        version: ExecutedVersion,
        failure: failureOf(Payload?.transformToString() ?? '', FunctionError !== undefined),
      }),
      (error: Error) => ({ failure: `${error.name}: ${error.message}` }),
    );
    tell({ type: 'request', startedMs, endedMs: nowMs(), ...answer });
  };
  const timer = setInterval(() => {
    const request: Promise<void> = send().finally(() => underWay.delete(request));
    underWay.add(request);
  }, EVERY_MS);

  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

/** What a person at the other end would call a failure: the error that the function threw, or an answer of 500 and more; undefined when it is none. */
export function failureOf(payload: string, hasThrown: boolean): string | undefined {
  try {
    const { errorMessage, statusCode, message } = JSON.parse(payload) as { errorMessage?: unknown; statusCode?: number; message?: unknown };
    if (hasThrown) return String(errorMessage);
    return statusCode === undefined || statusCode >= 500 ? String(message ?? payload) : undefined;
  } catch {
    return payload || 'nothing';
  }
}
