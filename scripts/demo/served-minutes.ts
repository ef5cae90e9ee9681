import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { readMetrics } from '../../functions/aws/metrics.ts';
import { lambdaQuery, reportedQuery } from '../../functions/release/judge/metrics.ts';
import { ALIAS, FUNCTION } from './mobile-api.ts';

const MINUTE_MS = 60_000;
const LONGEST_AGE_MINUTES = 60;

/** In how many whole cloud minutes of the last hour CloudWatch has both durations and reported failures of a version: what the judge's limits come from. */
export async function countServedMinutes(cloudwatch: CloudWatchClient, version: string, nowMs: number): Promise<number> {
  const target = { function: FUNCTION, alias: ALIAS };
  const durations = lambdaQuery(target, version, 'Duration', 'SampleCount');
  const reported = reportedQuery(target, version, 'SampleCount');
  const until = Math.floor(nowMs / MINUTE_MS);
  const readings = await readMetrics(cloudwatch, [durations, reported], { from: until - LONGEST_AGE_MINUTES, until });
  return [...readings(durations)!.keys()].filter((minute) => readings(reported)!.has(minute)).length;
}
