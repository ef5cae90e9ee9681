/** `npm run bench:local`: how fast the local AWS is ready and serves, and what it takes. Exits 1 when a bound is broken. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateAliasCommand, CreateFunctionCommand, LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { zipSync } from 'fflate';
import { type Load, sendLoad } from './bench-local/load.ts';
import { childrenOf, memoryOf } from './bench-local/processes.ts';
import { measureRollbacks } from './bench-local/rollback.ts';
import { type LocalProcess, startLocal, stopLocal } from './local-process.ts';
import { median } from './median.ts';
import { packageService } from './package-service.ts';

const USAGE = `npm run bench:local -- [options]

  --package <folder>  serve what serverless package left there, instead of packaging the service
  --rounds <number>   how often each figure is taken; its median counts (5)
  --help`;

const MOST_READY_SECONDS = 3;
const LEAST_PER_SECOND = 300;
const MOST_RESIDENT_MB = 300;
const MOST_ROLLBACK_MS = 1000;
const IDLE_SECONDS = 3;
const ROLLED_BACK = 'bench-rollback';
const FUNCTIONS = ['bench-orders', 'bench-prices', 'bench-users'];
const CONCURRENCY = 16;
const REQUESTS = 2000;

/** What the person asked for. Throws an error that says what is wrong with it. */
function readOptions(args: string[]): { packageFolder?: string; rounds: number } | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      package: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is a whole number from 1, not ${values.rounds}`);
  return { packageFolder: values.package, rounds };
}

async function bench(packaged: string, rounds: number): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the bench reads memory and processes from /proc, which only Linux has: run it there');
  const times: number[] = [];
  for (let round = 1; round < rounds; round++) {
    const local = await startLocal(packaged, ['--idle', String(IDLE_SECONDS)]);
    times.push(local.readySeconds);
    await stopLocal(local);
  }
  const local = await startLocal(packaged, ['--idle', String(IDLE_SECONDS)]);
  try {
    times.push(local.readySeconds);
    report('ready after packaging', `${median(times).toFixed(1)} s`, `${MOST_READY_SECONDS} s`, median(times) < MOST_READY_SECONDS);
    await createFunctions(local);
    await measureLoad(local, rounds);
    await measureRollback(local, rounds);
    await measureIdling(local);
  } finally {
    await stopLocal(local);
  }
}

async function measureLoad({ child, ready }: LocalProcess, rounds: number): Promise<void> {
  const { endpoint, region, credentials } = ready;
  const targets = FUNCTIONS.map((name) => `${name}:live`);
  const load: Load = { endpoint, signer: { ...credentials, region }, targets, concurrency: CONCURRENCY, requests: REQUESTS };
  await sendLoad(load); // starts the functions' processes
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { perSecond, versions } = await sendLoad(load);
    if (versions.size !== 2) throw new Error(`the aliases are split, but only version ${[...versions.keys()]} answered`);
    rates.push(perSecond);
  }
  const perSecond = median(rates);
  report(
    `invocations through weighted aliases, ${CONCURRENCY} at a time`,
    `${Math.round(perSecond)} a second`,
    `${LEAST_PER_SECOND} a second`,
    perSecond >= LEAST_PER_SECOND,
  );
  const { latenciesMs } = await sendLoad({ ...load, concurrency: 1, requests: 500 });
  const at = (share: number) => latenciesMs[Math.floor(latenciesMs.length * share)]!.toFixed(1);
  report('one invocation after another', `${at(0.5)} ms each; one in a hundred took ${at(0.99)} ms`);
  const { residentMb, peakMb } = memoryOf(child.pid);
  report('memory of the local AWS after the load', `${Math.round(residentMb)} MB`, `${MOST_RESIDENT_MB} MB`, residentMb < MOST_RESIDENT_MB);
  report('at its peak', `${Math.round(peakMb)} MB`, `${MOST_RESIDENT_MB} MB`, peakMb < MOST_RESIDENT_MB);
}

/** Real time: one call of `POST /rollbacks`, from the request to the answer. */
async function measureRollback(local: LocalProcess, rounds: number): Promise<void> {
  const [cold, ...warm] = await measureRollbacks(local, ROLLED_BACK, rounds + 1);
  const show = (what: string, ms: number) => report(what, `${Math.round(ms)} ms`, `${MOST_ROLLBACK_MS} ms`, ms < MOST_ROLLBACK_MS);
  show('a rollback of one function, the first call', cold!);
  show('a rollback of one function after that', median(warm));
}

async function measureIdling({ child }: LocalProcess): Promise<void> {
  const before = childrenOf(child.pid).length;
  await new Promise((resolve) => setTimeout(resolve, 2 * IDLE_SECONDS * 1000));
  const after = childrenOf(child.pid).length;
  report('processes of functions after the load', String(before));
  // Teal itself looks once a minute; its process may be there.
  const what = `${2 * IDLE_SECONDS} s without requests later, idle ones being ended after ${IDLE_SECONDS} s:`;
  report(what, String(after), '1', before > 1 && after <= 1);
}

async function createFunctions({ ready }: LocalProcess): Promise<void> {
  const { endpoint, region, accountId, credentials } = ready;
  const lambda = new LambdaClient({ endpoint, region, credentials: { ...credentials } });
  const code = (answer: number) =>
    zipSync({ 'index.mjs': Buffer.from(`export const handler = async (event) => ({ ...event, answer: ${answer} });`) });
  for (const FunctionName of [...FUNCTIONS, ROLLED_BACK]) {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: `arn:aws:iam::${accountId}:role/bench`,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: code(1) },
        Publish: true,
      }),
    );
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: code(2), Publish: true }));
    // A release begins on one version.
    const AdditionalVersionWeights: Record<string, number> = FunctionName === ROLLED_BACK ? {} : { 2: 0.5 };
    await lambda.send(
      new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights } }),
    );
  }
  lambda.destroy();
}

/** One figure, with its bound where it has one. */
function report(what: string, figure: string, bound?: string, isKept = true): void {
  console.log(`${isKept ? ' ' : '✗'} ${what} ${figure}${bound ? `, bound ${bound}` : ''}`);
  if (!isKept) process.exitCode = 1;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else {
    const folder = mkdtempSync(join(tmpdir(), 'teal-bench-local-'));
    try {
      if (!options.packageFolder) await packageService(folder, { isQuiet: true });
      await bench(options.packageFolder ?? folder, options.rounds);
    } catch (error) {
      console.error((error as Error).message);
      process.exitCode = 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
