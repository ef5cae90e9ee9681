import { CommanderError } from 'commander';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';
import { createProgram } from './program.ts';

/** Runs `teal` with these arguments, and returns its exit code. What went wrong is told to the person. */
export async function runTeal(args: string[], machine: Machine): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(machine, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // The library has told it, help and version too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { explain } = await import('./explain.ts');
    const explained = explain(error);
    if (!(explained instanceof Failure)) throw error;
    machine.warn(explained.message);
    return explained.exitCode;
  }
}
