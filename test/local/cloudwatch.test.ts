import { GetMetricDataCommand, GetMetricStatisticsCommand, ListMetricsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { aCloudWatch, aMetric, DAY, MINUTE, START } from './a-cloudwatch.ts';

test('PutMetricData takes values, value lists and ready-made statistics, which GetMetricStatistics answers by unit', async () => {
  const { client } = aCloudWatch();
  const Timestamp = new Date(START - MINUTE);
  await client.send(
    new PutMetricDataCommand({
      Namespace: 'Shop',
      MetricData: [
        { MetricName: 'Latency', Value: 10, Unit: 'Milliseconds', Timestamp },
        { MetricName: 'Latency', Values: [20, 40], Counts: [3, 1], Unit: 'Milliseconds', Timestamp },
        { MetricName: 'Latency', StatisticValues: { SampleCount: 4, Sum: 8, Minimum: 1, Maximum: 3 }, Timestamp },
      ],
    }),
  );
  const { Label, Datapoints } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: 'Shop',
      MetricName: 'Latency',
      StartTime: new Date(START - 5 * MINUTE),
      EndTime: new Date(START),
      Period: 60,
      Statistics: ['Average', 'Sum', 'SampleCount', 'Maximum'],
      ExtendedStatistics: ['p50'],
    }),
  );
  expect(Label).toBe('Latency');
  expect(Datapoints).toEqual([
    { Timestamp, Unit: 'Milliseconds', Average: 22, Sum: 110, SampleCount: 5, Maximum: 40, ExtendedStatistics: { p50: 20 } },
    { Timestamp, Unit: 'None', Average: 2, Sum: 8, SampleCount: 4, Maximum: 3, ExtendedStatistics: {} },
  ]);
});

test.each([
  ['a time too far ahead', { Timestamp: new Date(START + 3 * 60 * MINUTE), Value: 1 }, 'two hours in the future'],
  ['a time too long ago', { Timestamp: new Date(START - 15 * DAY), Value: 1 }, 'past two weeks'],
  ['NaN', { Value: Number.NaN }, 'NaN'],
  ['high resolution', { Value: 1, StorageResolution: 1 }, 'StorageResolution of 1'],
  ['two kinds of value', { Value: 1, Values: [1] }, 'Value and Values'],
])('PutMetricData refuses %s', async (_what, datum, named) => {
  const { client } = aCloudWatch();
  const request = new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [{ MetricName: 'x', ...datum }] });
  await expect(client.send(request)).rejects.toThrow(named);
});

test('PutMetricData refuses the namespaces of AWS', async () => {
  const { client } = aCloudWatch();
  const request = new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData: [{ MetricName: 'Errors', Value: 1 }] });
  await expect(client.send(request)).rejects.toMatchObject({ name: 'InvalidParameterValueException', Code: 'InvalidParameterValue' });
});

test('GetMetricData answers the newest first, without the data from EndTime on', async () => {
  const { client, recordEach } = aCloudWatch();
  recordEach(0, [1, 2, 3, 4, 5, 6, 7]);
  const { MetricDataResults } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(START + 30_000),
      EndTime: new Date(START + 6 * MINUTE),
      MetricDataQueries: [
        aMetric('one', 'Errors', { ReturnData: true }),
        {
          ...aMetric('five', 'Errors', { ReturnData: true, Label: 'by five' }),
          MetricStat: { ...aMetric('x', 'Errors').MetricStat!, Period: 300 },
        },
      ],
    }),
  );
  expect(MetricDataResults).toMatchObject([
    { Id: 'one', Label: 'Errors', StatusCode: 'Complete', Values: [6, 5, 4, 3, 2, 1] },
    { Id: 'five', Label: 'by five', Values: [6, 15], Timestamps: [new Date(START + 5 * MINUTE), new Date(START)] },
  ]);
});

test('ListMetrics lists by namespace, name and dimension what had data in two weeks', async () => {
  const { client, record, clock } = aCloudWatch();
  record(0, 1);
  record(0, 1, 'Calls');
  const list = async (input: object) => (await client.send(new ListMetricsCommand(input))).Metrics!.map(({ MetricName }) => MetricName);
  expect(await list({ Namespace: 'Shop' })).toEqual(['Errors', 'Calls']);
  expect(await list({ MetricName: 'Calls', Dimensions: [{ Name: 'FunctionName', Value: 'web' }] })).toEqual(['Calls']);
  expect(await list({ Dimensions: [{ Name: 'Version' }] })).toEqual([]);
  await clock.advanceTo(START + 15 * DAY);
  expect(await list({})).toEqual([]);
});

test('one-minute data lives 15 days, five-minute data longer', async () => {
  const { client, recordEach, record, clock } = aCloudWatch();
  recordEach(0, [1, 2, 3, 4, 5]);
  await clock.advanceTo(START + 16 * DAY);
  record(16 * 24 * 60, 1);
  const read = async (Period: number) => {
    const MetricStat = { ...aMetric('m', 'Errors').MetricStat!, Period };
    const query = { MetricDataQueries: [{ Id: 'm', MetricStat }], StartTime: new Date(START), EndTime: new Date(START + 10 * MINUTE) };
    return (await client.send(new GetMetricDataCommand(query))).MetricDataResults![0]!.Values;
  };
  expect(await read(60)).toEqual([]);
  expect(await read(300)).toEqual([15]);
});
