import type { CloudWatchClient, MetricAlarm, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { readAllAlarms } from '../../functions/aws/alarms.ts';

const anAlarm = (name: string, looksAt: Partial<MetricAlarm>): MetricAlarm => ({
  AlarmName: name,
  AlarmArn: `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${name}`,
  StateValue: 'OK',
  ...looksAt,
});
const of = (AccountId: string | undefined, name: string): MetricDataQuery => ({
  Id: `m${name}`,
  AccountId,
  MetricStat: { Metric: { Dimensions: [{ Name: 'FunctionName', Value: name }] }, Period: 60, Stat: 'Sum' },
});

it('every alarm is read with what it looks at, of every page; a function of another account is not one of this', async () => {
  const pages = [
    {
      MetricAlarms: [
        anAlarm('one', { Dimensions: [{ Name: 'FunctionName', Value: 'orders-api' }] }),
        anAlarm('several', {
          Metrics: [of(undefined, 'a'), of('123456789012', 'b'), of('210987654321', 'c'), { Id: 'sum', Expression: 'ma + mb + mc' }],
        }),
      ],
      NextToken: '1',
    },
    { CompositeAlarms: [{ ...anAlarm('any', {}), AlarmRule: 'ALARM("one")' }] },
  ];
  const send = async ({ input }: { input: { NextToken?: string } }) => pages[Number(input.NextToken ?? 0)];
  const found = await readAllAlarms({ send } as unknown as CloudWatchClient);
  expect(
    found.map(({ name, metrics, expressions, rule }) => ({ name, functions: metrics.flatMap(Object.values), expressions, rule })),
  ).toEqual([
    { name: 'one', functions: ['orders-api'], expressions: [], rule: undefined },
    { name: 'several', functions: ['a', 'b'], expressions: ['ma + mb + mc'], rule: undefined },
    { name: 'any', functions: [], expressions: [], rule: 'ALARM("one")' },
  ]);
});
