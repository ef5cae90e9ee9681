import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAccount } from './account.ts';

// DynamoDB developer guide, "Condition expressions", "Quotas in Amazon DynamoDB", "Using Global Secondary Indexes",
// "Take advantage of sparse indexes", "Time to Live"; API reference, PutItem, UpdateItem, BatchWriteItem, Query.

const account = await openAccount();
afterAll(account.close);
const { dynamodb, name } = account;

const isActive = async (TableName: string) =>
  (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table!.TableStatus === 'ACTIVE';

/** Creates a table and waits until it is active. Returns its name. */
async function aTable(what: string, changes: Partial<CreateTableCommandInput> = {}): Promise<string> {
  const TableName = name(what);
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ...changes,
    }),
  );
  await account.until(`${TableName} is active`, () => isActive(TableName), 120);
  return TableName;
}

let TableName: string;
beforeAll(async () => {
  TableName = await aTable('claims');
});
const keyOf = (pk: string) => ({ pk: { S: pk } });
const put = (pk: string, more: object = {}, options: Partial<PutItemCommandInput> = {}) =>
  dynamodb.send(new PutItemCommand({ TableName, Item: { ...keyOf(pk), ...more }, ...options }));
const get = async (pk: string) => (await dynamodb.send(new GetItemCommand({ TableName, Key: keyOf(pk), ConsistentRead: true }))).Item;

describe('a table', () => {
  test('is CREATING when answered and ACTIVE later, with an ARN of region and account', async () => {
    const created = await dynamodb.send(
      new CreateTableCommand({
        TableName: name('created'),
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      }),
    );
    expect(created.TableDescription!.TableStatus).toBe('CREATING');
    await account.until('it is active', () => isActive(name('created')), 120);
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name('created') }));
    expect(Table!.TableArn).toBe(`arn:aws:dynamodb:${account.region}:${account.accountId}:table/${name('created')}`);
    expect(Math.abs(Table!.CreationDateTime!.getTime() - account.cloudNow().getTime())).toBeLessThan(300_000);
  });

  test('does not go while deletion protection is on: ValidationException', async () => {
    const kept = await aTable('protected', { DeletionProtectionEnabled: true });
    await expect(dynamodb.send(new DeleteTableCommand({ TableName: kept }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('protected against deletion'),
    });
    await dynamodb.send(new UpdateTableCommand({ TableName: kept, DeletionProtectionEnabled: false }));
    await account.until('it is active', () => isActive(kept), 120);
    await dynamodb.send(new DeleteTableCommand({ TableName: kept }));
    await account.until(
      'it is gone',
      () =>
        isActive(kept).then(
          () => false,
          ({ name: error }) => error === 'ResourceNotFoundException',
        ),
      120,
    );
  });

  test('keeps its time to live, and is not told twice to: ValidationException', async () => {
    const timed = await aTable('timed');
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    const status = async () => (await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: timed }))).TimeToLiveDescription!;
    expect(await status()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    const enable = new UpdateTimeToLiveCommand({ TableName: timed, TimeToLiveSpecification });
    expect(await dynamodb.send(enable)).toMatchObject({ TimeToLiveSpecification });
    await account.until('it is enabled', async () => (await status()).TimeToLiveStatus === 'ENABLED', 3600);
    expect(await status()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
    await expect(dynamodb.send(new UpdateTimeToLiveCommand({ TableName: timed, TimeToLiveSpecification }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'TimeToLive is already enabled',
    });
  });

  test('keeps its point-in-time recovery', async () => {
    const backedUp = await aTable('backed-up');
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    // A new table's backups take a while to be available: ContinuousBackupsUnavailableException until then.
    const enable = () => dynamodb.send(new UpdateContinuousBackupsCommand({ TableName: backedUp, PointInTimeRecoverySpecification }));
    await account.until('backups are available', () => enable().catch(() => undefined), 120);
    const { ContinuousBackupsDescription } = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: backedUp }));
    expect(ContinuousBackupsDescription!.PointInTimeRecoveryDescription!.PointInTimeRecoveryStatus).toBe('ENABLED');
  });
});

