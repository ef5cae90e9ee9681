import { setTimeout as wait } from 'node:timers/promises';
import { timeOf } from '../../../client/watch.ts';
import { packageForTests } from '../../../test/package.ts';
import { printFrame } from './frame.ts';
import { type Game, openGame } from './game.ts';
import { printLastFrame } from './last-frame.ts';
import { playGame } from './player.ts';
import { type Cue, FRAMES_PER_SECOND, isKey, type Turn, turnsOf } from './script.ts';
import { hasHeld } from './summary.ts';
import { type PlayTerminal, takeTerminal } from './terminal.ts';

export interface PlayOptions {
  seed: number;
  /** Without it a keyboard plays. */
  cues?: Cue[];
}

const FRAME_MS = 1000 / FRAMES_PER_SECOND;
/** Of what is printed where there is no terminal. */
const COLUMNS = 110;
const CTRL_C = '\x03';

/** `npm run demo -- --play`: plays a game on the terminal, or a script where there is none. Returns the exit code. */
export async function play({ seed, cues }: PlayOptions): Promise<number> {
  const { stdin, stdout } = process;
  if (!cues && !(stdin.isTTY && stdout.isTTY)) {
    console.error('The game needs a terminal, or --script to play without one: npm run demo -- --play --script "g 5s k 8s b 9s"');
    return 2;
  }
  // Handlers log a line a call.
  const print = (line: string) => void stdout.write(`${line}\n`);
  console.info = () => {};
  console.error = () => {};

  const leaving = new AbortController();
  let hasQuit = false;
  const quit = () => {
    // Whoever interrupts twice does not want to wait.
    if (hasQuit) process.exit(130);
    hasQuit = true;
    leaving.abort();
  };
  process.on('SIGINT', quit);
  for (const [name, number] of [
    ['SIGHUP', 1],
    ['SIGTERM', 15],
  ] as const)
    process.on(name, () => process.exit(128 + number));
  // Nobody reads on.
  stdout.on('error', () => process.exit(141));

  print(`Seed ${seed}. Packaging Teal for an AWS on this machine …`);
  const { templateFolder, remove } = await packageForTests(leaving.signal).catch((error: Error) => {
    if (hasQuit) process.exit(130);
    throw error;
  });
  process.once('exit', remove);
  const game = await openGame({ folder: templateFolder, seed });
  let terminal: PlayTerminal | undefined;
  try {
    const pressed: Turn['keys'] = [];
    if (stdout.isTTY) {
      terminal = takeTerminal(stdin, stdout, (text) => {
        for (const key of text) {
          if (key === CTRL_C || key === 'q') quit();
          else if (isKey(key) && key !== 'q' && !cues) pressed.push(key);
        }
      });
    }
    const script = cues && turnsOf(cues);
    const summary = await playGame(game, {
      nextTurn() {
        if (hasQuit) return { keys: [], isLast: true };
        return script ? script.next().value! : { keys: pressed.splice(0), isLast: false };
      },
      show: terminal ? drawFrames(game, terminal) : printEvents(game, print),
    });
    terminal?.restore();
    for (const line of printLastFrame(summary, terminal?.columns() ?? COLUMNS)) print(line);
    return hasHeld(summary) ? 0 : 1;
  } finally {
    terminal?.restore();
    await game.close();
  }
}

/** A frame each tenth of a second. The end is not waited for: it passes as fast as this machine is. */
function drawFrames(game: Game, terminal: PlayTerminal) {
  const hasColour = !process.env.NO_COLOR;
  let dueMs = performance.now();
  return async () => {
    const view = game.view();
    terminal.draw(printFrame(view, { columns: terminal.columns(), rows: terminal.rows(), hasColour }));
    // A machine that is too slow plays on slower, and does not catch up.
    dueMs = Math.max(performance.now(), dueMs + (view.isEnding ? 0 : FRAME_MS));
    await wait(dueMs - performance.now());
  };
}

/** What happens, a line each. */
function printEvents(game: Game, print: (line: string) => void) {
  let told = 0;
  return () => {
    const { events } = game.view();
    for (const { atMs, text } of events.slice(told)) print(`${timeOf(new Date(atMs).toISOString())}  ${text}`);
    told = events.length;
  };
}
