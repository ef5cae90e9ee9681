import type { Game } from './game.ts';
import { type Cue, formatScript, type Turn } from './script.ts';
import type { Summary } from './summary.ts';

export interface Player {
  /** What is done at the beginning of the next frame. */
  nextTurn(): Turn;
  /** Called at the end of each frame, and awaited: however long it takes, no cloud time passes. */
  show(): void | Promise<void>;
}

/** Plays a game to its end. The summary's script is what was really played. */
export async function playGame(game: Game, { nextTurn, show }: Player): Promise<Summary> {
  const played: Cue[] = [];
  for (;;) {
    const { keys, isLast } = nextTurn();
    for (const key of keys) {
      await game.press(key);
      played.push({ key });
    }
    if (isLast) break;
    await game.advance();
    played.push({ waitFrames: 1 });
    await show();
  }
  await game.end(show);
  return game.summarize(formatScript([...played, { key: 'q' }]));
}
