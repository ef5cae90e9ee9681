import * as v from 'valibot';
import { known } from './schema.ts';
import type { SmokeCall } from './smoke-test/calls.ts';
import { listTargets, targetKey } from './target.ts';

/** How green is made warm before it has any traffic: by so many requests at once, each of which Lambda gives an environment of its own. */

const MOST_REQUESTS = 100;

export interface WarmRequest {
  /** Requests at once to each green. */
  count: number;
  /** The first smoke test that says it only reads, or what tells that it is a warm-up, unless said. */
  payload?: unknown;
}

const count = v.pipe(
  v.number('is a number of requests such as 5'),
  v.integer('is a whole number'),
  v.minValue(1, 'is at least 1'),
  v.maxValue(MOST_REQUESTS, `is at most ${MOST_REQUESTS}`),
);

export const warmSchema = v.pipe(
  v.union(
    [count, known({ count, payload: v.optional(v.unknown()) })],
    `is a number from 1 to ${MOST_REQUESTS}, or { "count": 5, "payload": … }`,
  ),
  v.description('How many requests at once warm each green just before its first traffic'),
);

export const readWarm = (said: number | WarmRequest | undefined): WarmRequest | undefined =>
  typeof said === 'number' ? { count: said } : said;

export const WARM_UP_PAYLOAD = { source: 'teal.warm-up' };

/** What a target's green is warmed with; `calls` are those of the release's smoke tests. */
export function warmUpPayload(warm: WarmRequest, calls: SmokeCall[], target: { function: string; alias: string }): unknown {
  if ('payload' in warm) return warm.payload;
  // Many times at once is for requests alone that change nothing, which those are that blue answers too.
  const safe = calls.find((call) => call.test.compareWithBlue && targetKey(call.target) === targetKey(target));
  return safe ? safe.payload : WARM_UP_PAYLOAD;
}

/** What became of the requests at once to one green. */
export interface WarmedUp {
  target: { function: string; alias: string };
  count: number;
  /** How many ended in an error of the function's. */
  failed: number;
  /** How many Lambda had no concurrency for. */
  throttled: number;
}

/** "green of orders-api was warmed with 5 requests at once" */
export function describeWarmUp({ target, count: of, failed, throttled }: WarmedUp): string {
  const asked = of === 1 ? '1 request' : `${of} requests at once`;
  const notes = [
    ...(failed > 0 ? [`${failed} ended in an error, which alarms of the whole function count; the judge does not`] : []),
    ...(throttled > 0 ? [`${throttled} were throttled: the account, or the function, has no more concurrency`] : []),
  ];
  return [`green of ${listTargets([target])} was warmed with ${asked}`, ...notes].join('; ');
}
