import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createNotes } from './functions.ts';
import { subscribe } from './subscription.ts';

// EventBridge user guide, "Amazon EventBridge event patterns", "Comparison operators for use in event patterns", "Amazon
// EventBridge input transformation", "Events structure reference"; API reference, PutEvents, PutEventsResultEntry,
// TestEventPattern, PutRule, DeleteRule.

const account = await openAccount();
afterAll(account.close);
const { events, name } = account;
/** Events of this run only. */
const Source = name('shop');

let notes: Awaited<ReturnType<typeof createNotes>>;
beforeAll(async () => {
  notes = await createNotes(account);
});

const put = (...Entries: PutEventsRequestEntry[]) => events.send(new PutEventsCommand({ Entries }));
const sold = (detail: object, more: PutEventsRequestEntry = {}) =>
  put({ Source, DetailType: 'sold', Detail: JSON.stringify(detail), ...more });

/** Waits until a subscription has got `count` events. */
const untilReceived = ({ name: what, received }: Awaited<ReturnType<typeof subscribe>>, count: number) =>
  account.until(
    `${what} has got ${count} events`,
    async () => {
      const got = await received();
      return got.length >= count ? got : undefined;
    },
    120,
  );

test('an event reaches the targets of the rules that it matches, in the shape of EventBridge', async () => {
  const rule = await subscribe(account, notes, 'matched', { source: [Source], detail: { state: { value: ['ALARM'] } } });
  const { FailedEntryCount, Entries } = await sold({ state: { value: 'ALARM' }, n: 1 }, { Resources: ['arn:of:something'] });
  await sold({ state: { value: 'OK' } });
  expect(FailedEntryCount).toBe(0);
  const [event] = await untilReceived(rule, 1);
  expect(event).toEqual({
    version: '0',
    id: Entries![0]!.EventId,
    'detail-type': 'sold',
    source: Source,
    account: account.accountId,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    region: account.region,
    resources: ['arn:of:something'],
    detail: { state: { value: 'ALARM' }, n: 1 },
  });
  await account.pass(20);
  expect(await rule.received()).toHaveLength(1);
});

const anEvent = {
  ...{ id: '1', account: '111122223333', region: 'us-east-1', time: '2026-01-01T00:00:00Z', version: '0' },
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  resources: ['arn:alarm'],
  detail: { alarmName: 'errors', state: { value: 'ALARM' }, level: 7, tags: ['a', 'b'], note: null, ip: '10.1.2.3' },
};

test.each<[string, object, boolean]>([
  ['an exact value', { source: ['aws.cloudwatch'] }, true],
  ['one of several values', { source: ['other', 'aws.cloudwatch'] }, true],
  ['no value', { source: ['other'] }, false],
  ['every key', { source: ['aws.cloudwatch'], account: ['other'] }, false],
  ['any element of a list', { detail: { tags: ['b', 'c'] } }, true],
  ['null', { detail: { note: [null] } }, true],
  ['a number', { detail: { level: [7] } }, true],
  ['a number, not its text', { detail: { level: ['7'] } }, false],
  ['prefix', { source: [{ prefix: 'aws.' }] }, true],
  ['prefix ignoring case', { source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, true],
  ['suffix', { source: [{ suffix: 'watch' }] }, true],
  ['suffix that differs', { source: [{ suffix: 'aws.' }] }, false],
  ['equals-ignore-case', { source: [{ 'equals-ignore-case': 'AWS.CloudWatch' }] }, true],
  ['wildcard', { source: [{ wildcard: 'aws.*wat*' }] }, true],
  ['wildcard that differs', { source: [{ wildcard: 'cloud*' }] }, false],
  ['anything-but', { detail: { state: { value: [{ 'anything-but': 'OK' }] } } }, true],
  ['anything-but a list', { detail: { state: { value: [{ 'anything-but': ['OK', 'ALARM'] }] } } }, false],
  ['anything-but a number', { detail: { level: [{ 'anything-but': 7 }] } }, false],
  ['anything-but a prefix', { source: [{ 'anything-but': { prefix: 'aws.' } }] }, false],
  ['anything-but suffixes', { source: [{ 'anything-but': { suffix: ['ec2', 'sqs'] } }] }, true],
  ['anything-but an absent key', { detail: { absent: [{ 'anything-but': 'x' }] } }, false],
  ['numeric', { detail: { level: [{ numeric: ['>', 5, '<=', 7] }] } }, true],
  ['numeric out of range', { detail: { level: [{ numeric: ['=', 8] }] } }, false],
  ['cidr', { detail: { ip: [{ cidr: '10.0.0.0/8' }] } }, true],
  ['exists', { detail: { level: [{ exists: true }] } }, true],
  ['exists of what is absent', { detail: { absent: [{ exists: true }] } }, false],
  ['exists: false', { detail: { absent: [{ exists: false }] } }, true],
  ['exists on an object, which is no leaf', { detail: { state: [{ exists: true }] } }, false],
  ['$or', { $or: [{ source: ['other'] }, { detail: { level: [7] } }] }, true],
  ['$or beside another key', { account: ['other'], $or: [{ source: ['other'] }, { detail: { level: [7] } }] }, false],
  ['$or within detail', { detail: { $or: [{ level: [1] }, { level: [{ numeric: ['<', 3] }] }] } }, false],
])('a pattern with %s', async (_what, pattern, expected) => {
  const { Result } = await events.send(
    new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(anEvent) }),
  );
  expect(Result).toBe(expected);
});

