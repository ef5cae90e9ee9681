import type { Table } from './connect.ts';
import { queryAll, writeItems } from './items.ts';

/** Which releases watch an alarm: what `brake` asks when the alarm goes red. */

const watchKey = (alarm: string, id: string) => ({ pk: `alarm#${alarm}`, sk: `release#${id}` });

export async function watchAlarms(table: Table, id: string, alarms: string[]): Promise<void> {
  await writeItems(
    table,
    alarms.map((alarm) => ({ ...watchKey(alarm, id), releaseId: id })),
  );
}

export async function unwatchAlarms(table: Table, id: string, alarms: string[]): Promise<void> {
  await writeItems(
    table,
    [],
    alarms.map((alarm) => watchKey(alarm, id)),
  );
}

/** The releases that watch this alarm. */
export async function listWatching(table: Table, alarm: string): Promise<string[]> {
  return (await queryAll(table, { partition: ['pk', `alarm#${alarm}`] })).map((item) => item.releaseId as string);
}
