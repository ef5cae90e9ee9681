import { createAlarm } from './rivals/alarm.ts';
import { createKayenta } from './rivals/kayenta.ts';
import { createMannWhitney } from './rivals/mann-whitney.ts';
import { createMsprt } from './rivals/msprt.ts';
import { createObrienFleming } from './rivals/obrien-fleming.ts';
import type { Row } from './rows.ts';
import { createTeal, createTealAsItRuns } from './teal.ts';
import type { Watch } from './watch.ts';

/** The columns of the table. In a bake longer than an hour Mann-Whitney looks every ten minutes, Kayenta every half hour at an hour. */
export const WATCHES = {
  Teal: () => createTeal(),
  'as it runs': ({ shiftMinutes }) => createTealAsItRuns(shiftMinutes),
  'alarm 1/1': () => createAlarm(1, 1),
  '2/2': () => createAlarm(2, 2),
  '3/5': () => createAlarm(3, 5),
  OBF: ({ minutes }) => createObrienFleming(minutes),
  mSPRT: () => createMsprt(),
  MW: ({ minutes }) => createMannWhitney(minutes > 60 ? 10 : 1),
  Kayenta: ({ minutes }) => createKayenta(minutes > 60 ? 30 : 1, 60),
} satisfies Record<string, (row: Pick<Row, 'minutes' | 'shiftMinutes'>) => Watch>;

export type WatchName = keyof typeof WATCHES;