test.each<[string, object | string, string]>([
  ['an unknown operator', { source: [{ contains: 'x' }] }, 'contains'],
  ['an unknown operator in anything-but', { source: [{ 'anything-but': { numeric: 1 } }] }, 'numeric'],
  ['an unknown comparison', { source: [{ numeric: ['~', 1] }] }, '~'],
  ['two operators in one expression', { source: [{ prefix: 'x', suffix: 'y' }] }, 'exactly one operator'],
  ['a literal outside a list', { source: 'x' }, '"source" must be an object or an array'],
  ['an empty list', { source: [] }, 'Empty arrays are not allowed'],
  ['an $or of one', { $or: [{ source: ['x'] }] }, '$or'],
  ['what is no JSON', '{', 'not valid JSON'],
])('a pattern with %s is InvalidEventPatternException', async (_what, pattern, named) => {
  const EventPattern = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
  const error = { name: 'InvalidEventPatternException', message: expect.stringContaining(named) };
  await expect(events.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(anEvent) }))).rejects.toMatchObject(error);
  await expect(events.send(new PutRuleCommand({ Name: name('refused'), EventPattern }))).rejects.toMatchObject(error);
});

test('a disabled rule delivers nothing until it is enabled', async () => {
  const rule = await subscribe(account, notes, 'disabled', { source: [Source], 'detail-type': ['disabled'] });
  await events.send(new DisableRuleCommand({ Name: rule.name }));
  expect((await events.send(new DescribeRuleCommand({ Name: rule.name }))).State).toBe('DISABLED');
  await account.pass(30);
  await sold({ n: 1 }, { DetailType: 'disabled' });
  await account.pass(30);
  await events.send(new EnableRuleCommand({ Name: rule.name }));
  await account.pass(30);
  await sold({ n: 2 }, { DetailType: 'disabled' });
  expect((await untilReceived(rule, 1)).map(({ detail }) => detail)).toEqual([{ n: 2 }]);
});

test.each<[string, string, Partial<Target>, (rule: string) => unknown]>([
  ['Input', 'input', { Input: '{"fixed":true}' }, () => ({ fixed: true })],
  ['InputPath', 'path', { InputPath: '$.detail.state' }, () => ({ value: 'ALARM' })],
  ['a list element in an InputPath', 'element', { InputPath: '$.resources[0]' }, () => 'arn:alarm'],
  [
    'InputTransformer',
    'transformer',
    {
      InputTransformer: {
        InputPathsMap: { name: '$.detail.alarmName', state: '$.detail.state', gone: '$.detail.absent' },
        InputTemplate: '{"text":"<name> fired<gone>","state":<state>,"rule":<aws.events.rule-name>}',
      },
    },
    (rule) => ({ text: 'errors fired', state: { value: 'ALARM' }, rule }),
  ],
])('a target gets what its %s says', async (_what, kind, target, expected) => {
  const rule = await subscribe(account, notes, `shaped-${kind}`, { source: [Source], 'detail-type': [kind] }, target);
  await sold({ alarmName: 'errors', state: { value: 'ALARM' } }, { DetailType: kind, Resources: ['arn:alarm'] });
  const [note] = await notes.untilCalled(rule.name, 1, 120);
  expect(note!.event).toEqual(expected(rule.name));
});

