import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { judgementOf, limitOf, MOST_KEPT } from '../../../functions/release/judge/judgement.ts';
import { type Checkpoints, logEvidence } from '../../../functions/release/judge/judging.ts';
import { judgedTargets } from '../../../functions/release/judge/metrics.ts';
import type { Minute } from '../../../functions/release/judge/minute.ts';
import { powerOf } from '../../../functions/release/judge/power.ts';
import type { ReleaseRecord } from '../../../functions/release/record.ts';
import { itemBytes } from '../../item-bytes.ts';
import { aRelease, at, atMs, checkpointOf, look, SICK, someMetrics } from './a-judged-release.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `f${index}`.padEnd(64, 'x'));

/** The release and its checkpoints after so many minutes that are all alike. */
function judgedAfter(
  minutes: number,
  counts: Partial<Minute> | ((target: string, minute: number) => Partial<Minute>),
  release: Parameters<typeof aRelease>[0] = {},
): [ReleaseRecord, Checkpoints] {
  const record = aRelease(release);
  const metrics = someMetrics();
  for (const { function: of } of record.targets)
    for (let minute = 1; minute <= minutes; minute++)
      metrics.putMinute(minute, typeof counts === 'function' ? counts(of, minute) : counts, of);
  return [record, look(record, metrics, atMs(minutes + 2))];
}

