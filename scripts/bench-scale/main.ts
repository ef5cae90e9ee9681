/** `npm run bench:scale`: a thousand releases at once under the default quotas of an AWS account, on a virtual clock. */
import { parseArgs } from 'node:util';
import { packageForTests } from '../../test/package.ts';
import { bench } from './bench.ts';

const USAGE = `npm run bench:scale -- [options]

  --releases <number>  how many releases start at once (1000)
  --seed <number>      of all chance (1)
  --verbose            also what Teal's functions log
  --help`;

/** The local bus remembers 10,000 events, a release makes six, and the bench looks for them at the end. */
const MOST_RELEASES = 1500;

interface Options {
  releases: number;
  seed: number;
  isVerbose: boolean;
}

/** What the person asked for. Throws an error that says what is wrong with it. */
function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      releases: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const releases = Number(values.releases);
  if (!Number.isInteger(releases) || releases < 1 || releases > MOST_RELEASES)
    throw new Error(`--releases is a number from 1 to ${MOST_RELEASES}, not ${values.releases}`);
  if (!/^\d{1,9}$/.test(values.seed)) throw new Error(`--seed is a number, not ${values.seed}`);
  return { releases, seed: Number(values.seed), isVerbose: values.verbose };
}

async function run(options: Options): Promise<void> {
  if (!options.isVerbose) {
    // Handlers log a line a call.
    console.info = () => {};
    console.error = () => {};
  }
  const { templateFolder, remove } = await packageForTests();
  try {
    const failures = await bench({ ...options, folder: templateFolder, print: (line) => process.stdout.write(`${line}\n`) });
    process.exitCode = failures === 0 ? 0 : 1;
  } finally {
    remove();
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else {
    await run(options).catch((error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    });
  }
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}
