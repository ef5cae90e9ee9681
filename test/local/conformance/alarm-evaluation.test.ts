import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import {
  aMetric,
  describeAlarm,
  minuteFromNow,
  passUntil,
  putAlarm,
  putValues,
  setState,
  stateOf,
  untilEvaluated,
  untilState,
} from './metrics.ts';

// CloudWatch user guide, "Using Amazon CloudWatch alarms": "Evaluating an alarm", "Configuring how CloudWatch alarms treat
// missing data", "Alarm evaluation"; API reference, PutMetricAlarm.

const account = await openAccount();
afterAll(account.close);
const { name } = account;

/** Somewhat after an evaluation of the minute that ended at `when`, and before the next one. */
const passEvaluationAt = (when: Date) => passUntil(account, new Date(when.getTime() + 50_000));

test('a new alarm begins INSUFFICIENT_DATA and is evaluated within minutes', async () => {
  const alarm = name('new');
  const metric = aMetric(account, 'New');
  await putValues(account, metric, minuteFromNow(account, -3), [0, 0, 0, 0, 0, 0]);
  await putAlarm(account, alarm, metric);
  expect(await describeAlarm(account, alarm)).toMatchObject({
    StateValue: 'INSUFFICIENT_DATA',
    StateReason: 'Unchecked: Initial alarm creation',
  });
  await untilState(account, alarm, 'OK');
});

test('an alarm on a breaching minute is ALARM, and returns to OK when that minute leaves the evaluation range', async () => {
  const alarm = name('leaves');
  const metric = aMetric(account, 'Leaves');
  await putAlarm(account, alarm, metric, { TreatMissingData: 'notBreaching' });
  await untilState(account, alarm, 'OK');
  await putValues(account, metric, minuteFromNow(account, 0), [1]);
  await untilState(account, alarm, 'ALARM');
  await untilState(account, alarm, 'OK', 900);
});

