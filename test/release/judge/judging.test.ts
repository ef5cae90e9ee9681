import { describe, expect, it } from 'vitest';
import { type Checkpoints, hasGoneOn, isOpen, logEvidence, minutesToRead, queriesOf } from '../../../functions/release/judge/judging.ts';
import { judgedTargets } from '../../../functions/release/judge/metrics.ts';
import { bet, newWealth } from '../../../functions/release/judge/wealth.ts';
import type { ReleaseRecord } from '../../../functions/release/record.ts';
import {
  aRelease,
  atMs,
  checkpointOf,
  HEALTHY,
  look,
  lookEachMinute,
  NOON_MINUTE,
  SICK,
  type SomeMetrics,
  someMetrics,
  throughOf,
} from './a-judged-release.ts';

/** Whole minutes from one to another, all alike. */
function whole(from: number, to: number, counts = {}): SomeMetrics {
  const metrics = someMetrics();
  for (let minute = from; minute <= to; minute++) metrics.putMinute(minute, counts);
  return metrics;
}

/** Requests of green that were judged. */
const judgedOf = (checkpoints: Checkpoints, metric?: string, target?: string) =>
  checkpointOf(checkpoints, metric, target).stepTally.greenTotal;
const evidenceOf = (record: ReleaseRecord, checkpoints: Checkpoints) => logEvidence(checkpoints, judgedTargets(record));
/** Which of the minutes are judged: each has a number of green requests of its own. */
function judgedMinutes(record: ReleaseRecord, minutes: number, metric?: string): number[] {
  const metrics = someMetrics();
  for (let minute = 0; minute < minutes; minute++) metrics.putMinute(minute, { greenBad: 1, greenTotal: 16 << minute });
  const looked = checkpointOf(look(record, metrics, atMs(minutes + 1)), metric);
  const { greenTotal } = looked.stepTally;
  return Array.from({ length: minutes }, (_, minute) => minute).filter((minute) => (greenTotal >> (minute + 4)) & 1);
}

describe('the judge leaves out', () => {
  it('the minute in which a weight changed', () => {
    expect(judgedMinutes(aRelease({ shifts: [[0, 20]] }), 4)).toEqual([1, 2, 3]);
  });

  it('the ten seconds in which a weight spreads, where they reach into the next minute', () => {
    expect(judgedMinutes(aRelease({ shifts: [[0, 49.9]] }), 4)).toEqual([1, 2, 3]);
    expect(judgedMinutes(aRelease({ shifts: [[0, 50]] }), 4)).toEqual([2, 3]);
  });

  it('every minute of a shift that took several', () => {
    expect(judgedMinutes(aRelease({ shifts: [[0, 130]] }), 5)).toEqual([3, 4]);
  });

  it('of latency the two minutes after a shift as well: the first instances of green are cold', () => {
    const record = aRelease({ judge: { latency: { slowerThanMs: 100 } }, pinned: { slowLimits: [{ ms: 100 }] } });
    expect(judgedMinutes(record, 6, 'slow')).toEqual([3, 4, 5]);
    expect(judgedMinutes(record, 6, 'errors')).toEqual([1, 2, 3, 4, 5]);
  });

  it('what was before the first shift', () => {
    const metrics = whole(-10, -1, SICK);
    metrics.putMinute(1, {});
    expect(judgedOf(look(aRelease(), metrics, atMs(3)))).toBe(100);
  });

  it('a minute in which a version had no request: it compares nothing', () => {
    const metrics = whole(1, 2);
    metrics.putMinute(3, { greenBad: 0, greenTotal: 0 });
    metrics.putMinute(4, { blueBad: 0, blueTotal: 0, greenBad: 30 });
    const looked = checkpointOf(look(aRelease(), metrics, atMs(6)));
    expect(looked.stepTally).toMatchObject({ greenBad: 2, greenTotal: 200, blueBad: 18, blueTotal: 1800 });
  });

  it('whatever comes at 100 % after the last minute with blue in it has had its time', () => {
    const record = aRelease({ plan: '10% 10m, 100% 1h', shifts: [[0, 20], [10, 20]] }); // biome-ignore format: pairs
    const isOpenAt = (minute: number, timeoutSeconds?: number) =>
      isOpen(record, judgedTargets({ ...record, targets: record.targets.map((one) => ({ ...one, timeoutSeconds })) }), atMs(minute));
    expect([16, 17].map((minute) => isOpenAt(minute))).toEqual([true, false]);
    expect([26, 27].map((minute) => isOpenAt(minute, 900))).toEqual([true, false]);
    expect(isOpen(aRelease(), judgedTargets(aRelease()), atMs(10_000))).toBe(true);
  });

  it('everything at 100 %, where only stragglers reach blue', () => {
    const record = aRelease({ plan: '10% 10m, 100% 1h', shifts: [[0, 20], [10, 20]] }); // biome-ignore format: pairs
    const metrics = whole(1, 30);
    for (let minute = 11; minute <= 30; minute++) metrics.putMinute(minute, { greenBad: 300, greenTotal: 1000, blueBad: 0, blueTotal: 3 });
    const looked = lookEachMinute(record, metrics, 11, 40);
    expect(checkpointOf(looked).stepTally).toMatchObject({ greenTotal: 900, blueTotal: 8100 });
    expect(minutesToRead(looked, judgedTargets(record), record, atMs(41))).toBeUndefined();
  });

  it('no minute below 100 %, though it becomes whole only when the step is at 100', () => {
    const record = aRelease({ plan: '10% 10m, 100% 1h', shifts: [[0, 20], [10, 20]] }); // biome-ignore format: pairs
    const metrics = whole(1, 8);
    metrics.putMinute(9, {});
    metrics.put({ version: '2', metric: 'Invocations' }, 9, { Sum: 101 });
    const before = look(record, metrics, atMs(11));
    expect(throughOf(before)).toBe(8);
    metrics.putMinute(9, { greenTotal: 101 });
    expect(judgedOf(look(record, metrics, atMs(13), before))).toBe(901);
  });
});

