import { GetItemCommand, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { findServing, noteServing } from '../../functions/aws/history.ts';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import type { WorldClients } from './clients.ts';

export type StoredItem = Record<string, { S?: string; N?: string }>;

/** Teal's table, read as it is: behind the API and the handlers. */
export function createTable({ dynamodb }: WorldClients, tableName: string) {
  /** Every item of the table. */
  const items = async (): Promise<StoredItem[]> => {
    const found: StoredItem[] = [];
    let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey'];
    do {
      const page: ScanCommandOutput = await dynamodb.send(new ScanCommand({ TableName: tableName, ExclusiveStartKey }));
      found.push(...((page.Items ?? []) as StoredItem[]));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return found;
  };
  return {
    items,

    /** Teal has served by this alias, long ago, unless it is known by what it did. */
    async noteServed(name: string, version: string, alias = 'live'): Promise<void> {
      const table = { client: dynamodb, name: tableName };
      const target = { function: name, alias };
      if (await findServing(table, target)) return;
      await noteServing(table, [{ target, serving: { version, releaseId: 'long-ago', since: '2025-01-15T12:00:00.000Z' } }]);
    },

    /** The record as it is stored; undefined when there is none. */
    async record(id: string): Promise<ReleaseRecord | undefined> {
      const Key = { pk: { S: `release#${id}` }, sk: { S: 'record' } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
      return Item && (unmarshall(Item) as ReleaseRecord);
    },

    /** G6: claims, watched alarms, open bakes and waits, unsent events and index entries of a release. */
    async leftBehind(id: string, all?: StoredItem[]): Promise<string[]> {
      return (all ?? (await items())).flatMap((item) => {
        const [pk, sk] = [item.pk!.S!, item.sk!.S!];
        if (pk === 'claims') return Object.entries(item).flatMap(([name, value]) => (value.S === id ? [name] : []));
        if (pk.startsWith('alarm#') && sk === `release#${id}`) return [`watch of ${pk}`];
        if (pk === `release#${id}` && sk === 'record')
          return ['bake', 'waiting', 'inFlight', 'command', 'pause', 'previewSince'].filter((name) => name in item);
        return [];
      });
    },
  };
}
