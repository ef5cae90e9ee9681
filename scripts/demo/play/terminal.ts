import type { ReadStream, WriteStream } from 'node:tty';

/** The player's terminal while the game is on it. */
export interface PlayTerminal {
  columns(): number;
  rows(): number;
  /** Draws over what was drawn before. */
  draw(lines: string[]): void;
  /** Puts back what was there before the game. Does it once. */
  restore(): void;
}

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/**
 * Takes the terminal: another screen, no cursor, keys as they are pressed, each told to `hear` ("\x03" for Ctrl-C).
 * Whatever ends the process restores it, but for a SIGKILL.
 */
export function takeTerminal(input: ReadStream, output: WriteStream, hear: (text: string) => void): PlayTerminal {
  let isTaken = true;
  const onData = (data: Buffer) => hear(data.toString());
  const onEnd = () => hear('q');
  const restore = () => {
    if (!isTaken) return;
    isTaken = false;
    process.off('exit', restore);
    input.off('data', onData).off('end', onEnd);
    if (input.isTTY) input.setRawMode(false);
    input.pause();
    output.write(LEAVE);
  };
  process.once('exit', restore);
  if (input.isTTY) input.setRawMode(true);
  input.on('data', onData).on('end', onEnd);
  output.write(ENTER);
  return {
    columns: () => output.columns,
    rows: () => output.rows,
    draw: (lines) => void output.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`),
    restore,
  };
}