test('PutEvents answers 200 with an error for each entry that it refuses, in order', async () => {
  const { FailedEntryCount, Entries } = await put(
    { Source, DetailType: 'kept', Detail: '{"item":1}' },
    { Source: 'aws.cloudwatch', DetailType: 'forged', Detail: '{}' },
    { Source, DetailType: 'broken', Detail: 'not JSON' },
    { Source, Detail: '{}' },
  );
  expect(FailedEntryCount).toBe(3);
  expect(Entries!.map(({ ErrorCode }) => ErrorCode)).toEqual([
    undefined,
    'NotAuthorizedForSourceException',
    'MalformedDetail',
    'InvalidArgument',
  ]);
  expect(Entries![0]!.EventId).toMatch(/^[0-9a-f-]{36}$/);
});

test('question: what becomes of the fraction of an event’s Time? Assumed: it is cut off, to whole seconds', async () => {
  const rule = await subscribe(account, notes, 'timed', { source: [Source], 'detail-type': ['timed'] });
  const second = new Date(Math.floor(account.cloudNow().getTime() / 1000) * 1000 - 60_000);
  await sold({}, { DetailType: 'timed', Time: new Date(second.getTime() + 900) });
  const [event] = await untilReceived(rule, 1);
  expect(event.time).toBe(second.toISOString().replace('.000Z', 'Z'));
});

test('PutEvents takes at most 10 entries: ValidationException', async () => {
  const entry = { Source, DetailType: 'many', Detail: '{}' };
  await expect(put(...new Array(11).fill(entry))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('less than or equal to 10'),
  });
});

test('PutEvents takes at most 1 MB in all', async () => {
  const large = { Source, DetailType: 'large', Detail: JSON.stringify({ text: 'x'.repeat(600_000) }) };
  expect((await put(large)).FailedEntryCount).toBe(0);
  await expect(put(large, large)).rejects.toMatchObject({ message: expect.stringContaining('Total size of the entries') });
});

test('rules and targets read back as they were written, and a rule that is put again takes the new pattern', async () => {
  const rule = await subscribe(account, notes, 'written', { source: [Source] }, { Input: '{}' });
  const EventPattern = JSON.stringify({ source: [name('store')] });
  await events.send(new PutRuleCommand({ Name: rule.name, EventPattern, Description: 'new' }));
  expect(await events.send(new DescribeRuleCommand({ Name: rule.name }))).toMatchObject({
    Arn: `arn:aws:events:${account.region}:${account.accountId}:rule/${rule.name}`,
    EventPattern,
    Description: 'new',
    State: 'ENABLED',
    EventBusName: 'default',
  });
  expect((await events.send(new ListRulesCommand({ NamePrefix: rule.name }))).Rules!.map(({ Name }) => Name)).toEqual([rule.name]);
  const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: rule.name }));
  expect(Targets).toEqual([{ Id: 'note', Arn: rule.functionArn, Input: '{}' }]);
});

test('a rule with targets cannot be deleted: ValidationException', async () => {
  const { name: Name } = await subscribe(account, notes, 'deleted', { source: [Source] });
  await expect(events.send(new DeleteRuleCommand({ Name }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('has targets'),
  });
  await events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ['note'] }));
  await events.send(new DeleteRuleCommand({ Name }));
  await expect(events.send(new DescribeRuleCommand({ Name }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('what names a rule or a bus that does not exist is ResourceNotFoundException', async () => {
  const refused = { name: 'ResourceNotFoundException' };
  const Targets = [{ Id: 'note', Arn: `arn:aws:lambda:${account.region}:${account.accountId}:function:${name('nobody')}` }];
  await expect(events.send(new PutTargetsCommand({ Rule: name('nobody'), Targets }))).rejects.toMatchObject(refused);
  const rule = { Name: name('other-bus'), EventPattern: JSON.stringify({ source: [Source] }), EventBusName: name('nobody') };
  await expect(events.send(new PutRuleCommand(rule))).rejects.toMatchObject(refused);
});
