import { describe, expect, it } from 'vitest';
import { judgesAnything, NOT_JUDGED, toleratedOdds } from '../../../functions/release/judge/request.ts';
import { parseRequest } from '../../../functions/release/request.ts';

const METRIC = { name: 'declined', namespace: 'Shop', bad: 'Declined' };
const parse = (judge: unknown, rest: object = {}) => parseRequest({ targets: ['orders-api'], judge, ...rest });

function judgeOf(judge: unknown) {
  const parsed = parse(judge);
  if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
  return parsed.request.judge;
}

function wrongOf(judge: unknown, rest?: object): Record<string, string> {
  const parsed = parse(judge, rest);
  return 'wrong' in parsed ? Object.fromEntries(parsed.wrong.map(({ field, message }) => [field, message])) : {};
}

const DEFAULTS = {
  errors: true,
  latency: 'auto',
  metrics: [],
  tolerate: { errors: '0%', latency: '50%' },
  attempts: 1,
  falseRevertRate: 0.01,
  minRequests: 100,
  tooFewRequests: 'promote',
};

describe('what a release says of the judge', () => {
  it('is everything by default', () => {
    expect(judgeOf(undefined)).toEqual(DEFAULTS);
    expect(judgeOf({})).toEqual(DEFAULTS);
    expect(judgeOf({ tolerate: { errors: '5%' } }).tolerate).toEqual({ errors: '5%', latency: '50%' });
    expect(judgeOf({ metrics: [METRIC] }).metrics).toEqual([
      { ...METRIC, dimensions: {}, versionDimension: 'ExecutedVersion', tolerate: '0%' },
    ]);
  });

  it.each<[Record<string, unknown>]>([
    [{ errors: false }],
    [{ latency: false }],
    [{ latency: { slowerThanMs: 800 } }],
    [{ latency: { slowerThanMs: 1.5 } }],
    [{ tolerate: { errors: '0.5%', latency: '9999.99%' } }],
    [{ attempts: 3 }],
    [{ falseRevertRate: 0.2 }],
    [{ falseRevertRate: 0.000001 }],
    [{ minRequests: 0 }],
    [{ tooFewRequests: 'wait' }],
    [{ tooFewRequests: 'revert' }],
    [
      {
        metrics: [
          {
            ...METRIC,
            total: 'Payments',
            target: 'orders-api:live',
            dimensions: { shop: 'north' },
            versionDimension: 'release',
            tolerate: '10%',
          },
        ],
      },
    ],
  ])('may be %j, and read again is the same', (said) => {
    const judge = judgeOf(said);
    expect(judge).toEqual({ ...DEFAULTS, ...said });
    expect(judgeOf(JSON.parse(JSON.stringify(judge)))).toEqual(judge);
  });

  it.each<[Record<string, unknown>, string, string | RegExp]>([
    [{ errors: 'yes' }, 'judge.errors', 'is true or false'],
    [{ latency: true }, 'judge.latency', 'is "auto", { "slowerThanMs": 800 } or false'],
    [{ latency: 'p99' }, 'judge.latency', 'is "auto", { "slowerThanMs": 800 } or false'],
    [{ latency: { slowerThanMs: 0 } }, 'judge.latency.slowerThanMs', 'is at least 1 ms'],
    [{ latency: { slowerThanMs: 900_001 } }, 'judge.latency.slowerThanMs', /at most 900000 ms/],
    [{ latency: { slowerThanMs: 800, over: 1 } }, 'judge.latency.over', /is not a field of a release/],
    [{ tolerate: '20%' }, 'judge.tolerate', 'is an object such as { "errors": "20%" }'],
    [{ metrics: ['errors'] }, 'judge.metrics[0]', 'is an object'],
    [{ metrics: [[]] }, 'judge.metrics[0]', 'is an object'],
    [{ metrics: [{ ...METRIC, name: 'errors' }] }, 'judge.metrics[0].name', /names that Teal gives its own/],
    [{ metrics: [{ ...METRIC, namespace: ':Shop' }] }, 'judge.metrics[0].namespace', 'does not begin with a colon'],
    [{ metrics: [{ ...METRIC, namespace: ' ' }] }, 'judge.metrics[0].namespace', /not blank/],
    [{ metrics: [{ ...METRIC, total: 'Declined' }] }, 'judge.metrics[0].total', /is the same as bad/],
    [{ metrics: [{ ...METRIC, dimensions: ['shop'] }] }, 'judge.metrics[0].dimensions', 'is an object of texts'],
    [{ tolerate: { errors: 20 } }, 'judge.tolerate.errors', 'is a percentage such as "20%"'],
    [{ tolerate: { errors: '-5%' } }, 'judge.tolerate.errors', 'is a percentage such as "20%"'],
    [{ tolerate: { latency: '20' } }, 'judge.tolerate.latency', 'is a percentage such as "20%"'],
    [{ tolerate: { speed: '20%' } }, 'judge.tolerate.speed', /is not a field of a release/],
    [{ attempts: 0 }, 'judge.attempts', 'is at least 1'],
    [{ attempts: 11 }, 'judge.attempts', 'is at most 10'],
    [{ attempts: 1.5 }, 'judge.attempts', 'is a whole number'],
    [{ falseRevertRate: 0 }, 'judge.falseRevertRate', 'is at least 0.000001'],
    [{ falseRevertRate: 0.5 }, 'judge.falseRevertRate', /at most 0\.2/],
    [{ falseRevertRate: '1%' }, 'judge.falseRevertRate', 'is a probability such as 0.01'],
    [{ minRequests: -1 }, 'judge.minRequests', 'is at least 0'],
    [{ minRequests: 2e9 }, 'judge.minRequests', 'is at most 1000000000'],
    [{ minRequests: 1.5 }, 'judge.minRequests', 'is a whole number'],
    [{ tooFewRequests: 'abort' }, 'judge.tooFewRequests', 'is "promote", "wait" or "revert"'],
    [{ judges: true }, 'judge.judges', /is not a field of a release/],
    [{ metrics: METRIC }, 'judge.metrics', 'is a list of metrics'],
    [{ metrics: Array.from({ length: 11 }, (_, index) => ({ ...METRIC, name: `m${index}` })) }, 'judge.metrics', 'has at most 10 metrics'],
    [{ metrics: [{ ...METRIC, name: undefined }] }, 'judge.metrics[0].name', 'is missing'],
    [{ metrics: [{ ...METRIC, name: '?' }] }, 'judge.metrics[0].name', /is a short name/],
    [{ metrics: [{ ...METRIC, namespace: '' }] }, 'judge.metrics[0].namespace', 'is not empty'],
    [{ metrics: [{ ...METRIC, bad: 'é' }] }, 'judge.metrics[0].bad', 'is plain text (ASCII), not blank'],
    [{ metrics: [{ ...METRIC, total: 5 }] }, 'judge.metrics[0].total', 'is text'],
    [{ metrics: [{ ...METRIC, tolerate: 'none' }] }, 'judge.metrics[0].tolerate', 'is a percentage such as "20%"'],
    [{ metrics: [{ ...METRIC, dimensions: 'shop' }] }, 'judge.metrics[0].dimensions', 'is an object of texts'],
    [{ metrics: [{ ...METRIC, dimensions: { shop: 5 } }] }, 'judge.metrics[0].dimensions.shop', 'is text'],
    [{ metrics: [{ ...METRIC, dimensions: { ExecutedVersion: '1' } }] }, 'judge.metrics[0].dimensions', /cannot name ExecutedVersion/],
    [{ metrics: [{ ...METRIC, versionDimension: '' }] }, 'judge.metrics[0].versionDimension', 'is not empty'],
    [{ metrics: [{ ...METRIC, statistic: 'p99' }] }, 'judge.metrics[0].statistic', /is not a field of a release/],
    [{ metrics: [{ ...METRIC, target: 'payments' }] }, 'judge.metrics[0].target', '"payments" is not a target of this release'],
  ])('cannot be %j', (judge, field, message) => {
    expect(wrongOf(judge)).toEqual({ [field]: typeof message === 'string' ? message : expect.stringMatching(message) });
  });

  it('is told in full when several things are wrong', () => {
    expect(Object.keys(wrongOf({ attempts: 0, minRequests: -1, metrics: [{ ...METRIC, bad: '' }] })).toSorted()).toEqual([
      'judge.attempts',
      'judge.metrics[0].bad',
      'judge.minRequests',
    ]);
  });

  it('says of several functions whose each metric is', () => {
    const targets = ['orders-api', 'payments'];
    expect(wrongOf({ metrics: [METRIC] }, { targets })).toEqual({ 'judge.metrics[0].target': expect.stringMatching(/^is missing/) });
    expect(
      wrongOf(
        {
          metrics: [
            { ...METRIC, target: 'orders-api' },
            { ...METRIC, target: 'payments' },
          ],
        },
        { targets },
      ),
    ).toEqual({});
  });

  it.each([
    ['said alike', {}, {}],
    ['said with and without its alias', { target: 'orders-api' }, { target: 'orders-api:live' }],
    ['said and left out', {}, { target: 'orders-api' }],
  ])('cannot name a metric of a target twice, its target %s', (_, one, other) => {
    expect(
      Object.keys(
        wrongOf({
          metrics: [
            { ...METRIC, ...one },
            { ...METRIC, bad: 'Refused', ...other },
          ],
        }),
      ),
    ).toEqual(['judge.metrics[1]']);
  });
});