// "How alarm state is evaluated when data is missing": the tables of that section, for 3 of 3 and 2 of 3 datapoints. X is
// breaching, 0 is not, - is missing; the newest is on the right. Where the table says "Retain current state" it was OK.
const TABLE: [string, number, Record<'missing' | 'ignore' | 'breaching' | 'notBreaching', 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'>][] = [
  // 3 of 3
  ['0-X-X', 3, { missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' }],
  ['0----', 3, { missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' }],
  ['-----', 3, { missing: 'INSUFFICIENT_DATA', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['0XX-X', 3, { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
  ['----X', 3, { missing: 'INSUFFICIENT_DATA', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['--X--', 3, { missing: 'ALARM', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['X----', 3, { missing: 'ALARM', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  // 2 of 3
  ['0-X-X', 2, { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
  ['00X0X', 2, { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
  ['0-X--', 2, { missing: 'OK', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['----0', 2, { missing: 'OK', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['---X-', 2, { missing: 'ALARM', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
  ['----X', 2, { missing: 'INSUFFICIENT_DATA', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
];

describe('data that is missing', () => {
  const alarmOf = (data: string, datapointsToAlarm: number, treatment: string) =>
    name(`missing-${[...data].map((point) => ({ '-': 'm', X: 'b' })[point] ?? 'g').join('')}-${datapointsToAlarm}-${treatment}`);

  beforeAll(async () => {
    const evaluatedAt = minuteFromNow(account, 3);
    for (const [row, [data, DatapointsToAlarm, expected]] of TABLE.entries()) {
      const metric = aMetric(account, 'Missing', `row-${row}`);
      const values = [...data].map((point) => (point === '-' ? undefined : point === 'X' ? 9 : 0));
      await putValues(account, metric, new Date(evaluatedAt.getTime() - 300_000), values);
      for (const TreatMissingData of Object.keys(expected)) {
        const alarm = alarmOf(data, DatapointsToAlarm, TreatMissingData);
        await putAlarm(account, alarm, metric, { EvaluationPeriods: 3, DatapointsToAlarm, TreatMissingData });
      }
    }
    await passUntil(account, evaluatedAt);
    const alarms = TABLE.flatMap(([data, count, expected]) => Object.keys(expected).map((treatment) => alarmOf(data, count, treatment)));
    await Promise.all(alarms.map((alarm) => setState(account, alarm, 'OK')));
    await passEvaluationAt(evaluatedAt);
  });

  test.each(TABLE)('%s with %i of 3 datapoints to alarm gives the documented states', async (data, datapointsToAlarm, expected) => {
    const states: Record<string, unknown> = {};
    for (const treatment of Object.keys(expected)) {
      states[treatment] = await stateOf(account, alarmOf(data, datapointsToAlarm, treatment));
    }
    expect(states).toEqual(expected);
  });
});

test('M of N: the breaching datapoints need not follow one another', async () => {
  const alarm = name('m-of-n');
  const metric = aMetric(account, 'MOfN');
  const from = minuteFromNow(account, 1);
  await putValues(account, metric, from, [0, 5, 0, 0, 5, 5, 0, 0, 0, 0]);
  await putAlarm(account, alarm, metric, { EvaluationPeriods: 5, DatapointsToAlarm: 3 });
  const states: Record<number, unknown> = {};
  for (const minute of [5, 6, 7]) {
    await passEvaluationAt(new Date(from.getTime() + minute * 60_000));
    states[minute] = await stateOf(account, alarm);
  }
  expect(states).toEqual({ 5: 'OK', 6: 'ALARM', 7: 'OK' });
});

describe('the threshold', () => {
  const from = () => minuteFromNow(account, -3);
  /** Long enough for whichever minute is evaluated. */
  const always = (value: number) => Array.from({ length: 8 }, () => value);

  test.each([
    ['GreaterThanThreshold', 5, 'OK'],
    ['GreaterThanThreshold', 6, 'ALARM'],
    ['GreaterThanOrEqualToThreshold', 5, 'ALARM'],
    ['LessThanThreshold', 5, 'OK'],
    ['LessThanThreshold', 4, 'ALARM'],
    ['LessThanOrEqualToThreshold', 5, 'ALARM'],
  ] as const)('%s compares %i with 5', async (ComparisonOperator, value, expected) => {
    const alarm = name(`${ComparisonOperator}-${value}`);
    const metric = aMetric(account, 'Compared', alarm);
    await putValues(account, metric, from(), always(value));
    await putAlarm(account, alarm, metric, { ComparisonOperator, Threshold: 5 });
    expect(await untilEvaluated(account, alarm)).toMatchObject({ StateValue: expected });
  });

  test.each([
    [{ Statistic: 'Sum' }, 110],
    [{ Statistic: 'Average' }, 11],
    [{ Statistic: 'Minimum' }, 2],
    [{ Statistic: 'Maximum' }, 20],
    [{ Statistic: 'SampleCount' }, 10],
    [{ Statistic: undefined, ExtendedStatistic: 'p90' }, 18],
  ] as const)('an alarm on %o sees that statistic of all samples of the period', async (statistic, value) => {
    const alarm = name(`statistic-${value}`);
    const metric = aMetric(account, 'Sampled', alarm);
    for (let sample = 1; sample <= 10; sample++) await putValues(account, metric, from(), always(sample * 2));
    await putAlarm(account, alarm, metric, { ...statistic, Threshold: value });
    expect(await untilEvaluated(account, alarm)).toMatchObject({
      StateValue: 'ALARM',
      StateReason: expect.stringContaining(`[${value.toFixed(1)} (`),
    });
  });

  test('dimensions match exactly: fewer or more are another metric', async () => {
    const alarm = name('dimensions');
    const metric = aMetric(account, 'Dimensions');
    await putValues(account, { ...metric, Dimensions: [] }, from(), always(9));
    const [own] = metric.Dimensions;
    await putValues(account, { ...metric, Dimensions: [own!, { Name: 'Version', Value: '2' }] }, from(), always(9));
    await putAlarm(account, alarm, metric);
    await account.pass(150);
    expect(await stateOf(account, alarm)).toBe('INSUFFICIENT_DATA');
    await putValues(account, metric, from(), always(9));
    await untilState(account, alarm, 'ALARM');
  });

  // "EvaluationWindow": by default alarms look at a sliding window.
  test('a longer period is a window that slides by the minute', async () => {
    const alarm = name('sliding');
    const metric = aMetric(account, 'Sliding');
    const start = minuteFromNow(account, 1);
    await putValues(account, metric, start, [2, undefined, undefined, 2]);
    await putAlarm(account, alarm, metric, { Period: 300, Threshold: 4, TreatMissingData: 'notBreaching' });
    await passEvaluationAt(new Date(start.getTime() + 3 * 60_000));
    expect(await stateOf(account, alarm)).toBe('OK');
    await passEvaluationAt(new Date(start.getTime() + 4 * 60_000));
    expect(await stateOf(account, alarm)).toBe('ALARM');
  });
});
