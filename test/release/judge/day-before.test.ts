import { describe, expect, it } from 'vitest';
import { dayBefore, needsStatusCodes, queriesBefore } from '../../../functions/release/judge/day-before.ts';
import type { MetricQuery } from '../../../functions/release/judge/metrics.ts';
import { aRelease } from './a-judged-release.ts';

const asked = (judge: Record<string, unknown> = {}, rest: Parameters<typeof aRelease>[0] = {}) => {
  const record = aRelease({ judge, ...rest });
  return queriesBefore(record, record.targets[0]!, '1');
};

/** What Plan finds when CloudWatch has these values for the day, by statistic. */
function found(judge: Record<string, unknown>, values: Record<string, number[]>) {
  const record = aRelease({ judge });
  const readings = ({ statistic, namespace }: MetricQuery) =>
    new Map((values[namespace === 'Teal' ? 'reported' : statistic] ?? []).map((value, index) => [index, value]));
  return dayBefore(record.request.judge, queriesBefore(record, record.targets[0]!, '1'), readings);
}

describe('of the day before blue is asked', () => {
  it('for its percentiles, or else those of its alias, and for what its middleware reported', () => {
    const alias = { FunctionName: 'orders-api', Resource: 'orders-api:live' };
    expect(asked().map(({ query }) => query)).toEqual([
      ...['p50', 'p90', 'p99'].flatMap((statistic) =>
        [{ ...alias, ExecutedVersion: '1' }, alias].map((dimensions) => ({
          namespace: 'AWS/Lambda',
          metricName: 'Duration',
          dimensions,
          statistic,
        })),
      ),
      { namespace: 'Teal', metricName: 'bad', dimensions: { ...alias, ExecutedVersion: '1' }, statistic: 'SampleCount' },
    ]);
  });

  it('for the user’s own metrics: one that CloudWatch refuses is found before any traffic moves', () => {
    const metrics = [{ name: 'declined', namespace: 'Shop', bad: 'Declined', total: 'Payments', versionDimension: 'release' }];
    expect(asked({ errors: false, latency: false, metrics }).map(({ query }) => query)).toEqual([
      { namespace: 'Shop', metricName: 'Declined', dimensions: { release: '1' }, statistic: 'SampleCount' },
      { namespace: 'Shop', metricName: 'Payments', dimensions: { release: '1' }, statistic: 'SampleCount' },
    ]);
    expect(found({ metrics }, {}).silentMetrics).toEqual(['Declined', 'Payments']);
    expect(found({ metrics }, { SampleCount: [5] }).silentMetrics).toEqual([]);
  });

  it('nothing that is not judged', () => {
    expect(asked({ latency: false }).map(({ what }) => what)).toEqual(['reported']);
    expect(asked({ latency: { slowerThanMs: 800 } }).map(({ what }) => what)).toEqual(['reported']);
    expect(asked({ errors: false }).map(({ what }) => what)).toEqual(['p50', 'p50', 'p90', 'p90', 'p99', 'p99']);
    expect(asked({}, { plan: '100% 1h' })).toEqual([]);
  });
});

describe('the limits of latency', () => {
  it('are the percentiles with what is tolerated of them, to four digits', () => {
    expect(found({}, { p50: [12.3456], p90: [98.76543], p99: [123_456.7] }).slowLimits).toEqual([
      { ms: 18.52, of: 'p50' },
      { ms: 148.1, of: 'p90' },
      { ms: 185_200, of: 'p99' },
    ]);
  });

  it('that are the same are one: nothing is judged twice', () => {
    expect(found({}, { p50: [3.00001], p90: [3.00002], p99: [40] }).slowLimits).toEqual([
      { ms: 4.5, of: 'p50' },
      { ms: 60, of: 'p99' },
    ]);
  });

  it('are those of the alias where Lambda does not tell blue’s', () => {
    const record = aRelease({ judge: {} });
    const asked = queriesBefore(record, record.targets[0]!, '1').filter(({ what }) => what === 'p50');
    const limitsOf = (ofBlue: number, ofAlias: number) =>
      dayBefore(record.request.judge, asked, ({ dimensions }) => new Map([[0, dimensions.ExecutedVersion ? ofBlue : ofAlias]])).slowLimits;
    expect(limitsOf(0, 20)).toEqual([{ ms: 30, of: 'p50' }]);
    expect(limitsOf(10, 20)).toEqual([{ ms: 15, of: 'p50' }]);
  });

  it('are one of two where CloudWatch cut the day', () => {
    expect(found({}, { p50: [10, 12] }).slowLimits).toEqual([{ ms: 18, of: 'p50' }]);
  });

  it('are none of a blue without requests, and those of the request where it names one', () => {
    expect(found({}, {}).slowLimits).toEqual([]);
    expect(found({ latency: false }, { p50: [10] }).slowLimits).toEqual([]);
    expect(found({ latency: { slowerThanMs: 800 } }, { p50: [10] }).slowLimits).toEqual([{ ms: 800 }]);
  });
});

describe('failed responses', () => {
  it('are reported when blue reported any request the day before', () => {
    expect(found({}, { reported: [7] }).reportsFailures).toBe(true);
    expect(found({}, { reported: [0] }).reportsFailures).toBe(false);
    expect(found({}, { p50: [10] }).reportsFailures).toBe(false);
  });

  const needs = (judge: Record<string, unknown>, reportsFailures = false, rest: Parameters<typeof aRelease>[0] = {}) => {
    const record = aRelease({ judge, ...rest });
    return needsStatusCodes(record, record.targets[0]!, { reportsFailures, slowLimits: [], silentMetrics: [] });
  };
  const METRIC = { name: 'declined', namespace: 'Shop', bad: 'Declined' };

  it('are missed where nothing reports them', () => {
    expect(needs({})).toBe(true);
    expect(needs({}, true)).toBe(false);
    expect(needs({ metrics: [METRIC] })).toBe(false);
    expect(needs({ metrics: [{ ...METRIC, target: 'payments' }] }, false, { targets: ['orders-api', 'payments'] })).toBe(true);
  });

  it('are not missed where no errors are judged', () => {
    expect(needs({ errors: false })).toBe(false);
    expect(needs({}, false, { plan: '100% 1h' })).toBe(false);
  });
});
