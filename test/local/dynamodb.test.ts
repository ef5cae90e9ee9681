import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../local/dynamodb.ts';
import { aGround, clientConfigFor, startMs } from './a-ground.ts';

const TableName = 'claims';
const Key = { pk: { S: 'claims' } };
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function aTable(settings: { DeletionProtectionEnabled?: boolean } = {}) {
  const ground = aGround();
  const dynamodb = createDynamoDb(ground);
  closers.push(dynamodb.close);
  const client = new DynamoDBClient(clientConfigFor(dynamodb));
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ...settings,
    }),
  );
  await ground.work.settle();
  return { ground, client, created: TableDescription! };
}

describe('tables', () => {
  it('are CREATING when answered and ACTIVE once the local AWS has come to rest, with cloud time, region and account', async () => {
    const { client, created } = await aTable();
    expect(created.TableStatus).toBe('CREATING');
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/claims',
      CreationDateTime: new Date(startMs),
    });
  });

  it('do not go while deletion protection is on', async () => {
    const { client, ground } = await aTable({ DeletionProtectionEnabled: true });
    await expect(client.send(new DeleteTableCommand({ TableName }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('protected against deletion'),
    });
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await client.send(new DeleteTableCommand({ TableName }));
    await ground.work.settle();
    await expect(client.send(new DescribeTableCommand({ TableName }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('keep their time to live, and refuse to enable it twice', async () => {
    const { client } = await aTable();
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
    await expect(client.send(new DescribeTimeToLiveCommand({ TableName }))).resolves.toMatchObject({
      TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' },
    });
    await expect(client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))).resolves.toMatchObject({
      TimeToLiveSpecification,
    });
    await expect(client.send(new DescribeTimeToLiveCommand({ TableName }))).resolves.toMatchObject({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
    });
    await expect(client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'TimeToLive is already enabled',
    });
  });

  it('keep their point-in-time recovery', async () => {
    const { client, ground } = await aTable();
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
    await ground.clock.advanceTo(startMs + 3_600_000);
    const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect(ContinuousBackupsDescription!.PointInTimeRecoveryDescription).toMatchObject({
      PointInTimeRecoveryStatus: 'ENABLED',
      EarliestRestorableDateTime: new Date(startMs),
      LatestRestorableDateTime: new Date(startMs + 3_600_000),
    });
  });
});

describe('expressions', () => {
  const condition = (bytes: number) => 'attribute_exists(a) OR attribute_not_exists(pk)'.padEnd(bytes, ' ');

  it('may be 4096 bytes long', async () => {
    const { client } = await aTable();
    await client.send(new PutItemCommand({ TableName, Item: Key, ConditionExpression: condition(4096) }));
  });

  it('are refused from 4097 bytes on, in AWS’s words', async () => {
    const { client } = await aTable();
    await expect(client.send(new PutItemCommand({ TableName, Item: Key, ConditionExpression: condition(4097) }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097',
    });
  });

  it('claim a hundred targets in one conditional update, all or none', async () => {
    const { client } = await aTable();
    const claim = (numbers: number[], release: string) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: `SET ${numbers.map((n) => `#t${n} = :release`).join(', ')}`,
          ConditionExpression: numbers.map((n) => `attribute_not_exists(#t${n})`).join(' AND '),
          ExpressionAttributeNames: Object.fromEntries(numbers.map((n) => [`#t${n}`, `function-${n}:live`])),
          ExpressionAttributeValues: { ':release': { S: release } },
        }),
      );
    const hundred = Array.from({ length: 100 }, (_, n) => n);
    await claim(hundred, 'first');
    await expect(claim([99, 100], 'second')).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    expect(Object.keys(Item!)).toHaveLength(101);
    expect(Item!['function-99:live']).toEqual({ S: 'first' });
  });
});

describe('what it does not support is refused by name', () => {
  it('an operation', async () => {
    const { client } = await aTable();
    await expect(client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: Key } }] }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('TransactWriteItems'),
    });
  });

  it('a parameter', async () => {
    const { client } = await aTable();
    const command = new PutItemCommand({ TableName, Item: Key, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
    await expect(client.send(command)).rejects.toMatchObject({
      message: 'PutItem: the local AWS does not support ReturnValuesOnConditionCheckFailure',
    });
  });

  it('a parameter within a parameter', async () => {
    const { client } = await aTable();
    const command = new CreateTableCommand({
      TableName: 'other',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-pk',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
          WarmThroughput: { ReadUnitsPerSecond: 1 },
        },
      ],
    });
    await expect(client.send(command)).rejects.toMatchObject({ message: expect.stringContaining('does not support WarmThroughput') });
  });
});
