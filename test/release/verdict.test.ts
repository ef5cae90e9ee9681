import { describe, expect, it } from 'vitest';
import type { Judgement, MetricJudgement } from '../../functions/release/judge/judgement.ts';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import { takeLook } from '../../functions/release/verdict.ts';
import { aRelease, at } from './judge/a-judged-release.ts';

const aMetric = (index: number): MetricJudgement => ({
  target: 'orders-api:live',
  metric: `metric ${index}`,
  evidence: 2,
  since: at(1),
  green: { bad: 1, total: 100 },
  blue: { bad: 9, total: 900 },
  expectedBad: 1,
  odds: 1,
  message: `metric ${index} of orders-api: green failed 1 of 100`,
  couldHaveCaught: 'would have caught 3 %',
});

const aJudgement = ({ metrics = 1, ...rest }: Partial<Omit<Judgement, 'metrics'>> & { metrics?: number } = {}): Judgement => ({
  evidence: 2,
  limit: 100,
  isRegression: false,
  message: 'what the judge says',
  metrics: Array.from({ length: metrics }, (_, index) => aMetric(index)),
  tooFew: [],
  ...rest,
});

/** An hour's bake that has begun at noon, and the evidence that its record has, if any. */
function aBake({ evidence, ...release }: { evidence?: number } & Parameters<typeof aRelease>[0] = {}): ReleaseRecord {
  const record = aRelease(release);
  const step = record.step!;
  const { limit, message, metrics, tooFew } = aJudgement();
  return {
    ...record,
    status: 'baking',
    claim: 'held',
    bake: { step, attempt: 0, token: 'token', openedAt: at(0) },
    judgement: evidence === undefined ? undefined : { at: at(1), evidence, limit, message, metrics, tooFew },
    recent: [],
  };
}

/** The record after a look so many minutes after noon. */
const lookedAt = (record: ReleaseRecord, minute: number, judgement?: Judgement): ReleaseRecord =>
  takeLook({ at: at(minute), step: record.step!, alarms: [], routings: [], judgement })(record) ?? record;
const texts = ({ recent }: ReleaseRecord) => recent.map(({ text }) => text);

describe('evidence against green in the timeline', () => {
  it.each<[string, number | undefined, number]>([
    ['up', undefined, 11],
    ['up', 5, 51],
    ['up', 0.01, 0.11],
    ['down', undefined, 0.09],
    ['down', 50, 4],
  ])('is told as %s when it goes from %s to %d to 1, and kept', (way, before, evidence) => {
    const record = lookedAt(aBake({ evidence: before }), 5, aJudgement({ evidence }));
    expect(texts(record)).toEqual([`evidence against green is ${way}: what the judge says`]);
    expect(record.judgement).toMatchObject({ at: at(5), evidence });
  });

  it.each([
    [undefined, 9],
    [undefined, 1 / 9],
    [5, 45],
    [50, 50 / 9],
  ])('is not told when it goes from %s to %d to 1, and what is kept stays', (before, evidence) => {
    const bake = aBake({ evidence: before });
    const record = lookedAt(bake, 5, aJudgement({ evidence }));
    expect(texts(record)).toEqual([]);
    expect(record.judgement).toEqual(bake.judgement);
  });

  it('is told once: the next look compares with what was told', () => {
    const once = lookedAt(aBake(), 5, aJudgement({ evidence: 20 }));
    expect(texts(lookedAt(once, 6, aJudgement({ evidence: 30 })))).toEqual(texts(once));
  });
});

