import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import type { WorldClients } from './clients.ts';

/** Teal's table, read as it is: behind the API and the handlers. */
export function createTable({ dynamodb }: WorldClients, tableName: string) {
  /** Every item of the table. */
  const items = async (): Promise<Record<string, { S?: string; N?: string }>[]> => {
    const { Items } = await dynamodb.send(new ScanCommand({ TableName: tableName }));
    return (Items ?? []) as Record<string, { S?: string; N?: string }>[];
  };
  return {
    items,

    /** The record as it is stored; undefined when there is none. */
    async record(id: string): Promise<ReleaseRecord | undefined> {
      const Key = { pk: { S: `release#${id}` }, sk: { S: 'record' } };
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
      return Item && (unmarshall(Item) as ReleaseRecord);
    },

    /** G6: claims, watched alarms, open bakes, unsent events and index entries of a release. */
    async leftBehind(id: string): Promise<string[]> {
      return (await items()).flatMap((item) => {
        const [pk, sk] = [item.pk!.S!, item.sk!.S!];
        if (pk === 'claims') return Object.entries(item).flatMap(([name, value]) => (value.S === id ? [name] : []));
        if (pk.startsWith('alarm#') && sk === `release#${id}`) return [`watch of ${pk}`];
        if (pk === `release#${id}` && sk === 'record') return ['bake', 'inFlight', 'command'].filter((name) => name in item);
        return [];
      });
    },
  };
}
