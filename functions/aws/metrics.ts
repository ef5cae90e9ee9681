import { type CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';

/** Reports how many releases are stuck at this time: alarm on `Teal` `StuckReleases` above 0. */
export async function putStuckReleases(cloudwatch: CloudWatchClient, count: number, at: string): Promise<void> {
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'Teal',
      MetricData: [{ MetricName: 'StuckReleases', Timestamp: new Date(at), Value: count, Unit: 'Count' }],
    }),
  );
}