describe('a minute is judged', () => {
  it('when it is a minute old', () => {
    const metrics = whole(1, 20);
    expect(throughOf(look(aRelease(), metrics, atMs(10) - 1))).toBe(7);
    expect(throughOf(look(aRelease(), metrics, atMs(10)))).toBe(8);
  });

  it.each([
    ['green', '2'],
    ['blue', '1'],
  ])('when Invocations of %s equals what is counted, else after five minutes as it is', (_, version) => {
    const metrics = whole(1, 20);
    metrics.put({ version, metric: 'Invocations' }, 5, { Sum: 1000 });
    expect(throughOf(look(aRelease(), metrics, atMs(11) - 1))).toBe(4);
    expect(throughOf(look(aRelease(), metrics, atMs(11)))).toBe(9);
    metrics.put({ version, metric: 'Invocations' }, 5, { Sum: version === '2' ? 100 : 900 });
    expect(throughOf(look(aRelease(), metrics, atMs(7)))).toBe(5);
  });

  it.each([
    [3, 60],
    [10, 60],
    [29, 79],
    [300, 350],
    [900, 950],
  ])('of functions that may run for %i s after %i s: until then a request that takes as long is in no count', (timeoutSeconds, seconds) => {
    const record = aRelease({ pinned: { timeoutSeconds } });
    const metrics = whole(1, 40);
    expect(throughOf(look(record, metrics, atMs(6, seconds) - 1))).toBe(4);
    expect(throughOf(look(record, metrics, atMs(6, seconds)))).toBe(5);
  });

  it.each([
    [3, 300],
    [240, 300],
    [300, 350],
    [900, 950],
  ])('of functions that may run for %i s that do not agree, after %i s', (timeoutSeconds, seconds) => {
    const record = aRelease({ pinned: { timeoutSeconds } });
    const metrics = whole(1, 40);
    metrics.put({ version: '2', metric: 'Invocations' }, 5, { Sum: 1000 });
    expect(throughOf(look(record, metrics, atMs(6, seconds) - 1))).toBe(4);
    expect(throughOf(look(record, metrics, atMs(6, seconds)))).toBeGreaterThanOrEqual(5);
  });

  it('of latency only where both versions had ten requests: a quiet one meets cold instances', () => {
    const record = aRelease({ judge: { errors: false, latency: { slowerThanMs: 100 } }, pinned: { slowLimits: [{ ms: 100 }] } });
    const metrics = whole(3, 3);
    metrics.putMinute(4, { greenTotal: 9, blueTotal: 900 });
    metrics.putMinute(5, { greenTotal: 100, blueTotal: 9 });
    metrics.putMinute(6, { greenTotal: 10, blueTotal: 10 });
    expect(judgedOf(look(record, metrics, atMs(8)), 'slow')).toBe(110);
  });

  it('counts what green should have reported of a metric, while blue reports and green does not', () => {
    const dimensions = { FunctionName: 'orders-api' };
    const judge = { errors: false, latency: false, metrics: [{ name: 'declined', namespace: 'Shop', bad: 'Declined', dimensions }] };
    const metrics = whole(1, 20);
    for (let minute = 1; minute <= 20; minute++) metrics.put({ version: '1', metric: 'Declined' }, minute, { Sum: 0, SampleCount: 90 });
    const missing = (minute: number) => checkpointOf(look(aRelease({ judge }), metrics, atMs(minute)), 'metric declined').missing;
    expect(missing(4)).toBe(0);
    expect(missing(5)).toBeCloseTo(10);
    expect(missing(10)).toBeCloseTo(60);
    metrics.put({ version: '2', metric: 'Declined' }, 7, { Sum: 0, SampleCount: 1 });
    expect(missing(11)).toBeCloseTo(0);
  });

  it('of a version without a datapoint after three minutes: by then what comes has come', () => {
    const metrics = whole(1, 20);
    const quiet = someMetrics();
    for (const metric of ['Invocations', 'Errors']) quiet.put({ version: '1', metric }, 1, { Sum: 9, SampleCount: 9 });
    expect(throughOf(look(aRelease(), quiet, atMs(5) - 1))).toBe(0);
    expect(throughOf(look(aRelease(), quiet, atMs(5)))).toBe(1);
    // The datapoint came late.
    expect(judgedOf(look(aRelease(), metrics, atMs(5), look(aRelease(), quiet, atMs(5) - 1)))).toBe(300);
  });

  it('of a user’s own pair after three minutes, whatever Invocations says: two metrics arrive apart', () => {
    const judge = { errors: false, latency: false, metrics: [{ name: 'declined', namespace: 'Shop', bad: 'Declined', total: 'Payments' }] };
    const metrics = whole(1, 20);
    const readings: SomeMetrics['readings'] = (query) =>
      query.namespace === 'Shop' ? new Map([[NOON_MINUTE + 1, query.metricName === 'Payments' ? 50 : 5]]) : metrics.readings(query);
    const at = (nowMs: number) => look(aRelease({ judge }), { ...metrics, readings }, nowMs);
    expect(throughOf(at(atMs(5) - 1), 'metric declined')).toBe(0);
    expect(throughOf(at(atMs(5)), 'metric declined')).toBe(1);
    expect(judgedOf(at(atMs(5)), 'metric declined')).toBe(50);
  });

  it('by its own metric alone: one that waits holds up no other', () => {
    const record = aRelease({ judge: { latency: { slowerThanMs: 100 } }, pinned: { slowLimits: [{ ms: 100 }] } });
    const metrics = whole(1, 20);
    metrics.put({ version: '2', metric: 'Duration' }, 5, { SampleCount: 99 });
    const looked = look(record, metrics, atMs(10));
    expect([throughOf(looked, 'errors'), throughOf(looked, 'slow')]).toEqual([8, 4]);
  });
});

