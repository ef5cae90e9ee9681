import {
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { aMetric, aQuery, MINUTE_MS, minuteFromNow, putValues } from './metrics.ts';

// CloudWatch API reference, GetMetricData, MetricDataResult.

const account = await openAccount();
afterAll(account.close);
const { cloudwatch } = account;
const start = minuteFromNow(account, -30);
const at = (minute: number) => new Date(start.getTime() + minute * MINUTE_MS);
const queries: MetricDataQuery[] = [
  aQuery(account, 'calls', 'PagedCalls', { ReturnData: true }),
  aQuery(account, 'errors', 'PagedErrors', { ReturnData: true }),
];

const get = (changes: Partial<GetMetricDataCommandInput> = {}) =>
  cloudwatch.send(new GetMetricDataCommand({ MetricDataQueries: queries, StartTime: start, EndTime: at(10), ...changes }));

async function allPages(changes: Partial<GetMetricDataCommandInput>): Promise<MetricDataResult[][]> {
  const pages: MetricDataResult[][] = [];
  for (let NextToken: string | undefined, page = 0; page === 0 || NextToken; page++) {
    const answer = await get({ ...changes, NextToken });
    pages.push(answer.MetricDataResults!);
    ({ NextToken } = answer);
  }
  return pages;
}

const valuesOf = (pages: MetricDataResult[][], id: string) => pages.flat().flatMap(({ Id, Values }) => (Id === id ? Values! : []));
const datapointsOf = (page: MetricDataResult[]) => page.reduce((total, { Values }) => total + Values!.length, 0);
const minutes = (length: number, from = 0) => Array.from({ length }, (_, minute) => from + minute);

beforeAll(async () => {
  await putValues(account, aMetric(account, 'PagedCalls'), start, minutes(10, 100));
  await putValues(account, aMetric(account, 'PagedErrors'), start, minutes(5, 1));
  const areThere = async () => datapointsOf((await get()).MetricDataResults!) === 15;
  await account.until('all datapoints are there', areThere, 300);
});

test('an answer that holds everything has no NextToken, and everything is Complete', async () => {
  const { NextToken, MetricDataResults, Messages } = await get({ MaxDatapoints: 15 });
  expect([NextToken, Messages]).toEqual([undefined, []]);
  expect(MetricDataResults!.map(({ StatusCode }) => StatusCode)).toEqual(['Complete', 'Complete']);
});

test.each([
  ['TimestampDescending' as const, minutes(10, 100).reverse(), minutes(5, 1).reverse()],
  ['TimestampAscending' as const, minutes(10, 100), minutes(5, 1)],
])('pages hold MaxDatapoints at most, and NextToken leads to the rest: %s', async (ScanBy, calls, errors) => {
  for (const MaxDatapoints of [1, 4, 14]) {
    const pages = await allPages({ ScanBy, MaxDatapoints });
    expect(Math.max(...pages.map(datapointsOf))).toBeLessThanOrEqual(MaxDatapoints);
    expect([valuesOf(pages, 'calls'), valuesOf(pages, 'errors')]).toEqual([calls, errors]);
  }
});

test('a series that goes on is PartialData', async () => {
  const pages = await allPages({ MaxDatapoints: 8, ScanBy: 'TimestampAscending' });
  const statesOf = (page: MetricDataResult[]) => page.find(({ Id }) => Id === 'calls')!.StatusCode;
  expect(pages.map(statesOf)).toEqual(['PartialData', 'Complete']);
});

test('a token that is none is InvalidNextToken', async () => {
  await expect(get({ NextToken: 'none' })).rejects.toMatchObject({ name: 'InvalidNextToken' });
});

test('a request with a math expression gets no NextToken: its first datapoints are all', async () => {
  const MetricDataQueries = [...queries, { Id: 'rate', Expression: 'errors / calls' }];
  const { NextToken, MetricDataResults } = await get({ MetricDataQueries, MaxDatapoints: 3 });
  expect(NextToken).toBeUndefined();
  expect(datapointsOf(MetricDataResults!)).toBeLessThanOrEqual(3);
  expect(MetricDataResults!.map(({ StatusCode }) => StatusCode)).toContain('PartialData');
});

test('question: is a page a stretch of time over all series, or one series after another? Assumed: a stretch of time', async () => {
  const [first] = await allPages({ ScanBy: 'TimestampAscending', MaxDatapoints: 4 });
  expect(first!.map(({ Id, Values }) => [Id, Values])).toEqual([
    ['calls', [100, 101]],
    ['errors', [1, 2]],
  ]);
});

test('question: does a token lead on in another request? Assumed: it is InvalidNextToken there', async () => {
  const { NextToken } = await get({ MaxDatapoints: 4 });
  await expect(get({ MaxDatapoints: 4, NextToken, EndTime: at(9) })).rejects.toMatchObject({ name: 'InvalidNextToken' });
});

test('question: is a MaxDatapoints above 100,800 refused? Assumed: yes', async () => {
  await expect(get({ MaxDatapoints: 100_801 })).rejects.toMatchObject({ Code: 'ValidationError' });
});

// "CloudWatch rounds the specified time stamp as follows: Start time less than 15 days ago - Round down to the nearest whole minute."
test('a Period of a day from a whole minute on is one datapoint, which bears StartTime', async () => {
  const { MetricStat } = queries[0]!;
  const day = { MetricDataQueries: [{ Id: 'day', MetricStat: { ...MetricStat!, Period: 86_400 } }], StartTime: at(10 - 1440) };
  const { MetricDataResults } = await get(day);
  expect(MetricDataResults).toMatchObject([{ Timestamps: [at(10 - 1440)], Values: [1045], StatusCode: 'Complete' }]);
});
