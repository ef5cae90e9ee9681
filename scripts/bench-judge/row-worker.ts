/** Runs one row on a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { ROWS } from './rows.ts';
import { runRow } from './run-row.ts';

export interface RowWork {
  /** In ROWS. */
  row: number;
  releases: number;
  seed: number;
}

const { row, releases, seed } = workerData as RowWork;
parentPort!.postMessage(runRow(ROWS[row]!, releases, seed));
