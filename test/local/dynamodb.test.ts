import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, expect, test } from 'vitest';
import { createDynamoDb } from '../../local/dynamodb.ts';
import { aGround, clientConfigFor, startMs } from './a-ground.ts';

const TableName = 'claims';
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function aTable(changes: Partial<CreateTableCommandInput> = {}) {
  const ground = aGround();
  const dynamodb = createDynamoDb(ground);
  closers.push(dynamodb.close);
  const client = new DynamoDBClient(clientConfigFor(dynamodb));
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ...changes,
    }),
  );
  await ground.work.settle();
  return { ground, client };
}

test('a table is ACTIVE once the local AWS has come to rest, and was created at cloud time', async () => {
  const { client } = await aTable();
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  expect(Table).toMatchObject({ TableStatus: 'ACTIVE', CreationDateTime: new Date(startMs) });
});

test('point-in-time recovery runs on cloud time', async () => {
  const { client, ground } = await aTable();
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
  await ground.clock.advanceTo(startMs + 3_600_000);
  const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  expect(ContinuousBackupsDescription!.PointInTimeRecoveryDescription).toMatchObject({
    EarliestRestorableDateTime: new Date(startMs),
    LatestRestorableDateTime: new Date(startMs + 3_600_000),
  });
});

test('an operation that it does not support is refused by name', async () => {
  const { client } = await aTable();
  const command = new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: { pk: { S: 'a' } } } }] });
  await expect(client.send(command)).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('TransactWriteItems'),
  });
});

test('a parameter that it does not support is refused by name, also within another', async () => {
  await expect(aTable({ TableClass: 'STANDARD_INFREQUENT_ACCESS' })).rejects.toMatchObject({
    message: 'CreateTable: the local AWS does not support TableClass',
  });
  const index = {
    IndexName: 'by-pk',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
    WarmThroughput: { ReadUnitsPerSecond: 1 },
  };
  await expect(aTable({ GlobalSecondaryIndexes: [index] })).rejects.toMatchObject({
    message: expect.stringContaining('does not support WarmThroughput'),
  });
});

test('an unknown way to tell of a failed condition is refused', async () => {
  const { client } = await aTable();
  const command = new PutItemCommand({ TableName, Item: { pk: { S: 'a' } }, ReturnValuesOnConditionCheckFailure: 'SOME' as 'NONE' });
  await expect(client.send(command)).rejects.toMatchObject({ name: 'ValidationException' });
});
