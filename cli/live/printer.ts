import { styleText } from 'node:util';
import { iconOf, timeOf } from '../../client/watch.ts';
import { describeOdds } from '../../functions/release/judge/statement.ts';
import type { Bake, Evidence, LiveModel, Mark, State, TargetView } from './model.ts';
import type { VersionNumbers } from './numbers.ts';
import { cut, showLeft, showPercent, wrap } from './text.ts';

export interface Paper {
  columns: number;
  hasColour: boolean;
  /** Something is up with the connection. */
  notice?: string;
}

/** From so many columns on, blue and green are side by side. */
const WIDE = 100;
const MOST_STATES = 9;
const MOST_TARGETS = 8;
const MOST_ALARMS = 6;
const TIMELINE_LINES = 5;
const BAR_CELLS = 20;
const INDENT = '  ';
const LABEL = 10;

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';
/** Colours a text, which says the same without. */
type Paint = (colour: Colour, text: string) => string;

/** The lines of one screen, none wider than the paper. Colour never stands alone: the word is there too. */
export function printModel(model: LiveModel, { columns, hasColour, notice }: Paper): string[] {
  const paint: Paint = (colour, text) => (hasColour ? styleText(colour, text, { validateStream: false }) : text);
  const blocks = [
    printHead(model, columns, paint),
    printStates(model, columns, paint),
    printTargets(model, columns),
    [...printAlarms(model, columns, paint), ...printEvidence(model, columns)],
    model.timeline.slice(-TIMELINE_LINES).map(({ at, text }) => cut(`${INDENT}${timeOf(at)}  ${text}`, columns)),
    notice === undefined ? [] : wrap(`! ${notice}`, columns).map((line) => paint('yellow', line)),
  ];
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

function printHead({ id, status, reason, startedAt, startedBy }: LiveModel, columns: number, paint: Paint): string[] {
  const colour = COLOURS[status] ?? 'bold';
  return [
    paint('bold', cut(id, columns)),
    ...wrap(`${iconOf(status)} ${status}${reason ? `: ${reason}` : ''}`, columns).map((line) => paint(colour, line)),
    paint('dim', cut(`started ${timeOf(startedAt)} UTC by ${startedBy}`, columns)),
  ];
}

const COLOURS: Record<string, Colour> = {
  promoted: 'green',
  unchanged: 'green',
  reverting: 'yellow',
  reverted: 'yellow',
  rejected: 'red',
  'alias-moved': 'red',
  stuck: 'red',
};

const MARKS: Record<Mark, { icon: string; colour?: Colour }> = {
  done: { icon: '✔', colour: 'green' },
  now: { icon: '◐', colour: 'bold' },
  'to come': { icon: '○' },
  failed: { icon: '✖', colour: 'red' },
  'left out': { icon: '–', colour: 'dim' },
};

function printStates({ states, bake, status }: LiveModel, columns: number, paint: Paint): string[] {
  const width = Math.max(...states.map(({ name }) => name.length));
  return shortened(states).map((state) => {
    if (typeof state === 'number') return cut(`${INDENT}… ${state} more steps`, columns);
    const { icon, colour } = MARKS[state.mark];
    const word = state.mark === 'now' ? status : state.mark;
    const progress = state.mark === 'now' && bake ? `  ${printBake(bake, columns)}` : '';
    const line = cut(`${INDENT}${icon} ${state.name.padEnd(width)}  ${word}${progress}`, columns);
    return colour ? paint(colour, line) : line;
  });
}

/** Of many states those around where the release is; a number stands for those between. */
function shortened(states: State[]): (State | number)[] {
  if (states.length <= MOST_STATES) return states;
  const furthest = states.findLastIndex(({ mark }) => mark === 'done' || mark === 'now' || mark === 'failed');
  const kept = states.map((_, index) => index === 0 || index >= states.length - 2 || Math.abs(index - furthest) <= 2);
  return states.flatMap((state, index): (State | number)[] => {
    if (kept[index]) return [state];
    if (!kept[index - 1]) return [];
    return [kept.slice(index).indexOf(true)];
  });
}

function printBake({ seconds, passedSeconds, leftSeconds }: Bake, columns: number): string {
  if (leftSeconds === 0) return seconds === 0 ? 'one look' : 'its time is over';
  return `${bar(passedSeconds / seconds, columns)} ${showLeft(leftSeconds)} left`;
}

function printTargets({ targets, numbersMissing }: LiveModel, columns: number): string[] {
  const rows = targets.slice(0, MOST_TARGETS).map((target) => [describeTarget(target), ...describeVersions(target)]);
  const more = targets.length - MOST_TARGETS;
  const cells = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isWide = columns >= WIDE && cells.reduce((sum, width) => sum + width + 3, 0) <= columns;
  return [
    ...rows.flatMap((row) =>
      isWide
        ? [
            row
              .map((cell, column) => cell.padEnd(cells[column]!))
              .join('   ')
              .trimEnd(),
          ]
        : [row[0]!, ...row.slice(1).map((cell) => INDENT + cell)],
    ),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(numbersMissing === undefined ? [] : [`no numbers of blue and green: ${numbersMissing}`]),
  ].map((line) => cut(INDENT + line, columns));
}

function describeTarget({ target, blue, unchanged, moved, askedPercent, gotPercent }: TargetView): string {
  if (unchanged) return `${target}  unchanged, version ${blue}`;
  if (moved) return `${target}  moved by a person: ${moved}`;
  return `${target}  asked ${askedPercent} %, got ${gotPercent === undefined ? '–' : showPercent(gotPercent)}`;
}

function describeVersions({ blue, green, unchanged, moved, numbers }: TargetView): string[] {
  if (unchanged || moved) return [];
  return [describeVersion('blue', blue, numbers?.blue), describeVersion('green', green, numbers?.green)];
}

function describeVersion(colour: string, version: string | undefined, numbers: VersionNumbers | undefined): string {
  const name = `${colour} ${version ?? '–'}`.padEnd(LABEL);
  if (!numbers) return `${name} no numbers yet`;
  const { requests, errors, meanMs } = numbers;
  const latency = meanMs === undefined ? '–' : `${meanMs < 10 ? Number(meanMs.toPrecision(2)) : showCount(meanMs)} ms`;
  return `${name} ${showCount(requests).padStart(7)} requests ${showCount(errors).padStart(5)} errors ${latency.padStart(8)}`;
}

const showCount = (count: number) => Math.round(count).toLocaleString('en');

const ALARM_ICONS: Record<string, string> = { OK: '✔', ALARM: '✖', missing: '✖' };

function printAlarms({ alarms }: LiveModel, columns: number, paint: Paint): string[] {
  const badFirst = alarms.toSorted((one, other) => Number(one.state === 'OK') - Number(other.state === 'OK'));
  const more = alarms.length - MOST_ALARMS;
  return [
    ...badFirst.slice(0, MOST_ALARMS).map(({ name, state }, index) => {
      const line = cut(`${label('alarms', index)}${ALARM_ICONS[state] ?? '?'} ${state} ${name}`, columns);
      return state === 'ALARM' ? paint('red', line) : line;
    }),
    ...(more > 0 ? [cut(`${label('', 1)}and ${more} more`, columns)] : []),
  ];
}

function printEvidence({ evidence }: LiveModel, columns: number): string[] {
  if (!evidence) return [];
  const { message, trend } = evidence;
  const moves = trend === 'same' ? '' : `, ${trend}`;
  const first = `${label('evidence', 0)}${bar(shareOf(evidence), columns)} ${describeOdds(evidence.evidence)} against green${moves}`;
  const rest = wrap(message, columns - LABEL - INDENT.length).map((line) => `${label('', 1)}${line}`);
  return [cut(first, columns), ...rest];
}

/** How far the evidence is on the way to its limit: evidence multiplies up, so by its logarithm, and below 1 to 1 not at all. */
const shareOf = ({ evidence, limit }: Evidence): number => Math.log(Math.max(1, evidence)) / Math.log(limit);

const label = (text: string, index: number) => INDENT + (index === 0 ? text : '').padEnd(LABEL);

function bar(share: number, columns: number): string {
  const cells = columns < WIDE ? BAR_CELLS / 2 : BAR_CELLS;
  // Full only at the end.
  const full = Math.min(cells, Math.max(0, Math.floor(share * cells)));
  return '█'.repeat(full) + '░'.repeat(cells - full);
}
