import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { connectAws } from './aws.ts';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import { runTeal } from './run.ts';

/** The `teal` command. */

// The SDK is inside of the package: which Node its next versions need is not for whoever runs this to read, least of all in a live view.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { stdout, stderr } = process;

const machine: Machine = {
  env: process.env,
  fetch,
  nowMs: Date.now,
  wait: (ms) => wait(ms),
  newKey: randomUUID,
  write: (text) => void stdout.write(text),
  warn: (line) => void stderr.write(`${line}\n`),
  terminal: stdout.isTTY ? { columns: () => stdout.columns, rows: () => stdout.rows } : undefined,
  connectAws: (choice) => connectAws(choice),
  readFile(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new Failure(EXIT.usage, `${path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  },
  appendFile: appendFileSync,
  onInterrupt(stop) {
    const leave = () => {
      stop();
      process.exit(EXIT.interrupted);
    };
    process.once('SIGINT', leave).once('SIGTERM', leave);
    return () => process.off('SIGINT', leave).off('SIGTERM', leave);
  },
};

// Nobody reads on, as in `teal list | head -1`: 128 and SIGPIPE, since what a release comes to is not known here.
stdout.on('error', () => process.exit(141));
// Nobody hears what is said beside: how it ends is told by the exit code all the same, and 1 would be a reverted release.
stderr.on('error', () => {});
runTeal(process.argv.slice(2), machine).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error) => {
    console.error(error);
    process.exitCode = EXIT.bug;
  },
);