describe('a datapoint', () => {
  /** Green failed often in minute 5, which one of two readings shows. */
  const torn = (version: string, has: Record<string, number>) => {
    const metrics = whole(1, 4);
    metrics.putMinute(6, {});
    metrics.put({ version: '1', metric: 'Invocations' }, 5, { Sum: 900 });
    metrics.put({ version: '2', metric: 'Invocations' }, 5, { Sum: 100 });
    metrics.put(
      { version: version === '1' ? '2' : '1', metric: 'Errors' },
      5,
      version === '1' ? { Sum: 9, SampleCount: 100 } : { Sum: 0, SampleCount: 900 },
    );
    metrics.put({ version, metric: 'Errors' }, 5, has);
    return metrics;
  };

  it('that was read without its bad requests is waited for, and left out in the end: it must not pass for a good one', () => {
    const metrics = torn('1', { SampleCount: 900 });
    expect(throughOf(look(aRelease(), metrics, atMs(8)))).toBe(4);
    expect(checkpointOf(look(aRelease(), metrics, atMs(11))).stepTally).toMatchObject({ greenTotal: 500, greenBad: 5 });
  });

  it('of which nothing was slow may be missing', () => {
    const record = aRelease({ judge: { errors: false, latency: { slowerThanMs: 100 } }, pinned: { slowLimits: [{ ms: 100 }] } });
    const metrics = someMetrics();
    for (const [version, total] of [
      ['1', 900],
      ['2', 100],
    ] as const) {
      // biome-ignore format: pairs
      metrics.put({ version, metric: 'Invocations' }, 3, { Sum: total });
      metrics.put({ version, metric: 'Duration' }, 3, { SampleCount: total });
    }
    metrics.put({ version: '2', metric: 'Duration' }, 3, { 'TC(100:)': 7 });
    expect(checkpointOf(look(record, metrics, atMs(8)), 'slow').stepTally).toMatchObject({
      greenBad: 7,
      greenTotal: 100,
      blueBad: 0,
      blueTotal: 900,
    });
  });

  it.each([
    ['more bad requests than requests', { greenBad: 101 }],
    ['more bad requests of blue than requests', { blueBad: 901 }],
    ['less than none', { greenBad: -1 }],
    ['no number', { greenBad: Number.NaN }],
    ['more than there can be', { blueTotal: Number.POSITIVE_INFINITY, blueBad: 0 }],
  ])('with %s says nothing, and the next minute is judged', (_, counts) => {
    const metrics = whole(1, 2);
    metrics.putMinute(3, counts);
    metrics.putMinute(4, {});
    const looked = look(aRelease(), metrics, atMs(9));
    expect([throughOf(looked), judgedOf(looked)]).toEqual([5, 300]);
    expect(checkpointOf(looked).unusableMinutes).toBe(1);
  });

  it('with fractions counts to the nearest whole', () => {
    const metrics = someMetrics();
    metrics.putMinute(1, { greenBad: 1.6, greenTotal: 99.5, blueBad: 8.9, blueTotal: 900.2 });
    expect(checkpointOf(look(aRelease(), metrics, atMs(3))).stepTally).toMatchObject({
      greenBad: 2,
      greenTotal: 100,
      blueBad: 9,
      blueTotal: 900,
    });
  });

  it('that says nothing of bad requests has no say in when it is judged', () => {
    const [good, sick] = [whole(1, 20, { greenBad: 0 }), whole(1, 20, { greenBad: 2 })];
    for (const metrics of [good, sick]) metrics.put({ version: '2', metric: 'Invocations' }, 5, { Sum: 101 });
    for (let now = 3; now < 15; now++)
      expect(throughOf(look(aRelease(), good, atMs(now)))).toBe(throughOf(look(aRelease(), sick, atMs(now))));
  });
});

