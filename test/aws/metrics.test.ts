import type {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { readMetrics } from '../../functions/aws/metrics.ts';
import type { MetricQuery, Series } from '../../functions/release/judge/metrics.ts';

const NOON_MINUTE = Date.parse('2026-01-15T12:00:00.000Z') / 60_000;
const HOUR = { from: NOON_MINUTE, until: NOON_MINUTE + 60 };

const aQuery = (metricName: string): MetricQuery => ({ namespace: 'Shop', metricName, dimensions: { release: '2' }, statistic: 'Sum' });

type Page = Pick<GetMetricDataCommandOutput, 'MetricDataResults' | 'NextToken'>;

/** A CloudWatch that answers like this, and refuses what the real one refuses. */
function aCloudWatch(answer: (input: GetMetricDataCommandInput) => Page) {
  const asked: string[] = [];
  const send = async ({ input }: GetMetricDataCommand): Promise<Page> => {
    const queries = input.MetricDataQueries!;
    if (queries.length > 500) throw new Error('more than 500 queries');
    if (new Set(queries.map(({ Id }) => Id)).size < queries.length) throw new Error('an id is there twice');
    asked.push(...queries.map(({ MetricStat }) => MetricStat!.Metric!.MetricName!));
    return answer(input);
  };
  return { cloudwatch: { send } as unknown as CloudWatchClient, asked };
}

/** What one page has of the query that was asked first: values by minute after noon. */
const aResult = (StatusCode: MetricDataResult['StatusCode'], values: Record<number, number>, Id = 'q0'): MetricDataResult => ({
  Id,
  StatusCode,
  Timestamps: Object.keys(values).map((minute) => new Date((NOON_MINUTE + Number(minute)) * 60_000)),
  Values: Object.values(values),
});

/** Pages that follow one another by their tokens. */
const paged =
  (...pages: MetricDataResult[][]) =>
  ({ NextToken = '0' }: GetMetricDataCommandInput): Page => ({
    MetricDataResults: pages[Number(NextToken)]!,
    NextToken: Number(NextToken) + 1 < pages.length ? String(Number(NextToken) + 1) : undefined,
  });

/** By minute after noon. */
const seriesOf = (found: Series | undefined) => Object.fromEntries([...found!].map(([minute, value]) => [minute - NOON_MINUTE, value]));

describe('what CloudWatch has of a metric', () => {
  it('is one series, though it comes on two pages', async () => {
    const query = aQuery('Declined');
    const { cloudwatch } = aCloudWatch(paged([aResult('PartialData', { 0: 5, 1: 6 })], [aResult('Complete', { 2: 7 })]));
    const readings = await readMetrics(cloudwatch, [query], HOUR);
    expect(seriesOf(readings(query))).toEqual({ 0: 5, 1: 6, 2: 7 });
  });

  it('is each query’s own', async () => {
    const [declined, payments] = [aQuery('Declined'), aQuery('Payments')];
    const { cloudwatch } = aCloudWatch(paged([aResult('Complete', { 0: 5 }, 'q1'), aResult('Complete', { 0: 80 }, 'q0')]));
    const readings = await readMetrics(cloudwatch, [declined, payments], HOUR);
    expect([seriesOf(readings(declined)), seriesOf(readings(payments))]).toEqual([{ 0: 80 }, { 0: 5 }]);
  });

  it('is nothing of a metric without a datapoint, and unknown of one that was not asked', async () => {
    const query = aQuery('Declined');
    const { cloudwatch } = aCloudWatch(paged([aResult('Complete', {})]));
    const readings = await readMetrics(cloudwatch, [query], HOUR);
    expect(seriesOf(readings(query))).toEqual({});
    expect(readings(aQuery('Payments'))).toBeUndefined();
  });

  it.each<[string, MetricDataResult[][]]>([
    ['an InternalError', [[aResult('InternalError', { 0: 5 })]]],
    ['PartialData that no page follows', [[aResult('PartialData', { 0: 5 })]]],
    ['a metric that may not be read', [[aResult('Forbidden', {})]]],
    ['one whole and one broken series', [[aResult('Complete', { 0: 5 }), aResult('InternalError', {}, 'q1')]]],
    ['a last page that is partial', [[aResult('PartialData', { 0: 5 })], [aResult('PartialData', { 1: 5 })]]],
  ])('is not taken from half an answer: %s', async (_, pages) => {
    const { cloudwatch } = aCloudWatch(paged(...pages));
    await expect(readMetrics(cloudwatch, [aQuery('Declined'), aQuery('Payments')], HOUR)).rejects.toMatchObject({
      name: 'AwsUnavailable',
      message: expect.stringMatching(/^CloudWatch has answered a part of the metrics only: /),
    });
  });

  it('is asked in as many calls as 500 queries a call need, and each is answered', async () => {
    const queries = Array.from({ length: 501 }, (_, index) => aQuery(`m${index}`));
    const { cloudwatch, asked } = aCloudWatch(({ MetricDataQueries }) => ({
      MetricDataResults: MetricDataQueries!.map(({ Id, MetricStat }) =>
        aResult('Complete', { 0: Number(MetricStat!.Metric!.MetricName!.slice(1)) }, Id),
      ),
    }));
    const readings = await readMetrics(cloudwatch, queries, HOUR);
    expect(queries.map((query) => seriesOf(readings(query)))).toEqual(queries.map((_, index) => ({ 0: index })));
    expect(asked).toEqual(queries.map(({ metricName }) => metricName));
  });

  it('is asked once, though two want it, and both have it', async () => {
    const { cloudwatch, asked } = aCloudWatch(paged([aResult('Complete', { 0: 5 }), aResult('Complete', { 0: 80 }, 'q1')]));
    const readings = await readMetrics(cloudwatch, [aQuery('Declined'), aQuery('Declined'), aQuery('Payments')], HOUR);
    expect(asked).toEqual(['Declined', 'Payments']);
    expect([seriesOf(readings(aQuery('Declined'))), seriesOf(readings(aQuery('Payments')))]).toEqual([{ 0: 5 }, { 0: 80 }]);
  });
});
