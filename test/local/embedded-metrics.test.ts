import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { createMetricLines } from '../../local/lambda/metric-lines.ts';
import { createWorldWith, START_MS } from '../world.ts';

test('a line is found however it comes in pieces, and one that is too long is not', () => {
  const lines = createMetricLines();
  for (const piece of ['{"_a', 'ws":1}', '\nplain\n{"_aws":2}\n{"_aws":3', '}']) lines.write(piece);
  expect(lines.take()).toEqual(['{"_aws":1}', '{"_aws":2}', '{"_aws":3}']);
  expect(lines.take()).toEqual([]);
  lines.write(`{"_aws":"${'x'.repeat(999_999)}`);
  lines.write(`${'x'.repeat(2_000_000)}"}\n{"_aws":4}\n`);
  expect(lines.take()).toEqual(['{"_aws":4}']);
});

test('what a behaviour of the test world prints in the embedded metric format is a metric, at its cloud time', async () => {
  const world = await createWorldWith('orders-api');
  const { clock } = world.aws.ground;
  world.behaviours.blue = (_event, { version }, print) => {
    const CloudWatchMetrics = [{ Namespace: 'Teal', Dimensions: [['version']], Metrics: [{ Name: 'bad' }] }];
    print('{"_aws": this is none');
    print(JSON.stringify({ _aws: { Timestamp: clock.nowMs(), CloudWatchMetrics }, version, bad: 1 }));
    return { statusCode: 500 };
  };
  await world.minutes(7);
  for (let request = 0; request < 3; request++) {
    await world.lambda.send(new InvokeCommand({ FunctionName: 'orders-api', Qualifier: 'live' }));
  }
  const Metric = { Namespace: 'Teal', MetricName: 'bad', Dimensions: [{ Name: 'version', Value: '1' }] };
  const window = { StartTime: new Date(START_MS), EndTime: new Date(START_MS + 3_600_000) };
  const { MetricDataResults } = await world.cloudwatch.send(
    new GetMetricDataCommand({ ...window, MetricDataQueries: [{ Id: 'm', MetricStat: { Metric, Period: 60, Stat: 'SampleCount' } }] }),
  );
  expect(MetricDataResults).toMatchObject([{ Values: [3], Timestamps: [new Date(START_MS + 7 * 60_000)] }]);
});