/** Every number in it. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

describe('a judgement', () => {
  it('is none of a release of which nothing is judged', () => {
    expect(judgementOf(aRelease({ judge: { errors: false, latency: false } }), {})).toBeUndefined();
    expect(judgementOf(aRelease({ plan: '100% 1h' }), {})).toBeUndefined();
  });

  it('says before the first whole minute that there is none', () => {
    expect(judgementOf(aRelease(), {})).toMatchObject({
      evidence: 1,
      limit: 100,
      isRegression: false,
      message: 'no whole minute has been judged yet; evidence 1.0 to 1 (limit 100 to 1)',
    });
  });

  it('of a green that fails is a regression, for a reason in numbers', () => {
    const judgement = judgementOf(...judgedAfter(2, SICK))!;
    expect(judgement).toMatchObject({ isRegression: true, limit: 100, tooFew: [] });
    expect(judgement.evidence).toBeGreaterThanOrEqual(100);
    expect(judgement.message).toMatch(
      /^errors of orders-api since 12:01 UTC: green failed 60 of 200 requests while blue failed 18 of 1,800: 42 times the odds \(at blue's rate 2\.0 would have failed\); evidence [\d,]+ to 1 \(limit 100 to 1\)$/,
    );
  });

  it('of a green that is as good as blue is none, however long it looks', () => {
    const judgement = judgementOf(...judgedAfter(170, {}))!;
    expect(judgement.isRegression).toBe(false);
    expect(judgement.evidence).toBeLessThan(1);
    expect(judgement.tooFew).toEqual([]);
  });

  it('has the limit that the request asks for', () => {
    expect(limitOf(aRelease({ judge: { falseRevertRate: 0.001 } }))).toBe(1000);
    const [record, checkpoints] = judgedAfter(3, {});
    checkpointOf(checkpoints).wealth.logWealth = Math.log(50);
    const lenient = { ...record, request: { ...record.request, judge: { ...record.request.judge, falseRevertRate: 0.2 } } };
    expect([judgementOf(record, checkpoints)!.isRegression, judgementOf(lenient, checkpoints)!.isRegression]).toEqual([false, true]);
  });

  it('that is just below the limit does not say that it is at it', () => {
    const [record, checkpoints] = judgedAfter(3, {});
    checkpointOf(checkpoints).wealth.logWealth = Math.log(99.97);
    expect(judgementOf(record, checkpoints)).toMatchObject({
      isRegression: false,
      message: expect.stringContaining('evidence 99 to 1 (limit 100 to 1)'),
    });
  });

  it('tells the minutes that show a regression, also where they are of two steps', () => {
    const record = aRelease({ shifts: [[0, 20], [3, 20]] }); // biome-ignore format: pairs
    const metrics = someMetrics();
    metrics.putMinute(1, {});
    metrics.putMinute(2, { greenBad: 5 });
    metrics.putMinute(4, { greenBad: 60, greenTotal: 500, blueBad: 5, blueTotal: 500 });
    metrics.putMinute(5, { greenBad: 60, greenTotal: 500, blueBad: 5, blueTotal: 500 });
    const [only] = judgementOf(record, look(record, metrics, atMs(7)))!.metrics;
    expect(only).toMatchObject({ since: at(2), green: { bad: 125, total: 1100 }, blue: { bad: 19, total: 1900 } });
    // The totals would say 12.7.
    expect(only!.odds).toBe(12.2);
    expect(only!.expectedBad).toBe(11);
  });

  it('has the strongest metric first, and the evidence of all', () => {
    const judgement = judgementOf(
      ...judgedAfter(3, (target) => (target === 'payments' ? { greenBad: 4 } : {}), { targets: ['orders-api', 'payments', 'stock'] }),
    )!;
    expect(judgement.metrics.map(({ target }) => target)).toEqual(['payments:live', 'orders-api:live', 'stock:live']);
    expect(judgement.metrics[0]!.evidence).toBeGreaterThan(judgement.evidence);
    expect(judgement.message).toMatch(/^errors of payments: .* \(limit 100 to 1\) over 3 metrics of 3 targets$/);
  });

  it('names what one of several targets or metrics could have shown by itself, which has to be more', () => {
    const errorsOf = (release: Parameters<typeof aRelease>[0]) =>
      judgementOf(...judgedAfter(8, {}, release))!.metrics.find(({ metric }) => metric === 'errors')!;
    const rateOf = (release: Parameters<typeof aRelease>[0]) =>
      Number(/error rate of ([\d.]+) %/.exec(errorsOf(release).couldHaveCaught)![1]);
    const alone = rateOf({});
    const ofTenMetrics = rateOf({
      judge: { latency: false, metrics: names(9).map((bad, index) => ({ name: `m${index}`, namespace: 'Shop', bad })) },
    });
    const ofTwentyTargets = rateOf({ targets: names(20) });
    expect(ofTenMetrics).toBeGreaterThan(alone);
    expect(ofTwentyTargets).toBeGreaterThan(ofTenMetrics);
  });

  it('of a new step of which no minute is old enough says whose minutes it tells', () => {
    const [, checkpoints] = judgedAfter(10, {});
    const record = aRelease({ shifts: [[0, 20], [12, 20]] }); // biome-ignore format: pairs
    const judgement = judgementOf(record, checkpoints)!;
    expect(judgement.metrics[0]).toMatchObject({
      message: expect.stringContaining('errors of orders-api before this step: green failed 10 of 1,000'),
      couldHaveCaught: 'no minute of this step has been judged',
    });
    expect(judgement.tooFew).toEqual(['orders-api had 0 requests on green and 0 on blue in the minutes judged, each needs 100']);
  });

  it('at 100 % says what the last step with blue in it has shown', () => {
    const record = aRelease({ plan: '10% 10m, 50% 10m, 100% 1h', shifts: [[0, 20], [10, 20], [20, 20]] }); // biome-ignore format: pairs
    const metrics = someMetrics();
    for (let minute = 1; minute < 20; minute++) metrics.putMinute(minute, minute < 10 ? {} : { greenTotal: 500, blueTotal: 500 });
    const [only] = judgementOf(record, look(record, metrics, atMs(22)))!.metrics;
    expect(only).toMatchObject({
      since: at(11),
      green: { bad: 9, total: 4500 },
      message: expect.stringContaining('errors of orders-api: green failed 9 of 4,500 requests while blue failed 81 of 4,500'),
      couldHaveCaught: expect.stringMatching(/^would have caught an error rate of [\d.]+ % or more on green \(blue 1\.8 %\) with 95 %$/),
    });
  });

  it('leaves out targets that are unchanged or that a person moved', () => {
    const [record, checkpoints] = judgedAfter(3, SICK, { targets: ['orders-api', 'payments'] });
    const without = (change: object) => ({
      ...record,
      targets: record.targets.map((target, index) => (index === 0 ? { ...target, ...change } : target)),
    });
    for (const change of [{ unchanged: true }, { moved: 'the alias is on 7' }])
      expect(judgementOf(without(change), checkpoints)!.metrics.map(({ target }) => target)).toEqual(['payments:live']);
  });
});

describe('too little to judge', () => {
  const tooFew = (...args: Parameters<typeof judgedAfter>) => judgementOf(...judgedAfter(...args))!.tooFew;

  it('are minutes that cannot be: more bad requests than requests', () => {
    const [record, checkpoints] = judgedAfter(60, {});
    checkpoints['orders-api:live']!.errors!.unusableMinutes = 3;
    expect(judgementOf(record, checkpoints)!.tooFew).toEqual([
      '3 minutes of errors of orders-api have more bad requests than requests, or only one of the two',
    ]);
  });

  it('are fewer requests than asked for on either side', () => {
    const judge = { latency: false, minRequests: 500 };
    expect(tooFew(4, {}, { judge })).toEqual([
      'orders-api had 400 requests on green and 3,600 on blue in the minutes judged, each needs 500',
    ]);
    expect(tooFew(4, { greenTotal: 900, blueTotal: 100 }, { judge })).toHaveLength(1);
    expect(tooFew(5, {}, { judge })).toEqual([]);
  });

  it('are requests that could not have shown ten times the odds, whatever their number', () => {
    expect(tooFew(20, { greenBad: 0, blueBad: 0, greenTotal: 10 })).toEqual([
      "orders-api had 200 requests on green and 18,000 on blue in the minutes judged, which could not have shown even 10 times blue's odds",
    ]);
  });

  it('are requests that could have shown a regression, but only one beyond ten times the odds', () => {
    const counts = { greenBad: 0, greenTotal: 6, blueBad: 5, blueTotal: 1000 };
    const [, checkpoints] = judgedAfter(20, counts);
    const odds = powerOf(checkpointOf(checkpoints).stepTally, { tolerated: 1, attempts: 1 }, Math.log(100))!.odds;
    expect([odds > 10, odds < 30]).toEqual([true, true]);
    expect(tooFew(20, counts)).toHaveLength(1);
  });

  it('is told of each target', () => {
    const quiet = tooFew(10, (target) => (target === 'orders-api' ? {} : { greenTotal: 1, greenBad: 0 }), {
      targets: ['orders-api', 'payments', 'stock'],
    });
    expect(quiet).toEqual([expect.stringMatching(/^payments had 10 requests/), expect.stringMatching(/^stock had 10 requests/)]);
  });

  it.each([
    ['ten requests', 100, ['green of orders-api reports nothing of declined, and blue does']],
    ['fewer than ten', 99, []],
  ])('is a metric of which green reports nothing where it should have had %s, whatever its errors say', (_, greenTotal, told) => {
    const dimensions = { FunctionName: 'orders-api' };
    const record = aRelease({ judge: { latency: false, metrics: [{ name: 'declined', namespace: 'Shop', bad: 'Declined', dimensions }] } });
    const metrics = someMetrics();
    for (let minute = 1; minute <= 10; minute++) metrics.putMinute(minute, minute === 10 ? { greenTotal } : {});
    // A tenth of blue's requests have the metric: of green's they would be 10, or 9.9.
    metrics.put({ version: '1', metric: 'Declined' }, 10, { Sum: 0, SampleCount: 90 });
    expect(judgementOf(record, look(record, metrics, atMs(14)))!.tooFew).toEqual(told);
  });

  it('is nothing to tell of a step that is not judged', () => {
    const [, checkpoints] = judgedAfter(3, {});
    expect(judgementOf(aRelease({ plan: '10% 10m, 100% 1h', shifts: [[0, 20], [10, 20]] }), checkpoints)!.tooFew).toEqual([]); // biome-ignore format: pairs
  });
});

describe('what is kept', () => {
  const METRICS = Array.from({ length: 10 }, (_, index) => ({
    name: `metric ${index}`.padEnd(60, 'x'),
    target: names(1)[0],
    namespace: 'Shop',
    bad: `Bad${index}`,
  }));
  const pinned = {
    reportsFailures: true,
    slowLimits: [
      { ms: 123.4, of: 'p50' as const },
      { ms: 1234, of: 'p90' as const },
      { ms: 899_900, of: 'p99' as const },
    ],
  };

  /** As much as a request can ask for, with numbers of as many digits as there are. */
  function theMostJudged(): [ReleaseRecord, Checkpoints] {
    const record = aRelease({ targets: names(100), judge: { latency: 'auto', metrics: METRICS }, pinned });
    const metrics = someMetrics();
    const readings: typeof metrics.readings = ({ statistic, dimensions }) => {
      const isGreen = dimensions.ExecutedVersion === '2';
      const of = (minute: number) =>
        statistic === 'SampleCount' || dimensions.FunctionName === undefined ? 1_000_003 + minute : (isGreen ? 1013 : 1009) + minute;
      return new Map(Array.from({ length: 8 }, (_, minute) => [atMs(minute) / 60_000, of(minute)]));
    };
    return [record, look(record, { ...metrics, readings }, atMs(20))];
  }

  it('of the largest release fits into one item of 400 KB', () => {
    const [, checkpoints] = theMostJudged();
    expect(Object.values(checkpoints).flatMap((ofTarget) => Object.values(ofTarget))).toHaveLength(510);
    marshall({ checkpoints }, { removeUndefinedValues: true });
    const bytes = itemBytes({ pk: `release#${'x'.repeat(80)}`, sk: 'checkpoints', revision: 1, checkpoints });
    expect(bytes).toBeLessThan(400 * 1024);
  });

  it('of a judgement in the record is less than 4 KB', () => {
    const judgement = judgementOf(...theMostJudged())!;
    const kept = { ...judgement, tooFew: [], metrics: judgement.metrics.slice(0, MOST_KEPT) };
    expect(kept.metrics).toHaveLength(MOST_KEPT);
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(4096);
  });

  it.each<[string, number, Partial<Minute>]>([
    ['all of green fails', 1, { greenBad: 100, blueBad: 0 }],
    ['all of green fails in each of a hundred functions', 100, { greenBad: 100, blueBad: 0 }],
    ['a hundred functions are better than before', 100, { greenBad: 0, blueBad: 300 }],
    ['everything fails', 3, { greenBad: 100, blueBad: 900 }],
    ['nothing fails', 3, { greenBad: 0, blueBad: 0 }],
    ['five million requests a minute fail', 5, { greenBad: 5e6, greenTotal: 5e6, blueBad: 0, blueTotal: 5e6 }],
    ['five million requests a minute of blue fail', 5, { greenBad: 1, greenTotal: 5e6, blueBad: 5e6, blueTotal: 5e6 }],
    ['only one of many millions does not fail', 2, { greenBad: 5e6, greenTotal: 5e6, blueBad: 5e6 - 1, blueTotal: 5e6 }],
  ])('can be kept and read by anyone when %s', (_, targets, counts) => {
    const [record, checkpoints] = judgedAfter(20, counts, { targets: names(targets) });
    const judgement = judgementOf(record, checkpoints)!;
    expect(numbersIn([judgement, checkpoints])).toSatisfy((all: number[]) => all.every((one) => Math.abs(one) < 2 ** 53));
    expect(() => marshall({ judgement, checkpoints }, { removeUndefinedValues: true })).not.toThrow();
    expect(JSON.parse(JSON.stringify(checkpoints))).toEqual(checkpoints);
    expect(judgement.message.length).toBeLessThan(400);
    expect(judgement.isRegression).toBe(logEvidence(checkpoints, judgedTargets(record)) >= Math.log(100));
  });
});
