import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Table } from './connect.ts';

/** The items of Teal's one table, by `pk` and `sk`. */

export interface Key {
  pk: string;
  sk: string;
}

export type Item = Key & Record<string, unknown>;

/** An expression with its `#names` and `:values`. */
export interface Expression {
  text: string;
  names?: Record<string, string>;
  values?: Record<string, unknown>;
}

const encode = (item: unknown) => marshall(item, { removeUndefinedValues: true, convertTopLevelContainer: false });
const encodeValues = (values?: Record<string, unknown>) => (values && Object.keys(values).length > 0 ? encode(values) : undefined);
const encodeNames = (names?: Record<string, string>) => (names && Object.keys(names).length > 0 ? names : undefined);

/** A strongly consistent read. */
export async function getItem(table: Table, { pk, sk }: Key): Promise<Item | undefined> {
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.name, Key: encode({ pk, sk }), ConsistentRead: true }));
  return Item && (unmarshall(Item) as Item);
}

/** Strongly consistent reads, in no order; what does not exist is left out. */
export async function getItems(table: Table, keys: Key[]): Promise<Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < keys.length; start += 100) {
    let Keys: Record<string, unknown>[] | undefined = keys.slice(start, start + 100).map((key) => encode(key));
    while (Keys && Keys.length > 0) {
      const page: { Responses?: Record<string, unknown[]>; UnprocessedKeys?: Record<string, { Keys?: unknown[] }> } =
        await table.client.send(new BatchGetItemCommand({ RequestItems: { [table.name]: { Keys: Keys as never, ConsistentRead: true } } }));
      items.push(...(page.Responses?.[table.name] ?? []).map((item) => unmarshall(item as never) as Item));
      Keys = page.UnprocessedKeys?.[table.name]?.Keys as Record<string, unknown>[] | undefined;
    }
  }
  return items;
}

/** False when the condition does not hold. */
export function putItem(table: Table, item: Item, condition?: Expression): Promise<boolean> {
  return ifConditionHolds(() =>
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: encode(item),
        ConditionExpression: condition?.text,
        ExpressionAttributeNames: encodeNames(condition?.names),
        ExpressionAttributeValues: encodeValues(condition?.values),
      }),
    ),
  );
}

/** False when the condition does not hold. */
export function updateItem(table: Table, { pk, sk }: Key, update: Expression, condition?: string): Promise<boolean> {
  return ifConditionHolds(() =>
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: encode({ pk, sk }),
        UpdateExpression: update.text,
        ConditionExpression: condition,
        ExpressionAttributeNames: encodeNames(update.names),
        ExpressionAttributeValues: encodeValues(update.values),
      }),
    ),
  );
}

/** False when the condition does not hold. */
export function deleteItem(table: Table, { pk, sk }: Key, condition?: Expression): Promise<boolean> {
  return ifConditionHolds(() =>
    table.client.send(
      new DeleteItemCommand({
        TableName: table.name,
        Key: encode({ pk, sk }),
        ConditionExpression: condition?.text,
        ExpressionAttributeNames: encodeNames(condition?.names),
        ExpressionAttributeValues: encodeValues(condition?.values),
      }),
    ),
  );
}

/** Puts and deletes without conditions, 25 a call, until all are done. */
export async function writeItems(table: Table, puts: Item[], deletes: Key[] = []): Promise<void> {
  const requests = [
    ...puts.map((item) => ({ PutRequest: { Item: encode(item) } })),
    ...deletes.map(({ pk, sk }) => ({ DeleteRequest: { Key: encode({ pk, sk }) } })),
  ];
  for (let start = 0; start < requests.length; start += 25) {
    let pending: unknown[] | undefined = requests.slice(start, start + 25);
    while (pending && pending.length > 0) {
      const answer: { UnprocessedItems?: Record<string, unknown[]> } = await table.client.send(
        new BatchWriteItemCommand({ RequestItems: { [table.name]: pending as never } }),
      );
      pending = answer.UnprocessedItems?.[table.name];
    }
  }
}

export interface Page {
  items: Item[];
  /** The key to go on after; undefined at the end. */
  next?: Record<string, unknown>;
}

export interface Query {
  index?: string;
  /** The partition: attribute and value. */
  partition: [string, string];
  /** A beginning of `sk`; only without an index. */
  prefix?: string;
  newestFirst?: boolean;
  limit?: number;
  after?: Record<string, unknown>;
}

/** One page. Strongly consistent, but for an index, which cannot be. */
export async function queryPage(
  table: Table,
  { index, partition: [attribute, value], prefix, newestFirst, limit, after }: Query,
): Promise<Page> {
  const answer = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      IndexName: index,
      ConsistentRead: !index,
      KeyConditionExpression: prefix === undefined ? '#p = :p' : '#p = :p AND begins_with(sk, :prefix)',
      ExpressionAttributeNames: { '#p': attribute },
      ExpressionAttributeValues: encode(prefix === undefined ? { ':p': value } : { ':p': value, ':prefix': prefix }),
      ScanIndexForward: !newestFirst,
      Limit: limit,
      ExclusiveStartKey: after && encode(after),
    }),
  );
  return {
    items: (answer.Items ?? []).map((item) => unmarshall(item) as Item),
    next: answer.LastEvaluatedKey && unmarshall(answer.LastEvaluatedKey),
  };
}

/** All pages. */
export async function queryAll(table: Table, query: Query): Promise<Item[]> {
  const items: Item[] = [];
  let page: Page | undefined;
  do {
    page = await queryPage(table, { ...query, after: page?.next });
    items.push(...page.items);
  } while (page.next);
  return items;
}

async function ifConditionHolds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
