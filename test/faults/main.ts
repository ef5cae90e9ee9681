import { parseArgs } from 'node:util';
import { packageForTests } from '../package.ts';
import { createPool, type Pool } from './pool.ts';
import { SCENARIOS, type Scenario, scenarioNamed } from './scenarios.ts';
import { type Planned, planAll } from './sweep.ts';
import { formatTrouble, parseTrouble } from './troubles.ts';

/**
 * npm run test:faults                                    every call of every scenario, broken in every way
 * npm run test:faults -- --only "promote" --share 3/16   one scenario; the third of sixteen equal shares of the plays
 * npm run test:faults -- --replay "promote: reply-lost at UpdateAlias by shiftTraffic #1"
 * npm run test:walk -- --releases 10000 --seed 1         random releases with random faults
 * npm run test:walk -- --seed 1 --path "12:0:3"          the counterexample that a walk has printed
 */
const MOST_SHOWN = 20;

const { positionals, values, part, parts, scenarios, replay } = readArguments();

/** Ends the process with what is wrong: a run of nothing must not look like a run in which nothing broke. */
function readArguments() {
  try {
    const parsed = parseArgs({
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        share: { type: 'string', default: '1/1' },
        replay: { type: 'string' },
        releases: { type: 'string', default: '10000' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        path: { type: 'string' },
        verbose: { type: 'boolean', default: false },
      },
    });
    const { only, share, replay: line, releases, seed } = parsed.values;
    const [, part = 0, parts = 0] = /^(\d+)\/(\d+)$/.exec(share)?.map(Number) ?? [];
    if (part < 1 || part > parts) throw new Error(`--share is one of so many, such as 3/16, not "${share}"`);
    if (!/^[1-9]\d*$/.test(releases)) throw new Error(`--releases is a number above 0, not "${releases}"`);
    if (!/^\d+$/.test(seed)) throw new Error(`--seed is a number, not "${seed}"`);
    return {
      ...parsed,
      part,
      parts,
      scenarios: only === undefined ? SCENARIOS : [scenarioNamed(only)],
      replay: line === undefined ? undefined : parseReplay(line),
    };
  } catch (error) {
    // What parseArgs adds about positional arguments helps nobody here.
    process.stderr.write(`${(error as Error).message.replace(/\. To specify a positional argument.*/s, '')}\n`);
    process.exit(64);
  }
}

function parseReplay(line: string): { scenario: string; trouble: string } {
  const [, name, trouble] = /^(.+?): (.+)$/.exec(line) ?? [];
  if (!name || !trouble)
    throw new Error(`--replay is a line such as "promote: reply-lost at UpdateAlias by shiftTraffic #1", not "${line}"`);
  const scenario = scenarioNamed(name);
  parseTrouble(trouble, scenario.acts);
  return { scenario: name, trouble };
}

const startMs = performance.now();
const seconds = () => Math.round((performance.now() - startMs) / 1000);
const print = (text: string) => process.stdout.write(`${text}\n`);

const { templateFolder, remove } = await packageForTests();
const isOne = values.replay !== undefined || values.path !== undefined;
const pool = createPool(templateFolder, { isVerbose: values.verbose, ...(isOne && { size: 1 }) });
try {
  const violations = positionals[0] === 'walk' ? await walk(pool) : await sweep(pool);
  process.exitCode = violations === 0 ? 0 : 1;
} finally {
  await pool.close();
  remove();
}

async function sweep({ run }: Pool): Promise<number> {
  if (replay) {
    const { broken } = await run({ kind: 'play', ...replay });
    if (broken!.length === 0) print(`${values.replay}: 0 violations`);
    return report(broken!);
  }
  const rows = await Promise.all(scenarios.map((scenario) => sweepScenario({ run }, scenario)));
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
  const broken = rows.flatMap((row) => row.broken);
  const share = parts > 1 ? ` (share ${part} of ${parts})` : '';
  print(
    `${rows.length} scenarios × their calls and deliveries (${sum((row) => row.points)}) × what can go wrong there = ${sum((row) => row.plays)} plays${share}, ${broken.length} violations; ${seconds()} s`,
  );
  return report(broken);
}

async function sweepScenario({ run }: Pick<Pool, 'run'>, scenario: Scenario) {
  const { points, broken: failed } = await run({ kind: 'record', scenario: scenario.name });
  if (!points) return { points: 0, plays: 0, broken: failed ?? [] };
  const plays = planAll(scenario, points).filter((_, index) => index % parts === part - 1);
  const broken: string[] = [];
  await Promise.all(
    plays.map(async ({ point, trouble }: Planned) => {
      const answer = await run({ kind: 'play', scenario: scenario.name, trouble: formatTrouble(point, trouble) });
      for (const text of answer.broken!) process.stderr.write(`${text}\n`);
      broken.push(...answer.broken!);
    }),
  );
  const calls = points.filter(({ at }) => at === 'call').length;
  print(`${scenario.name}: ${calls} calls, ${points.length - calls} deliveries, ${plays.length} plays, ${broken.length} violations`);
  return { points: points.length, plays: plays.length, broken };
}

async function walk({ run, size }: Pool): Promise<number> {
  const seed = Number(values.seed);
  const shares = isOne ? 1 : size;
  const releases = Math.ceil(Number(values.releases) / shares);
  const results = await Promise.all(
    Array.from({ length: shares }, (_, index) => run({ kind: 'walks', seed: seed + index, releases, path: values.path })),
  );
  const walks = results.flatMap((result) => result.walks ?? []);
  const sum = (of: (result: (typeof walks)[number]) => number) => walks.reduce((total, result) => total + of(result), 0);
  const broken = results.flatMap((result) => [...(result.broken ?? []), ...(result.walks?.broken ?? [])]);
  const ends = walks.reduce((counts, result) => {
    for (const [end, count] of Object.entries(result.ends)) counts.set(end, (counts.get(end) ?? 0) + count);
    return counts;
  }, new Map<string, number>());
  print(
    `${sum((result) => result.releases)} releases in ${sum((result) => result.walks)} walks from seed ${seed}, ${sum((result) => result.troubles)} things gone wrong, ${broken.length} violations; ${seconds()} s`,
  );
  print(`they ended: ${[...ends].map(([end, count]) => `${end} ${count}`).join(', ')}`);
  return report(broken);
}

/** Each with what replays it. */
function report(broken: string[]): number {
  for (const text of broken.slice(0, MOST_SHOWN)) print(`\n  ${text}`);
  if (broken.length > MOST_SHOWN) print(`\n  and ${broken.length - MOST_SHOWN} more`);
  if (broken.length > 0 && positionals[0] !== 'walk' && !values.replay)
    print(`\nReplay one: npm run test:faults -- --replay "its first line"`);
  return broken.length;
}
