/** `npm run bench:judge`: how often Teal's judge and its rivals revert healthy releases, and how soon they find bad ones. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import pMap from 'p-map';
import { LOOK_BOUND_MS, measureLooks } from './look-time.ts';
import { brokenPromises } from './promise.ts';
import type { RowWork } from './row-worker.ts';
import { ROWS } from './rows.ts';
import { type RowOutcome, tableText } from './table.ts';

const USAGE = `npm run bench:judge -- [options]

  --releases <number>  at most how many releases a row simulates (each row's own number)
  --seed <number>      of all chance (1)
  --only <row>         the one row whose name this is, or the number of, from 1
  --help

The rows:
${ROWS.map(({ name }, row) => `${String(row + 1).padStart(4)}  ${name}`).join('\n')}`;

const LEGEND = `Healthy rows: percent reverted. Others: percent detected (left out when 100) / median minutes / median failed requests on
green, of the releases that were not reverted before anything was wrong. rpm: requests a minute over both versions, 10 % on green,
for 60 minutes unless said; the same number every minute. "as it runs" is Teal with the minutes of a shift left out and the others
judged a minute late; all other columns see every minute as soon as it is over.`;

interface Options {
  rows: number[];
  mostReleases: number;
  seed: number;
}

/** What the person asked for. Throws an error that says what is wrong with it. */
function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      releases: { type: 'string', default: '4000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (!/^[1-9]\d{0,6}$/.test(values.releases)) throw new Error(`--releases is a number from 1, not ${values.releases}`);
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error(`--seed is a number, not ${values.seed}`);
  const rows = [...ROWS.keys()].filter((row) => values.only === undefined || [ROWS[row]!.name, `${row + 1}`].includes(values.only));
  if (rows.length === 0) throw new Error(`--only is a row's name or number, not ${values.only}`);
  return { rows, mostReleases: Number(values.releases), seed: Number(values.seed) };
}

async function runOnThread(work: RowWork): Promise<RowOutcome> {
  const worker = new Worker(new URL('./row-worker.ts', import.meta.url), { workerData: work });
  const [outcomes] = await once(worker, 'message');
  return { row: ROWS[work.row]!, releases: work.releases, outcomes };
}

async function run({ rows, mostReleases, seed }: Options): Promise<void> {
  const startedMs = performance.now();
  // While nothing else runs.
  const looks = rows.length === ROWS.length ? measureLooks() : [];
  const works = rows.map((row) => ({ row, releases: Math.min(mostReleases, ROWS[row]!.releases), seed: seed * ROWS.length + row }));
  // The longest come last in the table and first here, so that no thread ends alone.
  const outcomes = (await pMap(works.toReversed(), runOnThread, { concurrency: availableParallelism() })).toReversed();
  console.log(`${tableText(outcomes)}\n\n${LEGEND}\n`);
  const broken = outcomes.flatMap(brokenPromises);
  for (const { what, ms } of looks) {
    // On a busy machine it takes longer, which says nothing about the judge: for whoever reads it, not for the exit code.
    const share = (100 * ms) / LOOK_BOUND_MS;
    console.log(`a look at one target with five metrics, ${what}: ${ms.toFixed(2)} ms, ${share.toFixed(0)} % of ${LOOK_BOUND_MS} ms`);
  }
  for (const line of broken) console.log(`WORSE  ${line}`);
  if (broken.length === 0) console.log("Teal: at most 1 % of healthy releases reverted, and no row worse than the prototype's.");
  console.log(`seed ${seed}, ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else await run(options);
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
