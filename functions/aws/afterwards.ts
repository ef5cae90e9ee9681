import type { Afterwards } from '../release/afterwards.ts';
import type { Table } from './connect.ts';
import { deleteItem, getItem, type Item, putItem, queryAll } from './items.ts';

/** What is left to do of releases that are over: one partition, which `tick` reads every minute. */

const PARTITION = 'afterwards';
const keyOf = (releaseId: string) => ({ pk: PARTITION, sk: releaseId });
const fromItem = ({ pk: _, sk: releaseId, ...rest }: Item) => ({ ...rest, releaseId }) as unknown as Afterwards;

/** Puts it there, or in the place of what is there. */
export async function putAfterwards(table: Table, { releaseId, ...rest }: Afterwards): Promise<void> {
  await putItem(table, { ...keyOf(releaseId), ...rest });
}

/** Undefined when nothing is left to do. */
export async function getAfterwards(table: Table, releaseId: string): Promise<Afterwards | undefined> {
  const item = await getItem(table, keyOf(releaseId));
  return item && fromItem(item);
}

export async function deleteAfterwards(table: Table, releaseId: string): Promise<void> {
  await deleteItem(table, keyOf(releaseId));
}

/** Of every release of which something is left to do. */
export async function listAfterwards(table: Table): Promise<Afterwards[]> {
  return (await queryAll(table, { partition: ['pk', PARTITION] })).map(fromItem);
}