describe('the minutes of a release', () => {
  it('are judged each once and in order, however often and however late it looks', () => {
    const metrics = someMetrics();
    let expected = newWealth();
    for (let minute = 1; minute <= 60; minute++) {
      const counts = { ...HEALTHY, greenBad: minute % 4, greenTotal: 100 + minute };
      metrics.putMinute(minute, counts);
      expected = bet(expected, counts, { tolerated: 1, attempts: 1 });
    }
    for (const looks of [[62], [5, 5, 5, 40, 62], [62, 62, 20, 61], Array.from({ length: 63 }, (_, now) => now)]) {
      const looked = looks.reduce<Checkpoints>((known, now) => look(aRelease(), metrics, atMs(now), known), {});
      expect(checkpointOf(looked).wealth).toEqual(expected);
      expect(judgedOf(looked)).toBe(6000 + (60 * 61) / 2);
    }
  });

  it('stay judged as they were, when a later reading says otherwise', () => {
    const before = look(aRelease(), whole(1, 10), atMs(12));
    expect(look(aRelease(), whole(1, 10, SICK), atMs(12), before)).toEqual(before);
  });

  it('go on from step to step: evidence is carried, never begun again', () => {
    const metrics = whole(1, 30, { blueBad: 8 });
    const first = look(aRelease(), metrics, atMs(12));
    const second = aRelease({ shifts: [[0, 20], [15, 20]] }); // biome-ignore format: pairs
    const looked = look(second, metrics, atMs(26), look(second, metrics, atMs(20), first));
    const expected = Array<typeof HEALTHY>(23)
      .fill({ ...HEALTHY, blueBad: 8 })
      .reduce((wealth, counts) => bet(wealth, counts, { tolerated: 1, attempts: 1 }), newWealth());
    expect(checkpointOf(looked).wealth).toEqual(expected);
    // What a step saw is its own.
    expect(checkpointOf(looked)).toMatchObject({ step: 1, stepTally: { greenTotal: 900, sinceMinute: NOON_MINUTE + 16 } });
  });

  it('that are old go to the step that they were in', () => {
    const record = aRelease({ shifts: [[0, 20], [10, 20], [20, 20]], plan: '10% 10m, 20% 10m, 50% 10m' }); // biome-ignore format: pairs
    const looked = look(record, whole(1, 30), atMs(21));
    expect(checkpointOf(looked)).toMatchObject({ step: 1, stepTally: { greenTotal: 900 } });
  });

  it('are never more than 180 to read', () => {
    const record = aRelease({ plan: '10% 30d' });
    expect(minutesToRead({}, judgedTargets(record), record, atMs(10_000))).toEqual({ from: NOON_MINUTE + 9819, until: NOON_MINUTE + 9999 });
    const behind = look(record, whole(1, 10), atMs(12));
    expect(minutesToRead(behind, judgedTargets(record), record, atMs(100))).toEqual({ from: NOON_MINUTE + 11, until: NOON_MINUTE + 99 });
    expect(minutesToRead(behind, judgedTargets(record), record, atMs(1000))).toEqual({ from: NOON_MINUTE + 819, until: NOON_MINUTE + 999 });
  });

  it('are none to read before one is a minute old, or without a shift', () => {
    const record = aRelease();
    expect(minutesToRead({}, judgedTargets(record), record, atMs(1))).toBeUndefined();
    expect(minutesToRead({}, judgedTargets(record), record, atMs(2))).toEqual({ from: NOON_MINUTE, until: NOON_MINUTE + 1 });
    expect(isOpen({ ...record, shifts: [] }, judgedTargets(record), atMs(10))).toBe(false);
  });

  it('are judged no more once the limit was reached: what was enough stays enough', () => {
    const metrics = whole(1, 3, SICK);
    for (let minute = 4; minute <= 60; minute++) metrics.putMinute(minute, { greenBad: 0, blueBad: 50 });
    const looked = look(aRelease(), metrics, atMs(62));
    expect(throughOf(looked)).toBeLessThanOrEqual(3);
    expect(evidenceOf(aRelease(), looked)).toBeGreaterThanOrEqual(Math.log(100));
    expect(look(aRelease(), metrics, atMs(90), looked)).toEqual(looked);
  });

  it('have gone on only after a look that judged or passed over one more of them', () => {
    const before = look(aRelease(), whole(1, 20), atMs(10));
    expect(hasGoneOn(before, look(aRelease(), whole(1, 20), atMs(10), before))).toBe(false);
    expect(hasGoneOn(before, look(aRelease(), whole(1, 20), atMs(11), before))).toBe(true);
    expect(hasGoneOn({}, before)).toBe(true);
  });

  it('leave the checkpoints that were known as they were', () => {
    const known = look(aRelease(), whole(1, 10), atMs(12));
    const before = structuredClone(known);
    look(aRelease(), whole(1, 30, SICK), atMs(32), known);
    expect(known).toEqual(before);
  });
});

