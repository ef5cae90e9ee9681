import { describe, expect, it } from 'vitest';
import { judgedTargets } from '../../../functions/release/judge/metrics.ts';
import { aRelease } from './a-judged-release.ts';

const judgedOf = (...args: Parameters<typeof aRelease>) => judgedTargets(aRelease(...args));
const metricOf = (key: string, ...args: Parameters<typeof aRelease>) => judgedOf(...args)[0]!.metrics.find((metric) => metric.key === key)!;
const lambdaOf = (version: string) => ({ FunctionName: 'orders-api', Resource: 'orders-api:live', ExecutedVersion: version });

describe('what is judged', () => {
  it('is errors, failed responses, slow requests, and metrics of the user’s own', () => {
    const [judged] = judgedOf({
      judge: { metrics: [{ name: 'declined', namespace: 'Shop', bad: 'Declined' }] },
      pinned: { reportsFailures: true, slowLimits: [{ ms: 12.35, of: 'p50' }, { ms: 800 }] },
    });
    expect(judged!.metrics.map(({ key, label, kind }) => [key, label, kind])).toEqual([
      ['errors', 'errors', 'errors'],
      ['responses', 'failed responses', 'own'],
      ['p50', 'latency above 12.35 ms (1.5 times p50 of the day before)', 'latency'],
      ['slow', 'latency above 800 ms', 'latency'],
      ['metric declined', 'declined', 'own'],
    ]);
  });

  it('of each target are its own metrics', () => {
    const metrics = [
      { name: 'declined', target: 'payments', namespace: 'Shop', bad: 'Declined' },
      { name: 'declined', target: 'orders-api:live', namespace: 'Shop', bad: 'Refused' },
    ];
    const judged = judgedOf({ targets: ['orders-api', 'payments', 'stock'], judge: { errors: false, metrics } });
    expect(judged.map(({ target, metrics: [only] }) => [target.function, only!.green.bad.metricName])).toEqual([
      ['orders-api', 'Refused'],
      ['payments', 'Declined'],
    ]);
  });

  it('is nothing where no step compares, of an unchanged target, of one that a person moved, or of one without green', () => {
    expect(judgedOf({ plan: '10% 0m, 100% 1h' })).toEqual([]);
    expect(judgedOf({ judge: { errors: false } })).toEqual([]);
    for (const pinned of [{ unchanged: true }, { moved: 'the alias is on 7' }, { green: undefined }, { blue: undefined }])
      expect(judgedOf({ pinned })).toEqual([]);
  });
});

describe('the counts of a version', () => {
  it('of errors are sum and count of one datapoint of its requests through the alias', () => {
    const of = (version: string) => ({
      bad: { namespace: 'AWS/Lambda', metricName: 'Errors', dimensions: lambdaOf(version), statistic: 'Sum' },
      total: { namespace: 'AWS/Lambda', metricName: 'Errors', dimensions: lambdaOf(version), statistic: 'SampleCount' },
    });
    expect(metricOf('errors')).toMatchObject({ green: of('2'), blue: of('1'), isOneDatapoint: true });
  });

  it('of latency are the requests above a limit, and all', () => {
    const of = (version: string) => ({
      bad: { namespace: 'AWS/Lambda', metricName: 'Duration', dimensions: lambdaOf(version), statistic: 'TC(120:)' },
      total: { namespace: 'AWS/Lambda', metricName: 'Duration', dimensions: lambdaOf(version), statistic: 'SampleCount' },
    });
    expect(metricOf('slow', { pinned: { slowLimits: [{ ms: 120 }] } })).toMatchObject({
      green: of('2'),
      blue: of('1'),
      isOneDatapoint: true,
    });
  });

  it('of failed responses are what teal/middleware writes for every request', () => {
    const of = (version: string) => ({
      bad: { namespace: 'Teal', metricName: 'bad', dimensions: lambdaOf(version), statistic: 'Sum' },
      total: { namespace: 'Teal', metricName: 'bad', dimensions: lambdaOf(version), statistic: 'SampleCount' },
    });
    expect(metricOf('responses', { pinned: { reportsFailures: true } })).toMatchObject({
      green: of('2'),
      blue: of('1'),
      isOneDatapoint: true,
    });
  });

  it('of a user’s own are a pair of sums, or one metric that is 0 or 1 for every request', () => {
    const own = { name: 'declined', namespace: 'Shop', bad: 'Declined', dimensions: { shop: 'north' }, versionDimension: 'release' };
    const of = (version: string, metricName: string, statistic: string) => ({
      namespace: 'Shop',
      metricName,
      dimensions: { shop: 'north', release: version },
      statistic,
    });
    expect(metricOf('metric declined', { judge: { metrics: [{ ...own, total: 'Payments' }] } })).toMatchObject({
      green: { bad: of('2', 'Declined', 'Sum'), total: of('2', 'Payments', 'Sum') },
      blue: { bad: of('1', 'Declined', 'Sum'), total: of('1', 'Payments', 'Sum') },
      isOneDatapoint: false,
    });
    expect(metricOf('metric declined', { judge: { metrics: [own] } })).toMatchObject({
      green: { bad: of('2', 'Declined', 'Sum'), total: of('2', 'Declined', 'SampleCount') },
      blue: { bad: of('1', 'Declined', 'Sum'), total: of('1', 'Declined', 'SampleCount') },
      isOneDatapoint: true,
    });
  });

  it('agree with Invocations of that version', () => {
    const of = (version: string) => ({
      namespace: 'AWS/Lambda',
      metricName: 'Invocations',
      dimensions: lambdaOf(version),
      statistic: 'Sum',
    });
    expect(judgedOf()[0]!.invocations).toEqual({ green: of('2'), blue: of('1') });
  });
});

describe('the odds of a metric', () => {
  it('are those that are tolerated of it, and the attempts of all', () => {
    const judge = {
      tolerate: { errors: '20%', latency: '100%' },
      attempts: 3,
      metrics: [{ name: 'declined', namespace: 'Shop', bad: 'Declined', tolerate: '5%' }],
    };
    const [judged] = judgedOf({ judge, pinned: { reportsFailures: true, slowLimits: [{ ms: 120 }] } });
    expect(judged!.metrics.map(({ odds }) => odds.tolerated)).toEqual([1.2, 1.2, 2, 1.05]);
    expect(judged!.metrics.every(({ odds }) => odds.attempts === 3)).toBe(true);
  });

  it('of errors are blue’s own and of latency half more, unless told otherwise', () => {
    const [judged] = judgedOf({ judge: {}, pinned: { slowLimits: [{ ms: 120 }] } });
    expect(judged!.metrics.map(({ odds }) => odds)).toEqual([
      { tolerated: 1, attempts: 1 },
      { tolerated: 1.5, attempts: 1 },
    ]);
  });
});