describe('a plan that nothing can judge', () => {
  const NOTHING = { errors: false, latency: false };

  it.each([
    ['every step is 100', {}, { plan: '100% 30m' }],
    ['no step below 100 bakes', {}, { plan: '10% 0m, 100% 30m' }],
    ['nothing is judged', NOTHING, { plan: '10% 10m' }],
  ])('is refused by the name unwatched when %s', (_, judge, rest) => {
    expect(wrongOf(judge, rest)).toEqual({ unwatched: expect.stringContaining('"unwatched": true') });
    expect(wrongOf(judge, { ...rest, unwatched: true })).toEqual({});
    expect(wrongOf(judge, { ...rest, alarms: ['orders-errors'] })).toEqual({});
  });

  it.each([[false], [[]], ['auto'], [null]])('is no judge of %j', (judge) => {
    expect(parseRequest({ targets: ['orders-api'], judge })).toEqual({
      wrong: [{ field: 'judge', message: 'is an object; { "errors": false, "latency": false } judges nothing' }],
    });
  });

  it('is one that leaves a target to nobody', () => {
    const judge = { ...NOTHING, metrics: [{ ...METRIC, target: 'orders-api' }] };
    const targets = ['orders-api', 'payments'];
    expect(wrongOf(judge, { targets })).toEqual({ unwatched: expect.stringMatching(/the judge is off for payments: /) });
    expect(wrongOf(judge, { targets, alarms: ['errors'] })).toEqual({});
    expect(wrongOf(judge, { targets, unwatched: true })).toEqual({});
  });

  it('is none that a step of 95 % bakes in, or in which one metric is judged', () => {
    expect(wrongOf({}, { plan: '95% 10m, 100% 0m' })).toEqual({});
    expect(wrongOf({ ...NOTHING, metrics: [METRIC] }, { plan: '10% 10m' })).toEqual({});
    expect(wrongOf({ ...NOTHING, latency: { slowerThanMs: 5 } }, { plan: '10% 10m' })).toEqual({});
  });

  it('is one that a Teal without a judge began', () => {
    expect(judgesAnything(NOT_JUDGED, { function: 'orders-api', alias: 'live' })).toBe(false);
    expect(wrongOf(NOT_JUDGED, { unwatched: true })).toEqual({});
  });
});

describe('what is tolerated', () => {
  it('is so many times the odds', () => {
    expect(['0%', '20%', '50%', '0.5%', '100%'].map(toleratedOdds)).toEqual([1, 1.2, 1.5, 1.005, 2]);
  });
});
