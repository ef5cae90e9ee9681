import type { Table } from './connect.ts';
import { deleteItem, getItem, putItem } from './items.ts';

/** An idempotency key holds for a day. */
const DAY_MS = 86_400_000;
const keyOf = (key: string) => ({ pk: `idempotency#${key}`, sk: 'idempotency' });

/** What the first request under a key was. */
export interface FirstUse {
  bodyHash: string;
  releaseId: string;
}

/** Notes the first request under a key; returns the one that holds, which is another's when that came first. */
export async function claimKey(table: Table, key: string, use: FirstUse, nowMs: number): Promise<FirstUse> {
  // DynamoDB removes expired items up to days late, so expiry is asked for, not trusted.
  const expiresAt = Math.ceil((nowMs + DAY_MS) / 1000);
  const condition = { text: 'attribute_not_exists(pk) OR expiresAt < :now', values: { ':now': Math.floor(nowMs / 1000) } };
  if (await putItem(table, { ...keyOf(key), ...use, expiresAt }, condition)) return use;
  const item = await getItem(table, keyOf(key));
  return item ? { bodyHash: item.bodyHash as string, releaseId: item.releaseId as string } : claimKey(table, key, use, nowMs);
}

/** The first request under a key; undefined when there is none, or it is over a day old. */
export async function readKey(table: Table, key: string, nowMs: number): Promise<FirstUse | undefined> {
  const item = await getItem(table, keyOf(key));
  if (!item || (item.expiresAt as number) < Math.floor(nowMs / 1000)) return undefined;
  return { bodyHash: item.bodyHash as string, releaseId: item.releaseId as string };
}

/** Forgets a key whose request started nothing. */
export async function forgetKey(table: Table, key: string, releaseId: string): Promise<void> {
  await deleteItem(table, keyOf(key), { text: 'releaseId = :id', values: { ':id': releaseId } });
}
