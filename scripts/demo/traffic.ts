import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { ALIAS, FUNCTION, requestOf } from './mobile-api.ts';
import type { Happening } from './story.ts';

/** Between two requests, of the machine's time: 80 a second, which two cores carry beside Teal's own functions. */
const EVERY_MS = 12.5;

/** Users: a request 80 times a second through the alias, whether or not the one before has been answered. Every answer is told, none is retried. */
export function startTraffic(lambda: LambdaClient, nowMs: () => number, tell: (happening: Happening) => void): { stop(): Promise<void> } {
  const underWay = new Set<Promise<void>>();
  let count = 0;

  const send = async () => {
    const startedMs = nowMs();
    const payload = Buffer.from(JSON.stringify(requestOf(++count)));
    const answer = await lambda.send(new InvokeCommand({ FunctionName: FUNCTION, Qualifier: ALIAS, Payload: payload })).then(
      ({ ExecutedVersion, FunctionError, Payload }) => ({
        version: ExecutedVersion,
        ...(FunctionError && { failure: messageOf(Payload?.transformToString() ?? '') }),
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

/** The message of the error that a function threw. */
function messageOf(payload: string): string {
  try {
    return String((JSON.parse(payload) as { errorMessage?: unknown }).errorMessage);
  } catch {
    return payload;
  }
}
