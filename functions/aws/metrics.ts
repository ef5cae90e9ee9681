import { type CloudWatchClient, GetMetricDataCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { ReleaseError } from '../release/errors.ts';
import type { Readings } from '../release/judge/datapoints.ts';
import type { MetricQuery } from '../release/judge/metrics.ts';

/** GetMetricData takes 500 queries. */
const QUERIES_PER_CALL = 500;

/**
 * What CloudWatch has for each query, by periods of so many minutes from `from` on until before `until`, both in minutes
 * since 1970; by the first minute of each period. A query that is there twice is asked once. Throws AwsUnavailable for half an answer.
 */
export async function readMetrics(
  cloudwatch: CloudWatchClient,
  queries: MetricQuery[],
  { from, until, periodMinutes = 1 }: { from: number; until: number; periodMinutes?: number },
): Promise<Readings> {
  const found = new Map<string, Map<number, number>>(queries.map((query) => [keyOf(query), new Map()]));
  const asked = [...new Map(queries.map((query) => [keyOf(query), query])).values()];
  for (let start = 0; start < asked.length; start += QUERIES_PER_CALL) {
    const batch = asked.slice(start, start + QUERIES_PER_CALL);
    const statuses = new Map<string, string>();
    let NextToken: string | undefined;
    do {
      const page = await cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(from * 60_000),
          EndTime: new Date(until * 60_000),
          MetricDataQueries: batch.map(({ namespace, metricName, dimensions, statistic }, index) => ({
            Id: `q${index}`,
            MetricStat: {
              Metric: {
                Namespace: namespace,
                MetricName: metricName,
                Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
              },
              Period: 60 * periodMinutes,
              Stat: statistic,
            },
          })),
          NextToken,
        }),
      );
      for (const { Id, StatusCode, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
        statuses.set(Id!, StatusCode!);
        const series = found.get(keyOf(batch[Number(Id!.slice(1))]!))!;
        for (const [index, time] of Timestamps.entries()) series.set(Math.floor(time.getTime() / 60_000), Values[index]!);
      }
      NextToken = page.NextToken;
    } while (NextToken);
    // A part of the truth may be that of one version only.
    const status = batch.map((_, index) => statuses.get(`q${index}`) ?? 'no result').find((one) => one !== 'Complete');
    if (status) throw new ReleaseError('AwsUnavailable', `CloudWatch has answered a part of the metrics only: ${status}`);
  }
  return (query) => found.get(keyOf(query));
}

const keyOf = (query: MetricQuery): string => JSON.stringify(query);

/** Reports how many releases are stuck at this time: alarm on `Teal` `StuckReleases` above 0. */
export async function putStuckReleases(cloudwatch: CloudWatchClient, count: number, at: string): Promise<void> {
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'Teal',
      MetricData: [{ MetricName: 'StuckReleases', Timestamp: new Date(at), Value: count, Unit: 'Count' }],
    }),
  );
}
