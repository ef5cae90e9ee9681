/** `npm run bench:cold`: how large each handler's bundle is, and how long a fresh process takes to load it. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEMPLATE_FILE } from '../local/cloudformation/folder.ts';
import { unpack } from '../local/lambda/unpack.ts';
import { type BenchOptions, runBench } from './bench-options.ts';
import { median } from './median.ts';
import { packageService } from './package-service.ts';
import { timeNode } from './time-node.ts';

const USAGE = `npm run bench:cold -- [options]

  --package <folder>  measure what serverless package left there, instead of packaging the service
  --rounds <number>   fresh processes per handler (15)
  --strict            exit 1 also when a handler loads too slowly, not only when one is too large
  --help`;

/** No handler is larger, or takes longer to load than this many times `node -e 0`. */
const MOST_BYTES = 400_000;
const MOST_TIMES = 3;

interface Handler {
  name: string;
  file: string;
  bytes: number;
}

/** Times of one handler, each beside that of an empty script in the moment before: what else the machine does hits both. */
interface Pair {
  emptyMs: number;
  loadMs: number;
}

async function bench({ packageFolder, rounds, isStrict }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'teal-bench-cold-'));
  try {
    const packaged = packageFolder ?? join(folder, 'package');
    if (!packageFolder) await packageService(packaged, { isQuiet: true });
    const handlers = await unpackHandlers(packaged, folder);
    const pairs = await measure(handlers, rounds);
    report(handlers, pairs, isStrict);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The one JavaScript file of each function of the packaged template. */
async function unpackHandlers(packaged: string, folder: string): Promise<Handler[]> {
  const template = JSON.parse(readFileSync(join(packaged, TEMPLATE_FILE), 'utf8')) as Template;
  const functions = Object.values(template.Resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::Lambda::Function' ? [Properties] : [],
  );
  return Promise.all(
    functions.map(async ({ Code, Handler: entry }) => {
      const zip = Code.S3Key.split('/').at(-1)!;
      const name = zip.replace(/\.zip$/, '');
      await unpack(readFileSync(join(packaged, zip)), join(folder, name));
      const file = join(folder, name, `${entry.slice(0, entry.lastIndexOf('.'))}.js`);
      return { name, file, bytes: statSync(file).size };
    }),
  );
}

interface Template {
  Resources: Record<string, { Type: string; Properties: { Code: { S3Key: string }; Handler: string } }>;
}

/** The pairs of each handler, one a round: a machine that is busy for a while is so for all of them. */
async function measure(handlers: Handler[], rounds: number): Promise<Map<Handler, Pair[]>> {
  const pairs = new Map<Handler, Pair[]>(handlers.map((handler) => [handler, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [handler, measured] of pairs) {
      const load = `require(${JSON.stringify(handler.file)})`;
      const pair = { emptyMs: await timeNode(['-e', '0'], ENVIRONMENT), loadMs: await timeNode(['-e', load], ENVIRONMENT) };
      // The first round warms the file cache.
      if (round > 0) measured.push(pair);
    }
  }
  return pairs;
}

/** Such as Lambda gives. */
const ENVIRONMENT = { PATH: process.env.PATH, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };

function report(handlers: Handler[], pairs: Map<Handler, Pair[]>, isStrict: boolean): void {
  const rows = handlers.map((handler) => {
    const measured = pairs.get(handler)!;
    return {
      ...handler,
      loadMs: median(measured.map(({ loadMs }) => loadMs)),
      times: median(measured.map(({ loadMs, emptyMs }) => loadMs / emptyMs)),
      fewestTimes: Math.min(...measured.map(({ loadMs }) => loadMs)) / Math.min(...measured.map(({ emptyMs }) => emptyMs)),
    };
  });
  const emptyMs = median([...pairs.values()].flat().map((pair) => pair.emptyMs));
  console.log(`Node ${process.version}; node -e 0 takes ${emptyMs.toFixed(1)} ms (median)\n`);
  console.log(
    `${'handler'.padEnd(16)}${'KB'.padStart(7)}${'ms'.padStart(8)}${'times node -e 0'.padStart(18)}${'of the fastest runs'.padStart(22)}`,
  );
  for (const { name, bytes, loadMs, times, fewestTimes } of rows.toSorted((a, b) => b.times - a.times)) {
    console.log(
      `${name.padEnd(16)}${kilobytes(bytes).padStart(7)}${loadMs.toFixed(1).padStart(8)}${times.toFixed(2).padStart(18)}${fewestTimes.toFixed(2).padStart(22)}`,
    );
  }
  const largest = rows.reduce((worst, row) => (row.bytes > worst.bytes ? row : worst));
  const slowest = rows.reduce((worst, row) => (row.times > worst.times ? row : worst));
  const isSmall = largest.bytes <= MOST_BYTES;
  const isFast = slowest.times <= MOST_TIMES;
  console.log(`\nlargest: ${largest.name}, ${kilobytes(largest.bytes)} KB: ${verdict(isSmall, `${kilobytes(MOST_BYTES)} KB`)}`);
  console.log(`slowest: ${slowest.name}, ${slowest.times.toFixed(2)} times node -e 0: ${verdict(isFast, `${MOST_TIMES} times`)}`);
  if (!isSmall || (isStrict && !isFast)) process.exitCode = 1;
}

const verdict = (isWithin: boolean, bound: string) => (isWithin ? `within ${bound}` : `OVER ${bound}`);
const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);

await runBench(USAGE, bench);
