import {
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
  ListMetricsCommand,
  type MetricDataQuery,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { aMetric, aQuery, MINUTE_MS, minuteFromNow, putValues } from './metrics.ts';

// CloudWatch user guide, "Metrics concepts", "Using math expressions with CloudWatch metrics"; API reference,
// PutMetricData, GetMetricData, GetMetricStatistics, ListMetrics.

const account = await openAccount();
afterAll(account.close);
const { cloudwatch, name } = account;
const Namespace = name('shop');
/** Ten minutes ago: all of it is over. */
const start = minuteFromNow(account, -10);
const at = (minutes: number) => new Date(start.getTime() + minutes * MINUTE_MS);

/** Asks for metric data until every query has some, or `mayBeEmpty`. */
async function getData(MetricDataQueries: MetricDataQuery[], more: object = {}, mayBeEmpty = false) {
  const ask = async () => {
    const { MetricDataResults } = await cloudwatch.send(
      new GetMetricDataCommand({ StartTime: start, EndTime: at(10), MetricDataQueries, ...more }),
    );
    return mayBeEmpty || MetricDataResults!.every(({ Values }) => Values!.length) ? MetricDataResults : undefined;
  };
  return account.until('there is metric data', ask, 300);
}

test('PutMetricData takes values, value lists and ready-made statistics, which GetMetricStatistics answers by unit', async () => {
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: [
        { MetricName: 'Latency', Value: 10, Unit: 'Milliseconds', Timestamp: start },
        { MetricName: 'Latency', Values: [20, 40], Counts: [3, 1], Unit: 'Milliseconds', Timestamp: start },
        { MetricName: 'Latency', StatisticValues: { SampleCount: 4, Sum: 8, Minimum: 1, Maximum: 3 }, Timestamp: start },
      ],
    }),
  );
  const ask = async (statistics: Partial<GetMetricStatisticsCommandInput>) => {
    const { Label, Datapoints } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        ...{ Namespace, MetricName: 'Latency', StartTime: at(-5), EndTime: at(5), Period: 60 },
        ...statistics,
      }),
    );
    expect(Label).toBe('Latency');
    return Object.fromEntries(Datapoints!.map(({ Unit, ...datapoint }) => [Unit, datapoint]));
  };
  const Statistics = ['Average' as const, 'Sum' as const, 'SampleCount' as const, 'Maximum' as const];
  await account.until('both units are there', async () => Object.keys(await ask({ Statistics })).length === 2, 300);
  expect(await ask({ Statistics })).toEqual({
    Milliseconds: { Timestamp: start, Average: 22, Sum: 110, SampleCount: 5, Maximum: 40 },
    None: { Timestamp: start, Average: 2, Sum: 8, SampleCount: 4, Maximum: 3 },
  });
  // There are no percentiles of ready-made statistics.
  expect((await ask({ ExtendedStatistics: ['p50'] })).Milliseconds).toEqual({ Timestamp: start, ExtendedStatistics: { p50: 20 } });
  await expect(ask({ Statistics, ExtendedStatistics: ['p50'] })).rejects.toMatchObject({ Code: 'InvalidParameterCombination' });
});

test.each([
  ['a time too far ahead', { Timestamp: new Date(account.cloudNow().getTime() + 180 * MINUTE_MS), Value: 1 }, 'two hours in the future'],
  ['a time too long ago', { Timestamp: new Date(account.cloudNow().getTime() - 15 * 1440 * MINUTE_MS), Value: 1 }, 'past two weeks'],
  ['NaN', { Value: Number.NaN }, 'NaN'],
  ['two kinds of value', { Value: 1, Values: [1] }, 'Value'],
])('PutMetricData refuses %s', async (_what, datum, named) => {
  await expect(cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: 'x', ...datum }] }))).rejects.toThrow(
    named,
  );
});

test('PutMetricData refuses the namespaces of AWS: InvalidParameterValue', async () => {
  const request = new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData: [{ MetricName: 'Errors', Value: 1 }] });
  await expect(cloudwatch.send(request)).rejects.toMatchObject({ name: 'InvalidParameterValueException', Code: 'InvalidParameterValue' });
});

test('GetMetricData answers the newest first, by period, without the data from EndTime on', async () => {
  // The beginning of five minutes, so that its periods are whole.
  const from = new Date(Math.floor(start.getTime() / (5 * MINUTE_MS)) * 5 * MINUTE_MS);
  await putValues(account, aMetric(account, 'Errors'), from, [1, 2, 3, 4, 5, 6, 7]);
  const { MetricStat } = aQuery(account, 'x', 'Errors');
  const [one, five] = await getData(
    [aQuery(account, 'one', 'Errors', { ReturnData: true }), { Id: 'five', Label: 'by five', MetricStat: { ...MetricStat!, Period: 300 } }],
    { StartTime: from, EndTime: new Date(from.getTime() + 6 * MINUTE_MS) },
  );
  expect(one).toMatchObject({ Id: 'one', Label: 'Errors', StatusCode: 'Complete', Values: [6, 5, 4, 3, 2, 1] });
  expect(five).toMatchObject({ Id: 'five', Label: 'by five', Timestamps: [new Date(from.getTime() + 5 * MINUTE_MS), from] });
  expect(five!.Values![1]).toBe(15);
});