describe('an expression', () => {
  const condition = (bytes: number) => 'attribute_exists(a) OR attribute_not_exists(pk)'.padEnd(bytes, ' ');

  test('may be 4096 bytes long, and not one more: ValidationException', async () => {
    await put('long', {}, { ConditionExpression: condition(4096) });
    await expect(put('longer', {}, { ConditionExpression: condition(4097) })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097',
    });
  });

  test('claims a hundred targets in one conditional update, all or none', async () => {
    const claim = (numbers: number[], release: string) =>
      dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: keyOf('claims'),
          UpdateExpression: `SET ${numbers.map((n) => `#t${n} = :release`).join(', ')}`,
          ConditionExpression: numbers.map((n) => `attribute_not_exists(#t${n})`).join(' AND '),
          ExpressionAttributeNames: Object.fromEntries(numbers.map((n) => [`#t${n}`, `function-${n}:live`])),
          ExpressionAttributeValues: { ':release': { S: release } },
        }),
      );
    await claim(
      Array.from({ length: 100 }, (_, n) => n),
      'first',
    );
    await expect(claim([99, 100], 'second')).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      $metadata: { httpStatusCode: 400 },
    });
    const item = await get('claims');
    expect(Object.keys(item!)).toHaveLength(101);
    expect(item!['function-99:live']).toEqual({ S: 'first' });
  });

  test('that names an attribute which nothing uses, or uses one that nothing names, is ValidationException', async () => {
    const unused = put('names', {}, { ConditionExpression: 'attribute_not_exists(pk)', ExpressionAttributeNames: { '#a': 'a' } });
    await expect(unused).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining('unused') });
    await expect(put('names', {}, { ConditionExpression: 'attribute_not_exists(#a)' })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  test('does not take a reserved word for a name: ValidationException', async () => {
    await expect(put('reserved', {}, { ConditionExpression: 'attribute_not_exists(status)' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('reserved keyword: status'),
    });
  });
});

describe('a condition that fails', () => {
  const condition = 'attribute_not_exists(pk)';

  test.each([
    ['PutItem', (pk: string, more: object) => put(pk, { n: { N: '2' } }, { ConditionExpression: condition, ...more })],
    [
      'UpdateItem',
      (pk: string, more: object) =>
        dynamodb.send(
          new UpdateItemCommand({
            TableName,
            Key: keyOf(pk),
            UpdateExpression: 'SET n = :n',
            ExpressionAttributeValues: { ':n': { N: '2' } },
            ConditionExpression: condition,
            ...more,
          }),
        ),
    ],
    [
      'DeleteItem',
      (pk: string, more: object) =>
        dynamodb.send(new DeleteItemCommand({ TableName, Key: keyOf(pk), ConditionExpression: condition, ...more })),
    ],
  ])('changes nothing, and tells the item only when %s asks for it', async (operation, send) => {
    const pk = `kept by ${operation}`;
    const item = { ...keyOf(pk), n: { N: '1' } };
    await put(pk, item);
    const plain = await send(pk, {}).catch((error) => error);
    expect([plain.name, plain.Item]).toEqual(['ConditionalCheckFailedException', undefined]);
    await expect(send(pk, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: item,
    });
    expect(await get(pk)).toEqual(item);
  });

  test('on an item that does not exist tells none', async () => {
    const write = put('absent', {}, { ConditionExpression: 'attribute_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    const failure = await write.catch((error) => error);
    expect([failure.name, failure.Item]).toEqual(['ConditionalCheckFailedException', undefined]);
    expect(await get('absent')).toBeUndefined();
  });
});

// The names of attributes count as well as their values, in UTF-8.
test('an item may be 400 KB with the names of its attributes, and not one byte more: ValidationException', async () => {
  const valueBytes = 400 * 1024 - 'pk'.length - 'big'.length - 'v'.length;
  await put('big', { v: { S: 'x'.repeat(valueBytes) } });
  await expect(put('big', { v: { S: 'x'.repeat(valueBytes + 1) } })).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Item size has exceeded the maximum allowed size',
  });
});

