import type { Table } from './connect.ts';
import { queryAll, writeItems } from './items.ts';

/** Which releases watch an alarm: what `brake` asks when the alarm goes red. */

const watchKey = (alarm: string, id: string) => ({ pk: `alarm#${alarm}`, sk: `release#${id}` });

export async function watchAlarms(table: Table, id: string, alarms: string[]): Promise<void> {
  await writeItems(
    table,
    alarms.map((alarm) => ({ ...watchKey(alarm, id), releaseId: id, kind: 'watch', startedAtId: `${alarm}#${id}` })),
  );
}

export async function unwatchAlarms(table: Table, id: string, alarms: string[]): Promise<void> {
  await writeItems(
    table,
    [],
    alarms.map((alarm) => watchKey(alarm, id)),
  );
}

/** Every release that watches an alarm, or has left a watch behind: a write that took effect late, say. The index lags by some milliseconds. */
export async function listWatchers(table: Table): Promise<string[]> {
  const items = await queryAll(table, { index: 'byStart', partition: ['kind', 'watch'] });
  return [...new Set(items.map((item) => item.sk.slice('release#'.length)))];
}

/** The releases that watch this alarm. */
export async function listWatching(table: Table, alarm: string): Promise<string[]> {
  return (await queryAll(table, { partition: ['pk', `alarm#${alarm}`] })).map((item) => item.releaseId as string);
}
