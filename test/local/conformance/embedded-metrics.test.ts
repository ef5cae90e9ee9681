import { GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createFunction, invoke } from './functions.ts';
import { MINUTE_MS } from './metrics.ts';

// CloudWatch user guide, "Specification: Embedded metric format"; Lambda developer guide, "Log and monitor Node.js Lambda
// functions". The role may write logs for functions whose name ends in -printing, and for no others.

const account = await openAccount({ functionsRun: 'in processes' });
afterAll(account.close);
const { cloudwatch, name } = account;
const Namespace = name('shop');
const [printing, silent] = [name('printing'), name('silent')];
let beginning: Date;

/** Prints what the event says, the way that it says; `{{now}}` is the time. */
const PRINTING = `exports.handler = async ({ how, text }) => {
  const line = text.replaceAll('"{{now}}"', Date.now() - (how === 'ten minutes ago' ? 600_000 : 0));
  if (how === 'console.log') console.log(line);
  else process.stdout.write(line + (how === 'stdout without an end' ? '' : '\\n'));
};`;

beforeAll(async () => {
  beginning = account.cloudNow();
  for (const functionName of [printing, silent]) await createFunction(account, functionName, PRINTING);
});

/** A document with one metric `Name` of value 1, by version; `changes` are of the root, of the directive and of the definition. */
const aDocument = (Name: string, { root = {}, directive = {}, definition = {} } = {}) => ({
  _aws: {
    Timestamp: '{{now}}',
    CloudWatchMetrics: [{ Namespace, Dimensions: [['version']], Metrics: [{ Name, Unit: 'Count', ...definition }], ...directive }],
  },
  version: '7',
  [Name]: 1,
  ...root,
});

const print = (document: unknown, how = 'stdout', functionName = printing) =>
  invoke(account, functionName, { how, text: typeof document === 'string' ? document : JSON.stringify(document) });

async function read(MetricName: string, Stat = 'Sum', dimensions: Record<string, string> = { version: '7' }) {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(beginning.getTime() - 60 * MINUTE_MS),
      EndTime: new Date(account.cloudNow().getTime() + 2 * MINUTE_MS),
      MetricDataQueries: [{ Id: 'm', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat } }],
    }),
  );
  const [result] = MetricDataResults!;
  return { total: result!.Values!.reduce((sum, value) => sum + value, 0), times: result!.Timestamps!.map((time) => time.getTime()) };
}

const untilTotal = (metricName: string, total: number, stat?: string, dimensions?: Record<string, string>) =>
  account.until(`${metricName} is ${total}`, async () => (await read(metricName, stat, dimensions)).total === total, 300);

test.each(['stdout', 'console.log'])('a document that a function prints becomes metrics: %s', async (how) => {
  const metricName = `by ${how}`;
  await print(aDocument(metricName), how);
  await untilTotal(metricName, 1);
});

test('question: is a document without a line end, the last that a request prints, taken? Assumed: yes', async () => {
  await print(aDocument('endless'), 'stdout without an end');
  await untilTotal('endless', 1);
});

test('a line among others is found', async () => {
  await print(`before\n${JSON.stringify(aDocument('among'))}\nafter {`);
  await untilTotal('among', 1);
});

test('a metric is at the time that the document says', async () => {
  const before = account.cloudNow().getTime();
  await print(aDocument('now'));
  await print(aDocument('earlier'), 'ten minutes ago');
  await untilTotal('now', 1);
  const [time] = (await read('now')).times;
  expect(Math.abs(time! - before)).toBeLessThanOrEqual(2 * MINUTE_MS);
  await untilTotal('earlier', 1);
  const [earlier] = (await read('earlier')).times;
  expect([9, 10, 11]).toContain((time! - earlier!) / MINUTE_MS);
});

test('the value is a number or a list of numbers, each of them a sample', async () => {
  await print(aDocument('list', { root: { list: [1, 0, 1, 3] } }));
  await untilTotal('list', 4, 'SampleCount');
  expect((await read('list', 'Sum')).total).toBe(5);
  expect((await read('list', 'TC(0:)')).total).toBe(3);
});

