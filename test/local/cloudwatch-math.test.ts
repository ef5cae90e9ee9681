import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { aCloudWatch, aMetric } from './a-cloudwatch.ts';

test('a metric math alarm watches the one expression that returns data', async () => {
  const { client, record, toMinute, alarm, events } = aCloudWatch();
  record(-1, 1, 'Errors');
  record(-1, 10, 'Invocations');
  record(0, 3, 'Errors');
  record(0, 10, 'Invocations');
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      EvaluationPeriods: 1,
      Threshold: 25,
      ComparisonOperator: 'GreaterThanThreshold',
      Metrics: [
        { Id: 'rate', Expression: 'IF(calls >= 5, 100 * errors / calls, 0)', Label: 'error rate' },
        aMetric('errors', 'Errors'),
        aMetric('calls', 'Invocations'),
      ],
    }),
  );
  await toMinute(0);
  expect(await alarm()).toMatchObject({ StateValue: 'OK', Metrics: [{ Id: 'rate', ReturnData: true }, { Id: 'errors' }, { Id: 'calls' }] });
  await toMinute(1);
  expect(await alarm()).toMatchObject({ StateValue: 'ALARM', StateReason: expect.stringContaining('[30.0 (01/01/26 00:00:00)]') });
  expect(events[1]!.detail.configuration.metrics).toContainEqual({
    id: 'rate',
    label: 'error rate',
    expression: 'IF(calls >= 5, 100 * errors / calls, 0)',
    returnData: true,
  });
});

const _ = undefined;

// Metric math as documented: m1 is [30, 20, 0, 0, -], m2 [20, -, 20, -, 40].
test.each<[string, (number | undefined)[]]>([
  ['m1 + m2', [50, 20, 20, 0, 40]],
  ['m1 - m2 * 2', [-10, 20, -40, 0, -80]],
  ['(m1 - 10) / 2', [10, 5, -5, -5, _]],
  ['m1 / m2', [1.5, _, 0, _, 0]],
  ['-m1 ^ 2 + 1', [-899, -399, 1, 1, _]],
  ['m1 < m2', [0, 0, 1, 0, 1]],
  ['m1 >= 30', [1, 0, 0, 0, _]],
  ['m1 > 15 AND m2 > 15', [1, 0, 0, 0, 0]],
  ['m1 == 0 || m2 == 20', [1, 0, 1, 1, 0]],
  ['FILL(m1, 7)', [30, 20, 0, 0, 7]],
  ['FILL(m2, REPEAT)', [20, 20, 20, 20, 40]],
  ['FILL(m2, LINEAR)', [20, 20, 20, 30, 40]],
  ['SUM([m1, m2])', [50, 20, 20, 0, 40]],
  ['AVG([m1, m2])', [25, 10, 10, 0, 20]],
  ['MAX(METRICS())', [30, 20, 20, 0, 40]],
  ['MIN(METRICS("m"))', [20, 20, 0, 0, 40]],
  ['m1 - SUM(m1)', [-20, -30, -50, -50, _]],
  ['m1 / AVG(m2) * DATAPOINT_COUNT(m2) * PERIOD(m1)', [202.5, 135, 0, 0, _]],
  ['TIME_SERIES(MAX(m2))', [40, 40, 40, 40, 40]],
  ['IF(m1, m2, 5)', [20, 0, 5, 5, _]],
  ['IF(m1 > 10, 1)', [1, 1, _, _, _]],
  ['IF(m1 < 1, m2, m1)', [30, 20, 20, 0, _]],
])('metric math: %s', async (Expression, expected) => {
  const { recordEach, record, math } = aCloudWatch();
  recordEach(0, [30, 20, 0, 0]);
  record(0, 20, 'Calls');
  record(2, 20, 'Calls');
  record(4, 40, 'Calls');
  expect(await math([{ Id: 'e1', Expression }, aMetric('m1', 'Errors'), aMetric('m2', 'Calls')], 5)).toEqual([expected]);
});

test.each([
  ['ANOMALY_DETECTION_BAND(m1)', 'ANOMALY_DETECTION_BAND'],
  ["SEARCH('{Shop}', 'Sum')", 'SEARCH'],
  ['SELECT SUM(Errors) FROM Shop', 'Metrics Insights'],
  ['m1 + m9', 'm9'],
  ['SUM(m1)', 'scalar'],
  ['m1 +', 'end'],
  ['e1 * 2', 'refers to itself'],
])('refuses the expression %s by name', async (Expression, named) => {
  const { math } = aCloudWatch();
  await expect(math([{ Id: 'e1', Expression }, aMetric('m1', 'Errors')], 5)).rejects.toThrow(named);
});
