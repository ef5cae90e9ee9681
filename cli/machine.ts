import type { Surroundings } from '../client/api.ts';
import type { Aws, AwsChoice } from './aws.ts';

/** What a command needs of the machine that it runs on. */
export interface Machine extends Omit<Surroundings, 'tell'> {
  env: Record<string, string | undefined>;
  /** Writes text to where programs read it, as it is. */
  write(text: string): void;
  /** Prints a line for the person, beside what programs read. */
  warn(line: string): void;
  /** Undefined when nobody sees the output on a screen. */
  terminal: Terminal | undefined;
  connectAws(choice: AwsChoice): Aws;
  /** The text of a file; undefined when there is none. */
  readFile(path: string): string | undefined;
  appendFile(path: string, text: string): void;
  /** New at every call. */
  newKey(): string;
  /** Calls `stop` when the person interrupts, before the command ends; returns what ends that. */
  onInterrupt(stop: () => void): () => void;
}

export interface Terminal {
  /** How wide it is now. */
  columns(): number;
  rows(): number;
}
