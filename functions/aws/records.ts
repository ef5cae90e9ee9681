import type { Change } from '../release/changes.ts';
import { assertReadable, FORMAT_VERSION, isReadable } from '../release/format.ts';
import { completed, isSettled, type ReleaseRecord, type TimelineEntry } from '../release/record.ts';
import type { Table } from './connect.ts';
import { deleteItem, getItem, getItems, type Item, type Key, putItem, queryAll, queryPage, writeItems } from './items.ts';

/** Records, their timelines and their lists. */

const recordKey = (id: string): Key => ({ pk: `release#${id}`, sk: 'record' });
const functionKey = (name: string, record: ReleaseRecord): Key => ({
  pk: `function#${name}`,
  sk: `release#${record.startedAt}#${record.id}`,
});

/** Under contention each writer that loses has seen another win, so a few dozen tries are many. */
const MOST_TRIES = 50;

/** A strongly consistent read; undefined when there is no such release. */
export async function getRecord(table: Table, id: string): Promise<ReleaseRecord | undefined> {
  const item = await getItem(table, recordKey(id));
  return item && toRecord(item);
}

/** Like getRecord, for several; in no order, without those that do not exist, or that only another Teal can read: they must not hide the others. */
export async function getRecords(table: Table, ids: string[]): Promise<ReleaseRecord[]> {
  return (await getItems(table, ids.map(recordKey))).filter((item) => isReadable(item.formatVersion as number)).map(toRecord);
}

/** False when a record of this id exists. */
export async function createRecord(table: Table, record: ReleaseRecord): Promise<boolean> {
  const names = [...new Set(record.targets.map((target) => target.function))];
  await writeItems(
    table,
    names.map((name) => ({ ...functionKey(name, record), releaseId: record.id })),
  );
  return putItem(table, toItem(record), { text: 'attribute_not_exists(pk)' });
}

/**
 * Changes a record by a pure function of what it is now, in one conditional write; begins again when another writer
 * was first. Returns the record as it is afterwards. Throws what `change` throws. `of` is the release's id, or its record
 * as just read or written, which saves reading it again: if it has changed meanwhile the write finds out.
 */
export async function changeRecord(table: Table, of: string | ReleaseRecord, change: Change): Promise<ReleaseRecord> {
  const [id, known] = typeof of === 'string' ? [of] : [of.id, of];
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const current = tries === 0 && known ? known : await getRecord(table, id);
    if (!current) throw new Error(`there is no release ${id}`);
    const next = change({ ...current, recent: [] });
    if (!next) return current;
    // The timeline entries of the last write become items before this write replaces them: none is ever lost.
    await writeItems(
      table,
      current.recent.map((entry, index) => timelineItem(current, entry, index)),
    );
    const written = { ...next, revision: current.revision + 1 };
    if (await putItem(table, toItem(written), { text: 'revision = :revision', values: { ':revision': current.revision } })) return written;
  }
  throw Object.assign(new Error(`release ${id} is being written by too many at once`), { name: 'AwsUnavailable' });
}

/** Removes a record that never claimed its targets. False when it has. */
export async function deleteUnclaimed(table: Table, record: ReleaseRecord): Promise<boolean> {
  const isDeleted = await deleteItem(table, recordKey(record.id), { text: 'claim = :none', values: { ':none': 'none' } });
  if (isDeleted) await writeItems(table, [], record.targets.map((target) => functionKey(target.function, record)).filter(isFirstOfItsKind));
  return isDeleted;
}

const isFirstOfItsKind = (key: Key, index: number, keys: Key[]) => keys.findIndex((other) => other.pk === key.pk) === index;

/** The timeline, oldest first. */
export async function readTimeline(table: Table, record: ReleaseRecord): Promise<TimelineEntry[]> {
  const items = await queryAll(table, { partition: ['pk', `release#${record.id}`], prefix: 'timeline#' });
  const kept = items.map(({ sk, at, text }) => ({ sk, at: at as string, text: text as string }));
  const recent = record.recent.map((entry, index) => ({ sk: timelineItem(record, entry, index).sk, ...entry }));
  return [...kept.filter(({ sk }) => !recent.some((entry) => entry.sk === sk)), ...recent].map(({ at, text }) => ({ at, text }));
}

/** The ids of the releases that are not settled. The index lags by some milliseconds; whoever acts reads the record. */
export async function listInFlight(table: Table): Promise<string[]> {
  const items = await queryAll(table, { index: 'inFlight', partition: ['inFlight', 'yes'] });
  return items.map((item) => item.pk.slice('release#'.length));
}

export interface ListQuery {
  functionName?: string;
  status?: string;
  limit: number;
  after?: Record<string, unknown>;
}

/** A rare status in a long history must not read the table forever: after so many pages the caller gets a cursor. */
const MOST_PAGES = 20;

/** Releases, newest first, and the key to go on after when there may be more. */
export async function listRecords(
  table: Table,
  { functionName, status, limit, after }: ListQuery,
): Promise<{ records: ReleaseRecord[]; next?: Record<string, unknown> }> {
  const records: ReleaseRecord[] = [];
  let next = after;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const wanted = limit - records.length;
    const page = await queryPage(table, {
      ...(functionName
        ? { partition: ['pk', `function#${functionName}`] as [string, string], prefix: 'release#' }
        : { index: 'byStart', partition: ['kind', 'release'] as [string, string] }),
      newestFirst: true,
      limit: wanted,
      after: next,
    });
    const ids = page.items.map((item) => (item.releaseId as string | undefined) ?? item.pk.slice('release#'.length));
    const found = new Map((await getRecords(table, ids)).map((record) => [record.id, record]));
    records.push(...ids.flatMap((id) => found.get(id) ?? []).filter((record) => !status || record.status === status));
    next = page.next;
    if (!next || records.length >= limit) break;
  }
  return { records, next };
}

function timelineItem({ id, revision }: ReleaseRecord, { at, text }: TimelineEntry, index: number): Item {
  return { pk: `release#${id}`, sk: `timeline#${String(revision).padStart(8, '0')}#${String(index).padStart(4, '0')}`, at, text };
}

function toItem(record: ReleaseRecord): Item {
  return {
    ...record,
    ...recordKey(record.id),
    kind: 'release',
    startedAtId: `${record.startedAt}#${record.id}`,
    inFlight: isSettled(record) ? undefined : 'yes',
  };
}

function toRecord(item: Item): ReleaseRecord {
  const { pk: _, sk: __, kind: ___, startedAtId: ____, inFlight: _____, ...record } = item;
  assertReadable(`the record of release ${record.id}`, record.formatVersion as number);
  return completed({ ...record, formatVersion: FORMAT_VERSION } as unknown as ReleaseRecord);
}
