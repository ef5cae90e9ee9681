import {
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  type Metric,
  type MetricDatum,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { aMetric, MINUTE_MS, minuteFromNow, putAlarm } from './metrics.ts';

// CloudWatch user guide, "CloudWatch statistics definitions"; API reference, PutMetricAlarm, GetMetricStatistics.

const account = await openAccount();
afterAll(account.close);
const { cloudwatch, name } = account;
const start = minuteFromNow(account, -10);

/** Ten durations: 10, 20, … 100. */
const tens = aMetric(account, 'Tens');
/** Ready-made statistics of values that were all alike. */
const alike = aMetric(account, 'Alike');
const summary = aMetric(account, 'Summary');
const negative = aMetric(account, 'Negative');
const five = aMetric(account, 'Five');

const Values = Array.from({ length: 10 }, (_, at) => (at + 1) * 10);
const DATA: [Metric, Partial<MetricDatum>][] = [
  [tens, { Values }],
  [alike, { StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 5, Maximum: 5 } }],
  [summary, { StatisticValues: { SampleCount: 4, Sum: 20, Minimum: 4, Maximum: 6 } }],
  [negative, { Values: [-1, 1] }],
  [five, { Values: [1, 2, 3, 4, 5] }],
];

beforeAll(async () => {
  for (const [{ Namespace, MetricName, Dimensions }, datum] of DATA) {
    await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName, Dimensions, Timestamp: start, ...datum }] }));
  }
  const areThere = async () => {
    const counts = await Promise.all(DATA.map(([metric]) => read(metric, 'SampleCount')));
    return counts.every(({ length }) => length);
  };
  await account.until('the metrics are there', areThere, 300);
});

async function read(metric: Metric, Stat: string): Promise<number[]> {
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: start,
      EndTime: new Date(start.getTime() + MINUTE_MS),
      MetricDataQueries: [{ Id: 'm', MetricStat: { Metric: metric, Period: 60, Stat } }],
    }),
  );
  return MetricDataResults![0]!.Values!;
}

test.each([
  // "TC(80:500) uses only the values that are between 80 (exclusive) and 500 (inclusive). TC(:0.5) uses only the values that equal 0.5 or are lower."
  ['TC(30:60)', 3],
  ['TC(30:)', 7],
  ['TC(30.5:)', 7],
  ['TC(:30)', 3],
  ['TC(0.5:200)', 10],
  ['TS(30:60)', 150],
  ['TS(80:)', 190],
  ['TM(30:60)', 50],
  ['TM(:30)', 20],
  // "TM(2%:98%) calculates the average after removing the 2% lowest data points and the 2% highest data points."
  ['TC(10%:90%)', 8],
  ['TC(10%:)', 9],
  ['TC(:90%)', 9],
  ['TS(80%:)', 190],
  ['TM(10%:90%)', 55],
  ['TM(10%:)', 60],
  // "tm99 … is the same as TM(:99%)."
  ['tc90', 9],
  ['ts90', 450],
  ['tm90', 50],
  // "PR(:300) returns the percentage of data points that have a value of 300 or less", exclusive on the lower bound.
  ['PR(:30)', 30],
  ['PR(30:60)', 30],
  ['PR(30:)', 70],
  // "WM(10%:90%) calculates the average while treating the highest 10% … to be the value of the 90% boundary."
  ['wm90', 54],
  ['WM(10%:90%)', 54],
  ['WM(:80%)', 52],
  ['p90', 90],
])('%s of 10, 20 to 100 is %d', async (statistic, expected) => {
  expect(await read(tens, statistic)).toEqual([expected]);
});

test('IQM is TM(25%:75%)', async () => {
  expect(await read(tens, 'IQM')).toEqual(await read(tens, 'TM(25%:75%)'));
});

test('bins of percentile ranks make a histogram: together they are all values', async () => {
  const bins = await Promise.all(['PR(:10)', 'PR(10:50)', 'PR(50:)'].map((bin) => read(tens, bin)));
  expect(bins).toEqual([[10], [40], [50]]);
});

test('statistics of how values are distributed need raw data, or values that were all alike', async () => {
  for (const statistic of ['TC(4:)', 'TM(:90%)', 'PR(:5)', 'p50']) expect(await read(summary, statistic)).toEqual([]);
  expect(await read(alike, 'TC(4:)')).toEqual([4]);
  expect(await read(alike, 'tm90')).toEqual([5]);
});

test('there are none of them where a value is negative', async () => {
  for (const statistic of ['TC(0:)', 'TS(:5)', 'IQM', 'p50']) expect(await read(negative, statistic)).toEqual([]);
});

test.each(['tm101', 'TM99', 'TC', 'TC()', 'TC(5)', 'tc(1:2)', 'PR(1%:2%)', 'PR90', 'XX(1:2)'])('%s is no statistic', async (statistic) => {
  await expect(read(tens, statistic)).rejects.toMatchObject({ Code: 'ValidationError' });
});

// PutMetricAlarm, ExtendedStatistic: the values that it takes.
test.each(['p90', 'tm90', 'tc90', 'ts90', 'wm90', 'IQM', 'PR(1:2)', 'TC(10%:90%)', 'TM(10%:90%)', 'TS(20%:80%)', 'WM(10%:90%)'])(
  'an alarm takes the extended statistic %s',
  async (ExtendedStatistic) => {
    await putAlarm(account, name(`of-${ExtendedStatistic.replace(/\W/g, '-')}`), tens, { Statistic: undefined, ExtendedStatistic });
  },
);

test('question: does TC(x:) answer 0 for a period without a value above x, or nothing? Assumed: 0, and TM nothing', async () => {
  expect(await read(tens, 'TC(100:)')).toEqual([0]);
  expect(await read(tens, 'TS(100:)')).toEqual([0]);
  expect(await read(tens, 'PR(100:)')).toEqual([0]);
  expect(await read(tens, 'TM(100:)')).toEqual([]);
});

test('question: how many of 5 values are the lowest 10 %? Assumed: up to the rank of the percentile, so 1 of them', async () => {
  expect(await read(five, 'TC(:10%)')).toEqual([1]);
  expect(await read(five, 'TC(10%:)')).toEqual([4]);
  expect(await read(five, 'tm90')).toEqual([3]);
});

test('question: does GetMetricStatistics, whose reference names percentiles only, take trimmed statistics? Assumed: yes', async () => {
  const { Datapoints } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      ...tens,
      StartTime: start,
      EndTime: new Date(start.getTime() + MINUTE_MS),
      Period: 60,
      ExtendedStatistics: ['p90', 'TC(30:)', 'tm90', 'PR(:30)'],
    }),
  );
  expect(Datapoints).toMatchObject([{ ExtendedStatistics: { p90: 90, 'TC(30:)': 7, tm90: 50, 'PR(:30)': 30 } }]);
});