describe('the end of a bake', () => {
  it('tells each metric that was judged, and how large a regression it could have caught', () => {
    const record = lookedAt(aBake(), 60, aJudgement({ metrics: 2 }));
    expect(record.bake!.verdict).toBe('advance');
    expect(texts(record).slice(0, 2)).toEqual([
      'judged: metric 0 of orders-api: green failed 1 of 100; evidence 2.0 to 1 by itself; would have caught 3 %',
      'judged: metric 1 of orders-api: green failed 1 of 100; evidence 2.0 to 1 by itself; would have caught 3 %',
    ]);
  });

  it('tells ten metrics, says how many more there are, and keeps the strongest five', () => {
    const record = lookedAt(aBake(), 60, aJudgement({ metrics: 13 }));
    expect(texts(record).filter((text) => text.startsWith('judged: '))).toHaveLength(10);
    expect(texts(record)).toContain('and 3 more');
    expect(texts(lookedAt(aBake(), 60, aJudgement({ metrics: 10 }))).filter((text) => /^and \d+ more$/.test(text))).toEqual([]);
    expect(record.judgement!.metrics.map(({ metric }) => metric)).toEqual([0, 1, 2, 3, 4].map((index) => `metric ${index}`));
  });

  it('tells in one line of what there was nothing to judge', () => {
    const judgement = aJudgement({ metrics: 6 });
    const none = { bad: 0, total: 0 };
    judgement.metrics = judgement.metrics.map((metric, index) => (index === 0 ? metric : { ...metric, green: none, blue: none }));
    const record = lookedAt(aBake(), 60, judgement);
    expect(texts(record).slice(0, 2)).toEqual([
      'judged: metric 0 of orders-api: green failed 1 of 100; evidence 2.0 to 1 by itself; would have caught 3 %',
      'there was nothing to judge of metric 1 of orders-api:live, metric 2 of orders-api:live, metric 3 of orders-api:live, and 2 more',
    ]);
  });

  it('at 100 % tells no comparison, which the step before has told, and keeps what the judge says', () => {
    const bake = aBake({ plan: '10% 1h, 100% 1h', shifts: [[0, 20], [0, 20]] }); // biome-ignore format: pairs
    const record = lookedAt(bake, 60, aJudgement({ evidence: 3 }));
    expect(record.bake!.verdict).toBe('advance');
    expect(texts(record)).toEqual(['the bake at 100 % is over: advance']);
    expect(record.judgement).toMatchObject({ at: at(60), evidence: 3 });
  });

  it('by a revert tells the decision alone: its reason has the counts', () => {
    const record = lookedAt(aBake(), 60, aJudgement({ evidence: 500, isRegression: true, metrics: 13 }));
    expect(record.decision).toMatchObject({ side: 'revert', reason: { code: 'regression', message: 'what the judge says' } });
    expect(texts(record)).toEqual(['decided to revert: what the judge says']);
    expect(record.judgement).toMatchObject({ evidence: 500 });
    expect(record.judgement!.metrics).toHaveLength(5);
  });
});

it('a look at as many red alarms as a release can watch fits into its record', () => {
  const alarms = Array.from({ length: 500 }, (_, index) => ({
    name: `${index}`.padStart(51, 'a'),
    state: 'ALARM' as const,
    reason: 'r'.repeat(300),
  }));
  const names = alarms.map(({ name }) => name);
  const calm = takeLook({
    at: at(4),
    step: 0,
    alarms: alarms.map((alarm) => ({ ...alarm, state: 'INSUFFICIENT_DATA' as const })),
    routings: [],
  })({ ...aBake(), alarms: names, alarmsAwaitingOk: names })!;
  const red = takeLook({ at: at(5), step: 0, alarms, routings: [] })({ ...calm, alarmsAwaitingOk: names.slice(1) })!;
  expect(red.decision).toMatchObject({ side: 'revert', reason: { code: 'alarm' } });
  expect(red.evidence!.alarms.map(({ name, state, reason }) => [name, state, reason!.length])).toEqual(
    names.map((name) => [name, 'ALARM', 60]),
  );
  // 400 KB in all, of which a request may have 64 and a hundred targets some.
  expect(Buffer.byteLength(JSON.stringify(red))).toBeLessThan(260_000);
});

it('the reasons of a hundred alarms are kept whole', () => {
  const alarms = Array.from({ length: 100 }, (_, index) => ({ name: `${index}`, state: 'ALARM' as const, reason: 'r'.repeat(300) }));
  const seen = takeLook({ at: at(5), step: 0, alarms, routings: [] })({ ...aBake(), alarms: alarms.map(({ name }) => name) })!;
  expect(seen.evidence!.alarms).toEqual(alarms);
});
