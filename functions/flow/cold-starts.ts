import type { Aws } from '../aws/connect.ts';
import { readUnreservedConcurrency } from '../aws/function.ts';
import { readMetrics } from '../aws/metrics.ts';
import { isDenied, isTransient } from '../aws/transient.ts';
import { type BusiestHour, describeColdStarts, isQuiet } from '../release/cold-starts.ts';
import { minuteOf } from '../release/judge/judging.ts';
import { type AliasName, aliasQuery } from '../release/judge/metrics.ts';
import type { ReleaseRecord } from '../release/record.ts';

const DAY_MINUTES = 24 * 60;
const HOUR_MINUTES = 60;

/** What a release's traffic may ask of the account's concurrency, in words, for each target. That decides nothing: where AWS does not answer, nothing is said. */
export async function findColdStarts(
  { lambda, cloudwatch }: Pick<Aws, 'lambda' | 'cloudwatch'>,
  { targets, plan }: ReleaseRecord,
  at: string,
): Promise<string[][]> {
  try {
    const hours = await readBusiestHours(cloudwatch, targets, at);
    if (hours.every(isQuiet)) return targets.map(() => []);
    const unreserved = await readUnreservedConcurrency(lambda);
    return targets.map((target, index) => describeColdStarts(target, plan, hours[index]!, unreserved));
  } catch (error) {
    if (!isTransient(error) && !isDenied(error)) throw error;
    return targets.map(() => []);
  }
}

async function readBusiestHours(cloudwatch: Aws['cloudwatch'], targets: AliasName[], at: string): Promise<BusiestHour[]> {
  const queries = (target: AliasName) => [aliasQuery(target, 'Invocations', 'Sum'), aliasQuery(target, 'Duration', 'Average')] as const;
  const until = minuteOf(Date.parse(at));
  const readings = await readMetrics(cloudwatch, targets.flatMap(queries), {
    from: until - DAY_MINUTES,
    until,
    periodMinutes: HOUR_MINUTES,
  });
  return targets.map((target) => {
    const [requests, durations] = queries(target).map((query) => Math.max(0, ...(readings(query)?.values() ?? [])));
    return { requestsPerSecond: requests! / 3600, durationSeconds: durations! / 1000 };
  });
}
