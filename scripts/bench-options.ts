import { parseArgs } from 'node:util';

/** What bench:cold and bench:cli can be told. */
export interface BenchOptions {
  packageFolder?: string;
  rounds: number;
  /** Whether being too slow ends with 1. */
  isStrict: boolean;
}

/** What the person asked for. Throws an error that says what is wrong with it. */
function readBenchOptions(args: string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      package: { type: 'string' },
      rounds: { type: 'string', default: '15' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds is a whole number from 1, not ${values.rounds}`);
  return { packageFolder: values.package, rounds, isStrict: values.strict };
}

/** Runs a bench as its command line asks: ends with 1 when it fails, and with 2, and how it is used, when nobody can tell what was asked. */
export async function runBench(usage: string, bench: (options: BenchOptions) => Promise<void>): Promise<void> {
  let options: BenchOptions | 'help';
  try {
    options = readBenchOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (options === 'help') return console.log(usage);
  await bench(options).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
