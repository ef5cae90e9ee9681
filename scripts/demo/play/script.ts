/** What a player does, as text that plays it again: keys, and waits of the player's clock between them. */

/** A frame is a tenth of a second for the player, and six seconds in the cloud: a cloud minute passes in a second. */
export const FRAMES_PER_SECOND = 10;
export const FRAME_CLOUD_MS = 6_000;

export const KEYS = {
  g: 'a good release',
  b: 'a bad one: 500 to one request in fifty',
  k: "kill Teal's function in mid-shift",
  t: 'throttle AWS for a minute',
  m: 'move the alias by hand',
  s: 'press Stop in the console',
  q: 'quit',
} as const;
export type Key = keyof typeof KEYS;

export type Cue = { key: Key } | { waitFrames: number };

const LONGEST_WAIT_SECONDS = 600;

/** Reads "g 5s b 20s k": keys, and waits in seconds with at most one decimal. Throws an error that names the word that is neither. */
export function parseScript(text: string): Cue[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) throw new Error('--script is empty; it is keys and waits, such as "g 5s b 20s k"');
  return words.map((word) => {
    if (isKey(word)) return { key: word };
    const [, seconds] = /^(\d+(?:\.\d)?)s$/.exec(word) ?? [];
    if (seconds === undefined)
      throw new Error(`--script: "${word}" is no key (${Object.keys(KEYS).join(' ')}) and no wait such as 5s or 0.3s`);
    if (Number(seconds) > LONGEST_WAIT_SECONDS) throw new Error(`--script: ${word} is longer than ${LONGEST_WAIT_SECONDS}s`);
    return { waitFrames: Math.round(Number(seconds) * FRAMES_PER_SECOND) };
  });
}

/** The text that `parseScript` reads as these; waits in a row are one. */
export function formatScript(cues: Cue[]): string {
  const words: string[] = [];
  let waitFrames = 0;
  const flush = () => {
    if (waitFrames > 0) words.push(`${waitFrames / FRAMES_PER_SECOND}s`);
    waitFrames = 0;
  };
  for (const cue of cues) {
    if ('waitFrames' in cue) waitFrames += cue.waitFrames;
    else {
      flush();
      words.push(cue.key);
    }
  }
  flush();
  return words.join(' ');
}

export const isKey = (text: string): text is Key => Object.hasOwn(KEYS, text);

export interface Turn {
  /** Pressed at the beginning of a frame. */
  keys: Exclude<Key, 'q'>[];
  /** Nothing is played after it. */
  isLast: boolean;
}

/** What a script does in each frame. */
export function* turnsOf(cues: Cue[]): Generator<Turn, void> {
  let keys: Turn['keys'] = [];
  for (const cue of cues) {
    if ('waitFrames' in cue) {
      for (let frame = 0; frame < cue.waitFrames; frame++) {
        yield { keys, isLast: false };
        keys = [];
      }
    } else if (cue.key === 'q') break;
    else keys.push(cue.key);
  }
  yield { keys, isLast: true };
}