test('a metric that nobody ever wrote has no values: Complete, and empty', async () => {
  const results = await getData([aQuery(account, 'never', 'Never', { ReturnData: true })], {}, true);
  expect(results).toMatchObject([{ Id: 'never', StatusCode: 'Complete', Values: [], Timestamps: [] }]);
});

test('GetMetricData answers the queries that return data only, and refuses two of one id', async () => {
  await putValues(account, aMetric(account, 'Returned'), start, [1]);
  const results = await getData([aQuery(account, 'a', 'Returned'), aQuery(account, 'b', 'Returned', { ReturnData: true })]);
  expect(results.map(({ Id }) => Id)).toEqual(['b']);
  const twice = [aQuery(account, 'a', 'Returned'), aQuery(account, 'a', 'Returned', { ReturnData: true })];
  await expect(getData(twice)).rejects.toMatchObject({ Code: 'ValidationError' });
});

test('ListMetrics lists by namespace, name and dimension', async () => {
  const [Calls, Errors] = [aMetric(account, 'ListedCalls', 'listed'), aMetric(account, 'ListedErrors', 'listed')];
  for (const metric of [Calls, Errors]) await putValues(account, metric, start, [1]);
  const list = async (input: object) =>
    (await cloudwatch.send(new ListMetricsCommand({ Namespace, ...input }))).Metrics!.map(({ MetricName }) => MetricName).sort();
  const Dimensions = Calls.Dimensions.map(({ Name, Value }) => ({ Name: Name!, Value: Value! }));
  await account.until('both are listed', async () => (await list({ Dimensions })).length === 2, 900);
  expect(await list({ Dimensions })).toEqual(['ListedCalls', 'ListedErrors']);
  expect(await list({ MetricName: 'ListedCalls', Dimensions })).toEqual(['ListedCalls']);
  expect(await list({ Dimensions: [{ Name: 'Version' }] })).toEqual([]);
});

const _ = undefined;

// "Metric math syntax and functions". m1 is [30, 20, 0, 0, -], m2 [20, -, 20, -, 40].
const EXPRESSIONS: [string, (number | undefined)[]][] = [
  ['m1 + m2', [50, 20, 20, 0, 40]],
  ['m1 - m2 * 2', [-10, 20, -40, 0, -80]],
  ['(m1 - 10) / 2', [10, 5, -5, -5, _]],
  ['m1 / m2', [1.5, _, 0, _, 0]],
  ['-m1 ^ 2 + 1', [-899, -399, 1, 1, _]],
  ['m1 < m2', [0, 0, 1, 0, 1]],
  ['m1 >= 30', [1, 0, 0, 0, _]],
  ['m1 > 15 AND m2 > 15', [1, 0, 0, 0, 0]],
  ['m1 == 0 || m2 == 20', [1, 0, 1, 1, 0]],
  ['FILL(m1, 7)', [30, 20, 0, 0, 7]],
  ['FILL(m2, REPEAT)', [20, 20, 20, 20, 40]],
  ['FILL(m2, LINEAR)', [20, 20, 20, 30, 40]],
  ['SUM([m1, m2])', [50, 20, 20, 0, 40]],
  ['AVG([m1, m2])', [25, 10, 10, 0, 20]],
  ['MAX(METRICS())', [30, 20, 20, 0, 40]],
  ['MIN(METRICS("m"))', [20, 20, 0, 0, 40]],
  ['m1 - SUM(m1)', [-20, -30, -50, -50, _]],
  ['m1 / AVG(m2) * DATAPOINT_COUNT(m2) * PERIOD(m1)', [202.5, 135, 0, 0, _]],
  ['TIME_SERIES(MAX(m2))', [40, 40, 40, 40, 40]],
  ['IF(m1, m2, 5)', [20, 0, 5, 5, _]],
  ['IF(m1 > 10, 1)', [1, 1, _, _, _]],
  ['IF(m1 < 1, m2, m1)', [30, 20, 20, 0, _]],
];

beforeAll(async () => {
  await putValues(account, aMetric(account, 'MathErrors'), start, [30, 20, 0, 0]);
  await putValues(account, aMetric(account, 'MathCalls'), start, [20, _, 20, _, 40]);
  await getData(['MathErrors', 'MathCalls'].map((metric, id) => aQuery(account, `q${id}`, metric, { ReturnData: true })));
});

async function math(Expression: string): Promise<(number | undefined)[]> {
  const queries = [{ Id: 'e1', Expression }, aQuery(account, 'm1', 'MathErrors'), aQuery(account, 'm2', 'MathCalls')];
  const [result] = await getData(queries, { EndTime: at(5) }, true);
  const points = new Map(result!.Timestamps!.map((time, index) => [time.getTime(), result!.Values![index]]));
  return Array.from({ length: 5 }, (_value, minute) => points.get(at(minute).getTime()));
}

test.each(EXPRESSIONS)('metric math: %s', async (expression, expected) => {
  expect(await math(expression)).toEqual(expected);
});

test.each([
  ['m1 + m9', 'm9'],
  ['m1 +', ''],
  ['SUM(m1)', ''],
  ['e1 * 2', ''],
])('metric math: %s is refused', async (expression, named) => {
  await expect(math(expression)).rejects.toMatchObject({ Code: 'ValidationError', message: expect.stringContaining(named) });
});