test('every set of dimensions is a metric of its own, an empty one, too', async () => {
  await print(aDocument('sets', { root: { colour: 'green' }, directive: { Dimensions: [[], ['version'], ['version', 'colour']] } }));
  const sets: Record<string, string>[] = [{}, { version: '7' }, { version: '7', colour: 'green' }];
  for (const dimensions of sets) await untilTotal('sets', 1, 'Sum', dimensions);
});

test('a metric without a unit has the unit None', async () => {
  await print(aDocument('unitless', { definition: { Unit: undefined } }));
  await untilTotal('unitless', 1);
  const answer = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(beginning.getTime() - MINUTE_MS),
      EndTime: new Date(account.cloudNow().getTime() + 2 * MINUTE_MS),
      MetricDataQueries: [
        {
          Id: 'm',
          MetricStat: {
            Metric: { Namespace, MetricName: 'unitless', Dimensions: [{ Name: 'version', Value: '7' }] },
            ...{ Period: 60, Stat: 'Sum', Unit: 'None' },
          },
        },
      ],
    }),
  );
  expect(answer.MetricDataResults![0]!.Values).toEqual([1]);
});

test('members that the specification does not know are ignored', async () => {
  await print(aDocument('extra', { root: { requestId: 'r', nested: { a: 1 } }, definition: { StorageResolution: 60 } }));
  await untilTotal('extra', 1);
});

const tooMany = (count: number) => Array.from({ length: count }, (_, at) => `d${at}`);
test('a document that breaks the specification makes no metric, and the function answers all the same', async () => {
  const broken: Record<string, unknown> = {
    'no-timestamp': { ...aDocument('no-timestamp'), _aws: { CloudWatchMetrics: aDocument('no-timestamp')._aws.CloudWatchMetrics } },
    'no-target': aDocument('no-target', { root: { 'no-target': undefined } }),
    'text-value': aDocument('text-value', { root: { 'text-value': '1' } }),
    'nested-target': aDocument('nested-target', { root: { 'nested-target': { value: 1 } } }),
    'no-dimension': aDocument('no-dimension', { directive: { Dimensions: [['version', 'missing']] } }),
    'number-dimension': aDocument('number-dimension', { root: { version: 7 } }),
    'flat-dimensions': aDocument('flat-dimensions', { directive: { Dimensions: ['version'] } }),
    'no-namespace': aDocument('no-namespace', { directive: { Namespace: '' } }),
    'long-list': aDocument('long-list', { root: { 'long-list': Array.from({ length: 101 }, () => 1) } }),
    'many-dimensions': aDocument('many-dimensions', {
      root: Object.fromEntries(tooMany(31).map((key) => [key, 'x'])),
      directive: { Dimensions: [tooMany(31)] },
    }),
    'data-after': `${JSON.stringify(aDocument('data-after'))} and more`,
    'cut-off': JSON.stringify(aDocument('cut-off')).slice(0, -1),
  };
  for (const document of Object.values(broken)) expect((await print(document)).FunctionError).toBeUndefined();
  await print(aDocument('after-all'));
  await untilTotal('after-all', 1);
  const { Metrics } = await cloudwatch.send(new ListMetricsCommand({ Namespace }));
  expect(Metrics!.map(({ MetricName }) => MetricName!).filter((metricName) => metricName in broken)).toEqual([]);
});

test('a function whose role may not write logs makes no metrics', async () => {
  await print(aDocument('unlogged'), 'stdout', silent);
  await print(aDocument('logged'));
  await untilTotal('logged', 1);
  expect((await read('unlogged')).total).toBe(0);
});

test('question: is one wrong metric the end of its whole document? Assumed: yes', async () => {
  const Metrics = [{ Name: 'right' }, { Name: 'wrong' }];
  await print(aDocument('right', { root: { wrong: 'text' }, directive: { Metrics } }));
  await print(aDocument('right-after'));
  await untilTotal('right-after', 1);
  expect((await read('right')).total).toBe(0);
});
