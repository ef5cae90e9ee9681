import { styleText } from 'node:util';
import { printModel } from '../../../cli/live/printer.ts';
import { cut, showPercent, wrap } from '../../../cli/live/text.ts';
import { timeOf } from '../../../client/watch.ts';
import type { View } from './game.ts';
import { KEYS } from './script.ts';
import { sharesOf } from './tally.ts';

export interface Screen {
  columns: number;
  rows: number;
  hasColour: boolean;
}

const EVENT_LINES = 6;
/** On a high screen the keys are not far from the rest. */
const MOST_ROWS = 44;
/** "12:03:36  " */
const TIME = 10;
const BAR_CELLS = 30;
const NARROW = 100;
const SHORT: Record<keyof typeof KEYS, string> = {
  g: 'good',
  b: 'bad',
  k: 'kill',
  t: 'throttle',
  m: 'move alias',
  s: 'stop',
  q: 'quit',
};

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** One screen of the game, none of its lines wider than it: the counter above, the keys below, the live view of the release between. */
export function printFrame(view: View, { columns, rows, hasColour }: Screen): string[] {
  const paint = (colour: Colour, text: string) => (hasColour ? styleText(colour, text, { validateStream: false }) : text);
  const { tally, live, notice, events, isEnding } = view;
  const teals = tally.failedBecauseOfTeal;
  const counter = `${teals === 0 ? '✔' : '✖'} requests failed because of Teal: ${showCount(teals)}`;
  const head = [
    paint('bold', cut(spread('TEAL · TRY TO BREAK IT', `cloud time ${timeOf(new Date(view.atMs).toISOString())}`, columns), columns)),
    '',
    paint(teals === 0 ? 'green' : 'red', cut(counter, columns)),
    cut(`  of ${showCount(tally.requests)} sent; green's own bug failed ${showCount(tally.failedOfOwnBug)} more`, columns),
    ...printShares(view, columns),
    ...(notice === undefined ? [] : wrap(`! ${notice}`, columns).map((line) => paint('yellow', line))),
  ];
  const below = [...printEvents(events, columns), '', ...(isEnding ? [cut(ENDING, columns)] : printKeys(columns))];
  const left = Math.min(rows, MOST_ROWS) - head.length - below.length - 2;
  const middle = live
    ? printModel(live, { columns, rows: left, hasColour })
    : wrap('No release yet. Press g for a good one, or b for one with a bug that one request in fifty meets.', columns);
  // So that the keys stay where they are.
  const gap = Array<string>(Math.max(0, left - middle.length)).fill('');
  return [...head, '', ...middle.slice(0, Math.max(0, left)), ...gap, '', ...below].slice(0, rows);
}

const ENDING = 'What is in flight comes to its end, and what may come late comes …';

/** Who served the last half minute, as the users saw it. */
function printShares({ tally, green }: View, columns: number): string[] {
  const cells = columns < NARROW ? BAR_CELLS / 2 : BAR_CELLS;
  return sharesOf(tally).map(({ version, percent }, index) => {
    const name = `${version === green ? 'green' : 'blue'}, version ${version}`;
    const full = Math.round((percent / 100) * cells);
    const bar = `${'█'.repeat(full)}${'░'.repeat(cells - full)}`;
    return cut(`  ${(index === 0 ? 'serves now' : '').padEnd(11)}${name.padEnd(18)} ${bar} ${showPercent(percent)}`, columns);
  });
}

/** The last events, each whole; of the newest, what fits. */
function printEvents(events: View['events'], columns: number): string[] {
  const lines: string[] = [];
  for (const { atMs, text } of events.slice(-EVENT_LINES).toReversed()) {
    const time = `${timeOf(new Date(atMs).toISOString())}  `;
    const own = wrap(text, columns - TIME).map((line, index) => (index === 0 ? time : ' '.repeat(TIME)) + line);
    if (lines.length > 0 && lines.length + own.length > EVENT_LINES) break;
    lines.unshift(...own);
  }
  return lines.slice(0, EVENT_LINES);
}

/** Broken between keys, never within the words of one. */
function printKeys(columns: number): string[] {
  const words = columns < NARROW ? SHORT : KEYS;
  const keys = Object.entries(words).map(([key, word]) => `[${key}] ${word} `.replaceAll(' ', UNBROKEN));
  return wrap(keys.join(' '), columns).map((line) => line.replaceAll(UNBROKEN, ' ').trimEnd());
}

const UNBROKEN = '\u00a0';

function spread(left: string, right: string, columns: number): string {
  const gap = columns - [...left].length - [...right].length;
  return gap < 2 ? left : `${left}${' '.repeat(gap)}${right}`;
}

export const showCount = (count: number) => count.toLocaleString('en');