describe('a batch of writes', () => {
  const write = (names: string[]) =>
    dynamodb.send(
      new BatchWriteItemCommand({ RequestItems: { [TableName]: names.map((pk) => ({ PutRequest: { Item: { ...keyOf(pk) } } })) } }),
    );
  const some = (count: number) => Array.from({ length: count }, (_, n) => `batch-${n}`);

  test('may hold 25, and not one more: ValidationException', async () => {
    expect((await write(some(25))).UnprocessedItems).toEqual({});
    expect(await get('batch-24')).toBeDefined();
    await expect(write(some(26))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('holds no item twice: ValidationException', async () => {
    await expect(write(['twice', 'twice'])).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('duplicates'),
    });
  });
});

// An item without the key attributes of an index is not in it.
describe('a sparse index', () => {
  let indexed: string;
  beforeAll(async () => {
    indexed = await aTable('indexed', {
      AttributeDefinitions: ['pk', 'open', 'since'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'open',
          KeySchema: [
            { AttributeName: 'open', KeyType: 'HASH' },
            { AttributeName: 'since', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
    const items = [
      { ...keyOf('a'), open: { S: 'yes' }, since: { S: '2' }, note: { S: 'not projected' } },
      { ...keyOf('b'), open: { S: 'yes' }, since: { S: '1' } },
      { ...keyOf('c'), since: { S: '3' } },
    ];
    for (const Item of items) await dynamodb.send(new PutItemCommand({ TableName: indexed, Item }));
  });
  const query = async (more: object = {}) =>
    dynamodb.send(
      new QueryCommand({
        TableName: indexed,
        IndexName: 'open',
        KeyConditionExpression: '#open = :yes',
        ExpressionAttributeNames: { '#open': 'open' },
        ExpressionAttributeValues: { ':yes': { S: 'yes' } },
        ...more,
      }),
    );
  const keys = async (more: object = {}) => (await query(more)).Items!.map(({ pk }) => pk!.S);

  test('has only the items with both of its keys, in the order of its range key, and projects what it was told to', async () => {
    await account.until('the index has caught up', async () => (await keys()).length === 2, 60);
    expect(await keys()).toEqual(['b', 'a']);
    expect(await keys({ ScanIndexForward: false })).toEqual(['a', 'b']);
    expect((await query()).Items![1]).toEqual({ ...keyOf('a'), open: { S: 'yes' }, since: { S: '2' } });
    expect((await dynamodb.send(new ScanCommand({ TableName: indexed, IndexName: 'open' }))).Count).toBe(2);
  });

  test('is never read consistently: ValidationException', async () => {
    await expect(query({ ConsistentRead: true })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('pages by Limit and LastEvaluatedKey, which names the keys of the index and of the table', async () => {
    await account.until('the index has caught up', async () => (await keys()).length === 2, 60);
    const first = await query({ Limit: 1 });
    expect(first.LastEvaluatedKey).toEqual({ ...keyOf('b'), open: { S: 'yes' }, since: { S: '1' } });
    const second = await query({ Limit: 1, ExclusiveStartKey: first.LastEvaluatedKey });
    expect([...first.Items!, ...second.Items!].map(({ pk }) => pk!.S)).toEqual(['b', 'a']);
  });

  test('loses an item with one of its keys', async () => {
    const Key = keyOf('b');
    await dynamodb.send(
      new UpdateItemCommand({ TableName: indexed, Key, UpdateExpression: 'REMOVE #open', ExpressionAttributeNames: { '#open': 'open' } }),
    );
    await account.until('the index has caught up', async () => (await keys()).length === 1, 60);
    expect(await keys()).toEqual(['a']);
  });
});
