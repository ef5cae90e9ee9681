import { targetKey } from '../release/target.ts';
import type { Table } from './connect.ts';
import { getItem, updateItem } from './items.ts';

/** One item holds all claims, target → release, so that one conditional write takes all targets of a release or none. */
const CLAIMS = { pk: 'claims', sk: 'claims' };
/** A claim's attribute: the prefix keeps a function named "pk" apart from the key. */
const attribute = (key: string) => `claim ${key}`;

interface Claimed {
  function: string;
  alias: string;
}

/** Takes all targets, or none. Returns the target that another release holds; undefined when all are ours, also when they were already. */
export async function takeClaims(table: Table, id: string, targets: Claimed[]): Promise<{ target: string; releaseId: string } | undefined> {
  const keys = targets.map(targetKey);
  const names = Object.fromEntries(keys.map((key, index) => [`#${index}`, attribute(key)]));
  // DynamoDB refuses expressions over 4 KB: plain attribute_not_exists of 100 targets is 3 KB.
  const condition = keys.map((_, index) => `attribute_not_exists(#${index})`).join(' AND ');
  const text = `SET ${keys.map((_, index) => `#${index} = :id`).join(', ')}`;
  if (await updateItem(table, CLAIMS, { text, names, values: { ':id': id } }, condition)) return undefined;

  const held = await readClaims(table);
  const other = keys.find((key) => held.has(key) && held.get(key) !== id);
  if (other) return { target: other, releaseId: held.get(other)! };
  if (keys.every((key) => held.get(key) === id)) return undefined;
  // Whoever held it let go between the write and the read.
  return takeClaims(table, id, targets);
}

/** Lets go of those targets that this release holds. */
export async function releaseClaims(table: Table, id: string): Promise<void> {
  const held = await readClaims(table);
  const keys = [...held].filter(([, holder]) => holder === id).map(([key]) => key);
  if (keys.length === 0) return;
  const names = Object.fromEntries(keys.map((key, index) => [`#${index}`, attribute(key)]));
  const condition = keys.map((_, index) => `#${index} = :id`).join(' AND ');
  const isReleased = await updateItem(
    table,
    CLAIMS,
    { text: `REMOVE ${keys.map((_, index) => `#${index}`).join(', ')}`, names, values: { ':id': id } },
    condition,
  );
  // Another healer of the same release was first with some of them.
  if (!isReleased) await releaseClaims(table, id);
}

/** Every claim: target ("orders-api:live") → release. */
export async function readClaims(table: Table): Promise<Map<string, string>> {
  const item = await getItem(table, CLAIMS);
  const prefix = attribute('');
  return new Map(
    Object.entries(item ?? {}).flatMap(([name, holder]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), holder as string]] : [],
    ),
  );
}
