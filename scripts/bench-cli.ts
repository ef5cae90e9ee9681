/** `npm run bench:cli`: how soon the `teal` command has said its help, and listed releases of the local AWS, beside an empty script. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchOptions, runBench } from './bench-options.ts';
import { type LocalProcess, startLocal, stopLocal } from './local-process.ts';
import { median } from './median.ts';
import { packageService } from './package-service.ts';
import { timeNode } from './time-node.ts';

const USAGE = `npm run bench:cli -- [options]

  --package <folder>  serve what serverless package left there, instead of packaging the service
  --rounds <number>   processes of each kind (15)
  --strict            exit 1 when one is over its bound
  --help`;

/** A command, and under how many times `node -e 0` it is. */
const COMMANDS = [
  { args: ['--help'], bound: 3.5 },
  { args: ['list'], bound: 10 },
];

/** Times of one command, each beside that of an empty script in the moment before: what else the machine does hits both. */
interface Pair {
  emptyMs: number;
  commandMs: number;
}

async function bench({ packageFolder, rounds, isStrict }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'teal-bench-cli-'));
  try {
    const packaged = packageFolder ?? join(folder, 'package');
    if (!packageFolder) await packageService(packaged, { isQuiet: true });
    execFileSync(process.execPath, ['esbuild.cli.cjs', folder]);
    const local = await startLocal(packaged);
    try {
      report(await measure(join(folder, 'teal.mjs'), environment(local, folder), rounds), isStrict);
    } finally {
      await stopLocal(local);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `npm run local` prints for a shell, and nothing of the person's own. */
const environment = ({ ready }: LocalProcess, home: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: home,
  AWS_ENDPOINT_URL: ready.endpoint,
  AWS_REGION: ready.region,
  AWS_ACCESS_KEY_ID: ready.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ready.credentials.secretAccessKey,
  TEAL_API: ready.api,
});

/** The pairs of each command, one a round: a machine that is busy for a while is so for all of them. */
async function measure(bundle: string, env: NodeJS.ProcessEnv, rounds: number): Promise<Pair[][]> {
  const pairs: Pair[][] = COMMANDS.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { args }] of COMMANDS.entries()) {
      const pair = { emptyMs: await timeNode(['-e', '0'], env), commandMs: await timeNode([bundle, ...args], env) };
      // The first round warms the file cache, and starts the API's function.
      if (round > 0) pairs[index]!.push(pair);
    }
  }
  return pairs;
}

function report(pairs: Pair[][], isStrict: boolean): void {
  const emptyMs = median(pairs.flat().map((pair) => pair.emptyMs));
  console.log(`Node ${process.version}; node -e 0 takes ${emptyMs.toFixed(1)} ms; medians of ${pairs[0]!.length}\n`);
  for (const [index, { args, bound }] of COMMANDS.entries()) {
    const commandMs = median(pairs[index]!.map((pair) => pair.commandMs));
    const times = median(pairs[index]!.map((pair) => pair.commandMs / pair.emptyMs));
    const isWithin = times < bound;
    const verdict = isWithin ? `within ${bound} times` : `OVER ${bound} times`;
    console.log(`teal ${args.join(' ')}: ${commandMs.toFixed(1)} ms, ${times.toFixed(2)} times node -e 0: ${verdict}`);
    if (isStrict && !isWithin) process.exitCode = 1;
  }
}

await runBench(USAGE, bench);