describe('the pairs of a release', () => {
  it('are green’s and blue’s own: what green fails speaks against green, what blue fails does not', () => {
    expect(evidenceOf(aRelease(), look(aRelease(), whole(1, 2, SICK), atMs(4)))).toBeGreaterThan(Math.log(100));
    expect(evidenceOf(aRelease(), look(aRelease(), whole(1, 2, { blueBad: 270 }), atMs(4)))).toBeLessThan(0);
  });

  it('are of each target by itself', () => {
    const record = aRelease({ targets: ['orders-api', 'payments'] });
    const metrics = whole(1, 3);
    for (let minute = 1; minute <= 3; minute++) metrics.putMinute(minute, SICK, 'payments');
    const looked = look(record, metrics, atMs(4));
    expect(checkpointOf(looked, 'errors', 'payments:live').stepTally.greenBad).toBe(60);
    expect(checkpointOf(looked, 'errors', 'orders-api:live').stepTally.greenBad).toBe(2);
  });

  it('are asked of CloudWatch with the total that each must agree with', () => {
    const asked = queriesOf(judgedTargets(aRelease())).map(
      ({ metricName, dimensions, statistic }) => `${metricName} ${statistic} of ${dimensions.ExecutedVersion}`,
    );
    expect(asked.toSorted()).toEqual([
      'Errors SampleCount of 1',
      'Errors SampleCount of 2',
      'Errors Sum of 1',
      'Errors Sum of 2',
      'Invocations Sum of 1',
      'Invocations Sum of 2',
    ]);
  });
});
