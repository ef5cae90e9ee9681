import {
  GetMetricDataCommand,
  ListMetricsCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { aCloudWatch, aMetric, DAY, MINUTE, START } from './a-cloudwatch.ts';

test.each<[string, Partial<PutMetricAlarmCommandInput>, string]>([
  ['high resolution', { Period: 10 }, 'Period of 10'],
  ['a count above a value', { Statistic: undefined, ExtendedStatistic: 'TC(150:)' }, 'TC(150:)'],
  ['a range of percentages beyond 10 to 90', { Statistic: undefined, ExtendedStatistic: 'TM(5%:90%)' }, 'TM(5%:90%)'],
  ['a range from a value to a percentage', { Statistic: undefined, ExtendedStatistic: 'TM(5:90%)' }, 'TM(5:90%)'],
  ['anomaly detection', { ComparisonOperator: 'GreaterThanUpperThreshold' }, 'anomaly detection'],
  ['tags', { Tags: [{ Key: 'a', Value: 'b' }] }, 'Tags'],
  ['a wall clock window', { EvaluationWindow: { WallClockWindow: {} } }, 'EvaluationWindow'],
])('PutMetricAlarm refuses %s by name', async (_what, changes, named) => {
  const { putAlarm } = aCloudWatch();
  await expect(putAlarm(changes)).rejects.toMatchObject({
    name: 'ValidationException',
    Code: 'ValidationError',
    message: expect.stringContaining(named),
  });
});

test.each([
  ['AT_LEAST(2, ALARM, (a, b))', 'AT_LEAST'],
  ['ALARM(self)', 'cycle'],
])('the composite rule %s is refused by name', async (rule, named) => {
  const { putAlarm, putComposite } = aCloudWatch();
  await putAlarm({ AlarmName: 'a' });
  await putComposite('self', 'ALARM(a)');
  await expect(putComposite('self', rule)).rejects.toThrow(named);
});

test.each([
  ['ANOMALY_DETECTION_BAND(m1)', 'ANOMALY_DETECTION_BAND'],
  ["SEARCH('{Shop}', 'Sum')", 'SEARCH'],
  ['SELECT SUM(Errors) FROM Shop', 'Metrics Insights'],
])('the expression %s is refused by name', async (Expression, named) => {
  const { math } = aCloudWatch();
  await expect(math([{ Id: 'e1', Expression }, aMetric('m1', 'Errors')], 5)).rejects.toThrow(named);
});

test('PutMetricData refuses high resolution by name', async () => {
  const datum = { MetricName: 'x', Value: 1, StorageResolution: 1 };
  const request = new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [datum] });
  await expect(aCloudWatch().client.send(request)).rejects.toThrow('StorageResolution of 1');
});

test('ListMetrics lists what had data in two weeks', async () => {
  const { client, record, clock } = aCloudWatch();
  record(0, 1);
  const list = async () => (await client.send(new ListMetricsCommand({}))).Metrics!.map(({ MetricName }) => MetricName);
  expect(await list()).toEqual(['Errors']);
  await clock.advanceTo(START + 15 * DAY);
  expect(await list()).toEqual([]);
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

/** Durations as functions have them: each different, most of them short, some very long. */
const manyDurations = (count: number) => Array.from({ length: count }, (_, at) => 20 * (1 - (at + 0.5) / count) ** -0.7);

async function readDurations(durations: number[], minutesLater: number, statistics: string[]): Promise<number[]> {
  const { client, clock, record } = aCloudWatch();
  for (const duration of durations) record(0, duration);
  await clock.advanceTo(START + minutesLater * MINUTE);
  record(minutesLater, 1);
  const { MetricDataResults } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(START),
      EndTime: new Date(START + MINUTE),
      MetricDataQueries: statistics.map((Stat, at) => ({ Id: `q${at}`, MetricStat: { ...aMetric('m', 'Errors').MetricStat!, Stat } })),
    }),
  );
  return MetricDataResults!.map(({ Values }) => Values![0]!);
}

test.each([1_000, 100_000])('of %i different durations in a minute, a count above a limit is right to 0.1 %%', async (count) => {
  const durations = manyDurations(count);
  for (const [at, found] of (await readDurations(durations, 1, ['TC(25:)', 'TC(100.004:)', 'TC(200:)'])).entries()) {
    const above = durations.filter((duration) => duration > [25, 100.004, 200][at]!).length;
    expect(Math.abs(found - above)).toBeLessThanOrEqual(above / 1000);
  }
});

test('of old durations percentiles are still right to half a percent, and the count and the sum exactly', async () => {
  const durations = manyDurations(10_000);
  const [p50, p99, count, sum] = await readDurations(durations, 120, ['p50', 'p99', 'SampleCount', 'Sum']);
  expect(Math.abs(p50! / durations[4_999]! - 1)).toBeLessThan(0.005);
  expect(Math.abs(p99! / durations[9_899]! - 1)).toBeLessThan(0.005);
  expect(count).toBe(10_000);
  expect(sum).toBeCloseTo(durations.reduce((total, duration) => total + duration, 0));
});

test('GetMetricData answers 100,800 datapoints in one page, and pages what is more', async () => {
  const { client, clock, recordEach } = aCloudWatch();
  const days = 14 * 1440;
  await clock.advanceTo(START + 14 * DAY);
  recordEach(
    0,
    Array.from({ length: days + 1 }, () => 1),
  );
  const MetricDataQueries = Array.from({ length: 5 }, (_, at) => ({ ...aMetric(`q${at}`, 'Errors'), ReturnData: true }));
  const sizes = async (minutes: number) => {
    const found: number[] = [];
    for (let NextToken: string | undefined; found.length === 0 || NextToken; ) {
      const window = { StartTime: new Date(START), EndTime: new Date(START + minutes * MINUTE) };
      const answer = await client.send(new GetMetricDataCommand({ MetricDataQueries, ...window, NextToken }));
      found.push(answer.MetricDataResults!.reduce((total, { Values }) => total + Values!.length, 0));
      NextToken = answer.NextToken;
    }
    return found;
  };
  expect(await sizes(days)).toEqual([100_800]);
  expect(await sizes(days + 1)).toEqual([100_800, 5]);
});

test('a bake of 30 days with three alarms passes in seconds', async () => {
  const { putAlarm, putComposite, record, clock, events } = aCloudWatch();
  await putAlarm({ AlarmName: 'a', TreatMissingData: 'notBreaching' });
  await putAlarm({ AlarmName: 'b', Period: 300, EvaluationPeriods: 3 });
  await putAlarm({ AlarmName: 'c', Statistic: 'Average', EvaluationPeriods: 15, DatapointsToAlarm: 10 });
  await putComposite('any', 'ALARM(a) OR ALARM(b) OR ALARM(c)');
  for (let minute = 0; minute < 30 * 24 * 60; minute += 60) {
    record(minute, minute === 24 * 60 ? 5 : 0);
    await clock.advanceTo(START + (minute + 60) * MINUTE);
  }
  expect(events.filter(({ detail }) => detail.state.value === 'ALARM').map(({ detail }) => detail.alarmName)).toContain('any');
}, 20_000);
