import { describe, expect, it } from 'vitest';
import { type AlarmDefinition, alarmsOf, describeUnnamed, findAutoProblems } from '../../functions/release/auto-alarms.ts';
import { aRelease } from './judge/a-judged-release.ts';

const orders = { function: 'orders-api', alias: 'live' };
const payments = { function: 'payments', alias: 'live' };

const anAlarm = (name: string, looksAt: Partial<AlarmDefinition> = {}): AlarmDefinition => ({
  name,
  state: 'OK',
  arn: `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${name}`,
  metrics: [],
  expressions: [],
  ...looksAt,
});
const found = (...alarms: AlarmDefinition[]) => alarmsOf([orders], alarms).map(({ name }) => name);
const on = (...metrics: Record<string, string>[]) => anAlarm('it', { metrics });

describe('an alarm is found when it names the target', () => {
  it.each<[string, AlarmDefinition]>([
    ['by its metric', on({ FunctionName: 'orders-api' })],
    ['by a metric of the alias', on({ FunctionName: 'orders-api', Resource: 'orders-api:live' })],
    ['by a metric of the function as a resource', on({ FunctionName: 'orders-api', Resource: 'orders-api' })],
    ['by a metric of somebody else’s namespace', on({ function_name: 'orders-api', service: 'shop' })],
    ['by one metric of its metric math', on({}, { FunctionName: 'payments' }, { FunctionName: 'orders-api' })],
    [
      'by a query that quotes the dimension',
      anAlarm('it', { expressions: [`SELECT SUM(Errors) FROM x WHERE "FunctionName"='orders-api'`] }),
    ],
    [
      'by the second function of a query',
      anAlarm('it', { expressions: [`SELECT SUM(Errors) FROM x WHERE FunctionName = 'a' OR FunctionName = 'orders-api'`] }),
    ],
    ['by a query', anAlarm('it', { expressions: [`SELECT SUM(Errors) FROM "AWS/Lambda" WHERE FunctionName = 'orders-api'`] })],
  ])('%s', (_, alarm) => expect(found(alarm)).toEqual(['it']));

  it.each<[string, string]>([
    ['by its name', 'ALARM("orders errors")'],
    ['by its ARN', 'NOT OK(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:orders errors)'],
    ['in a list', 'AT_LEAST("50%", NOT OK, ("unknown", "orders errors"))'],
    ['in a list of bare names', 'AT_LEAST(2, ALARM, (unknown, orders errors, other))'],
    ['among others', '(ALARM("unknown") OR INSUFFICIENT_DATA( "orders errors" )) AND NOT ALARM("deploying")'],
  ])('by a member of a composite alarm %s', (_, rule) =>
    expect(found(anAlarm('any', { rule }), anAlarm('orders errors', { metrics: [{ FunctionName: 'orders-api' }] }))).toEqual([
      'any',
      'orders errors',
    ]),
  );

  it('by a member of a member, and by a name that is quoted in the rule', () =>
    expect(
      found(
        anAlarm('outer', { rule: 'ALARM("in\\"ner")' }),
        anAlarm('in"ner', { rule: 'ALARM("errors")' }),
        anAlarm('errors', { metrics: [{ FunctionName: 'orders-api' }] }),
      ),
    ).toEqual(['outer', 'in"ner', 'errors']));
});

describe('an alarm is not found', () => {
  it.each<[string, AlarmDefinition]>([
    ['on another function', on({ FunctionName: 'orders-api-2' })],
    ['on another alias', on({ FunctionName: 'orders-api', Resource: 'orders-api:beta' })],
    ['on one version', on({ FunctionName: 'orders-api', Resource: 'orders-api:41' })],
    ['on another thing of the same name', on({ QueueName: 'orders-api' })],
    ['that is of others alone', anAlarm('it', { rule: 'ALARM("orders-api") OR OK("orders")' })],
    [
      'by a query of all functions but it',
      anAlarm('it', { expressions: [`SELECT SUM(Errors) FROM x WHERE FunctionName != 'orders-api'`] }),
    ],
    ['by a query of another function', anAlarm('it', { expressions: [`SELECT SUM(Errors) FROM x WHERE FunctionName = 'orders-api-2'`] })],
    [
      'by which Application Auto Scaling scales',
      anAlarm('TargetTracking-function:orders-api:live-AlarmLow-1f', { metrics: [{ FunctionName: 'orders-api' }] }),
    ],
  ])('%s', (_, alarm) => expect(found(alarm)).toEqual([]));
});

describe('of several targets', () => {
  const errors = anAlarm('orders-errors', { metrics: [{ FunctionName: 'orders-api' }] });

  it('each alarm that names one of them is found, once', () => {
    const ofPayments = anAlarm('payments of TargetTracking-fame', { metrics: [{ FunctionName: 'payments' }] });
    const ofBoth = on({ FunctionName: 'payments' }, { FunctionName: 'orders-api' });
    expect(alarmsOf([orders, payments], [errors, ofBoth, ofPayments])).toEqual([errors, ofBoth, ofPayments]);
  });

  it('those that no alarm names are told', () => {
    expect(describeUnnamed([orders, payments], [errors])).toEqual([
      'no alarm names payments, by its dimensions, its metric math or its members',
    ]);
    expect(describeUnnamed([orders], [errors])).toEqual([]);
  });

  it('one alarm is enough for a plan that the judge has no part in, and none is not', () => {
    const { request, ...rest } = aRelease({ targets: ['orders-api'] });
    const record = { ...rest, request: { ...request, unwatched: false }, plan: [{ weightPercent: 100, bakeSeconds: 60 }] };
    expect(findAutoProblems(record, [errors])).toEqual([]);
    expect(findAutoProblems(record, [])).toEqual([expect.stringMatching(/^"alarms": "auto" found no alarm that names orders-api, and /)]);
  });

  it('more alarms than a release can watch are refused, by their number and the length of their names', () => {
    const record = aRelease({ targets: ['orders-api', 'payments'] });
    const many = (count: number, length: number) => Array.from({ length: count }, () => anAlarm('a'.repeat(length)));
    expect(findAutoProblems(record, many(100, 255))).toEqual([]);
    expect(findAutoProblems(record, many(500, 51))).toEqual([]);
    expect(findAutoProblems(record, many(501, 1))).toEqual([expect.stringMatching(/^501 alarms name /)]);
    expect(findAutoProblems(record, many(640, 40))).toEqual([
      '640 alarms name orders-api, payments, with 25600 characters of names in all; a release can watch 500 with 25500: name those that matter, or release fewer functions at once',
    ]);
  });
});
