import { PutCompositeAlarmCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { createWorld, type World } from '../world.ts';

const dimensions = [
  { Name: 'FunctionName', Value: 'orders-api' },
  { Name: 'Resource', Value: 'orders-api:live' },
];
const base = { EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'notBreaching' } as const;

const errors = (world: World) =>
  world.cloudwatch.send(
    new PutMetricAlarmCommand({
      ...base,
      AlarmName: 'errors',
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: dimensions,
      Statistic: 'Sum',
      Period: 60,
      Threshold: 0,
    }),
  );

const errorRate = (world: World) => {
  const stat = (Id: string, MetricName: string) => ({
    Id,
    ReturnData: false,
    MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName, Dimensions: dimensions }, Period: 60, Stat: 'Sum' },
  });
  const Metrics = [stat('errors', 'Errors'), stat('requests', 'Invocations'), { Id: 'rate', Expression: '100 * errors / requests' }];
  return world.cloudwatch.send(new PutMetricAlarmCommand({ ...base, AlarmName: 'error-rate', Metrics, Threshold: 1 }));
};

const either = async (world: World) => {
  await errors(world);
  await world.cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: 'either', AlarmRule: 'ALARM("errors") OR FALSE' }));
};

describe('an alarm that CloudWatch itself evaluates, over users’ requests', () => {
  it.each([
    ['on a metric', 'errors', errors],
    ['on metric math', 'error-rate', errorRate],
    ['of alarms', 'either', either],
  ])('%s reverts a bad version and spares a good one', async (_, name, put) => {
    const world = await createWorld();
    await world.aFunction('orders-api');
    await put(world);
    const served: { version: string; isFailed: boolean }[] = [];
    const serveMinutes = async (count: number) => {
      for (let minute = 0; minute < count; minute++) {
        for (let request = 0; request < 20; request++) served.push(await world.request('orders-api'));
        await world.minutes(1);
      }
    };
    await serveMinutes(2);
    const good = await world.start({ targets: ['orders-api'], alarms: [name], plan: '50% 3m' });
    await serveMinutes(6);
    expect(await world.untilOver(good)).toMatchObject({ status: 'promoted' });

    await world.deployCode('orders-api', 'bad');
    const bad = await world.start({ targets: ['orders-api'], alarms: [name], plan: '50% 10m' });
    await serveMinutes(5);
    expect(await world.untilOver(bad)).toMatchObject({
      status: 'reverted',
      reason: { code: 'alarm', message: expect.stringContaining(`alarm ${name} went to ALARM`) },
    });
    // Nobody but the bad version failed a request, and nobody was without an answer.
    expect(new Set(served.filter(({ isFailed }) => isFailed).map(({ version }) => version))).toEqual(new Set(['3']));
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });
});
