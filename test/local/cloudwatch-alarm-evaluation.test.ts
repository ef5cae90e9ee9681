import { expect, test } from 'vitest';
import { aCloudWatch, MINUTE, START } from './a-cloudwatch.ts';

test('a new alarm begins INSUFFICIENT_DATA and is evaluated within its first minute', async () => {
  const { putAlarm, record, clock, state, alarm } = aCloudWatch();
  record(-1, 0);
  await putAlarm();
  expect(await alarm()).toMatchObject({ StateValue: 'INSUFFICIENT_DATA', StateReason: 'Unchecked: Initial alarm creation' });
  await clock.advanceTo(START + MINUTE);
  expect(await state()).toBe('OK');
});

test('a minute is evaluated shortly after its end, and the alarm returns to OK when the breaching data leaves the evaluation range', async () => {
  const { putAlarm, record, toMinute, clock, state, events } = aCloudWatch();
  await putAlarm({ TreatMissingData: 'notBreaching' });
  await toMinute(1);
  record(1, 1);
  await clock.advanceTo(START + 2 * MINUTE);
  expect(await state()).toBe('OK');
  await toMinute(2);
  expect(await state()).toBe('ALARM');
  await toMinute(10);
  expect(await state()).toBe('OK');
  expect(events.map(({ detail }) => detail.state.value)).toEqual(['OK', 'ALARM', 'OK']);
});

// The tables of "Configuring how CloudWatch alarms treat missing data": 0 is healthy, X breaching, - missing; the alarm was OK before.
test.each([
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
])('data %s with %i of 3 datapoints to alarm gives the documented states', async (data, DatapointsToAlarm, expected) => {
  for (const [TreatMissingData, value] of Object.entries(expected)) {
    const { putAlarm, recordEach, setState, toMinute, state } = aCloudWatch();
    recordEach(
      -5,
      [...data].map((point) => (point === '-' ? undefined : point === 'X' ? 9 : 0)),
    );
    await putAlarm({ EvaluationPeriods: 3, DatapointsToAlarm, TreatMissingData });
    await setState('errors', 'OK');
    await toMinute(0);
    expect(await state(), TreatMissingData).toBe(value);
  }
});

test('M of N: the breaching datapoints need not follow one another', async () => {
  const { putAlarm, recordEach, toMinute, state } = aCloudWatch();
  recordEach(0, [0, 5, 0, 0, 5, 5, 0, 0, 0, 0]);
  await putAlarm({ EvaluationPeriods: 5, DatapointsToAlarm: 3 });
  const states: Record<number, unknown> = {};
  for (const minute of [5, 6, 7]) {
    await toMinute(minute);
    states[minute] = await state();
  }
  expect(states).toEqual({ 5: 'OK', 6: 'ALARM', 7: 'OK' });
});

test.each([
  ['GreaterThanThreshold', 5, 'OK'],
  ['GreaterThanThreshold', 6, 'ALARM'],
  ['GreaterThanOrEqualToThreshold', 5, 'ALARM'],
  ['LessThanThreshold', 5, 'OK'],
  ['LessThanThreshold', 4, 'ALARM'],
  ['LessThanOrEqualToThreshold', 5, 'ALARM'],
] as const)('%s compares %i with 5', async (ComparisonOperator, value, expected) => {
  const { putAlarm, record, toMinute, state } = aCloudWatch();
  record(-1, value);
  await putAlarm({ ComparisonOperator, Threshold: 5 });
  await toMinute(0);
  expect(await state()).toBe(expected);
});

test.each([
  [{ Statistic: 'Sum' }, 110],
  [{ Statistic: 'Average' }, 11],
  [{ Statistic: 'Minimum' }, 2],
  [{ Statistic: 'Maximum' }, 20],
  [{ Statistic: 'SampleCount' }, 10],
  [{ Statistic: undefined, ExtendedStatistic: 'p90' }, 18],
] as const)('an alarm on %o sees that statistic of all samples of the period', async (statistic, value) => {
  const { putAlarm, record, toMinute, alarm } = aCloudWatch();
  for (let sample = 1; sample <= 10; sample++) record(-1, sample * 2);
  await putAlarm({ ...statistic, Threshold: value });
  await toMinute(0);
  expect(await alarm()).toMatchObject({ StateValue: 'ALARM', StateReason: expect.stringContaining(`[${value.toFixed(1)} (`) });
});

test('dimensions match exactly: fewer or more are another metric', async () => {
  const { putAlarm, service, record, toMinute, state } = aCloudWatch();
  service.record({ namespace: 'Shop', metricName: 'Errors', dimensions: {}, value: 9, atMs: START - 1 });
  service.record({ namespace: 'Shop', metricName: 'Errors', dimensions: { FunctionName: 'web', Version: '2' }, value: 9, atMs: START - 1 });
  await putAlarm();
  await toMinute(1);
  expect(await state()).toBe('INSUFFICIENT_DATA');
  record(1, 9);
  await toMinute(2);
  expect(await state()).toBe('ALARM');
});

test('a longer period is a window that slides by the minute', async () => {
  const { putAlarm, record, toMinute, state } = aCloudWatch();
  record(3, 2);
  record(6, 2);
  await putAlarm({ Period: 300, Threshold: 4, TreatMissingData: 'notBreaching' });
  await toMinute(6);
  expect(await state()).toBe('OK');
  await toMinute(7);
  expect(await state()).toBe('ALARM');
});
