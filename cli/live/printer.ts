import { styleText } from 'node:util';
import { iconOf, timeOf } from '../../client/watch.ts';
import { describeOdds } from '../../functions/release/judge/statement.ts';
import type { Bake, Evidence, LiveModel, Mark, State, TargetView } from './model.ts';
import type { VersionNumbers } from './numbers.ts';
import { cut, showLeft, showPercent, wrap } from './text.ts';

export interface Paper {
  columns: number;
  /** At most so many lines: the timeline is the first to be shortened. */
  rows: number;
  hasColour: boolean;
  /** Something is up with the connection. */
  notice?: string;
}

/** From so many columns on, bars are long. */
const WIDE = 100;
const MOST_STATES = 9;
/** So many targets are shown with a line for each version. */
const FEW_TARGETS = 3;
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
export function printModel(model: LiveModel, { columns, rows, hasColour, notice }: Paper): string[] {
  const paint: Paint = (colour, text) => (hasColour ? styleText(colour, text, { validateStream: false }) : text);
  const above = [
    printHead(model, columns, paint),
    printStates(model, columns, paint),
    printTargets(model, columns),
    printApproval(model, columns, paint),
    [...printAlarms(model, columns, paint), ...printEvidence(model, columns)],
  ];
  const below = notice === undefined ? [] : wrap(`! ${notice}`, columns).map((line) => paint('yellow', line));
  const left = rows - apart([...above, below]).length - 1;
  const timeline = model.timeline.slice(-Math.min(TIMELINE_LINES, Math.max(1, left)));
  const lines = timeline.map(({ at, text }) => cut(`${INDENT}${timeOf(at)}  ${text}`, columns));
  return apart([...above, lines, below]).slice(0, rows);
}

/** Blocks with an empty line between them. */
const apart = (blocks: string[][]): string[] =>
  blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ['', ...block]));

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
  const isFew = targets.length <= FEW_TARGETS;
  const shown = isFew ? targets : targets.toSorted(byTrouble).slice(0, MOST_TARGETS);
  const more = targets.length - shown.length;
  const missing = numbersMissing === undefined ? [] : wrap(`no numbers of blue and green: ${numbersMissing}`, columns - INDENT.length);
  return [
    ...shown.flatMap((target) => (isFew ? describeWhole(target) : [describeShort(target)])),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...missing,
  ].map((line) => cut(INDENT + line, columns));
}

/** Of many targets those that a person should look at are first. */
const byTrouble = (one: TargetView, other: TargetView): number =>
  Number(other.moved !== undefined) - Number(one.moved !== undefined) ||
  (other.numbers?.green.errors ?? 0) - (one.numbers?.green.errors ?? 0);

function describeWhole(target: TargetView): string[] {
  const { blue, green, unchanged, moved, numbers } = target;
  if (unchanged || moved) return [describeTarget(target)];
  return [
    describeTarget(target),
    INDENT + describeVersion('blue', blue, numbers?.blue),
    INDENT + describeVersion('green', green, numbers?.green),
  ];
}

function describeShort(target: TargetView): string {
  const errors = target.numbers?.green.errors;
  return `${describeTarget(target)}${errors === undefined ? '' : `, green failed ${showCount(errors)}`}`;
}

function describeTarget({ target, blue, unchanged, moved, askedPercent, gotPercent }: TargetView): string {
  if (unchanged) return `${target}  unchanged, version ${blue}`;
  if (moved) return `${target}  moved by a person: ${moved}`;
  return `${target}  asked ${askedPercent} %${gotPercent === undefined ? '' : `, got ${showPercent(gotPercent)}`}`;
}

function describeVersion(colour: string, version: string | undefined, numbers: VersionNumbers | undefined): string {
  const name = `${colour} ${version ?? '–'}`.padEnd(LABEL);
  if (!numbers) return `${name} no numbers yet`;
  const { requests, errors, meanMs } = numbers;
  const latency = meanMs === undefined ? '–' : `${meanMs < 10 ? Number(meanMs.toPrecision(2)) : showCount(meanMs)} ms`;
  return `${name} ${showCount(requests).padStart(7)} requests ${showCount(errors).padStart(5)} errors ${latency.padStart(8)}`;
}

const showCount = (count: number) => Math.round(count).toLocaleString('en');

/** What it waits for, how long yet, and what to say. */
function printApproval({ approval, id, asOf }: LiveModel, columns: number, paint: Paint): string[] {
  if (!approval) return [];
  const { before, until, onTimeout, notBy } = approval;
  const leftSeconds = Math.max(0, Math.floor((Date.parse(until) - Date.parse(asOf)) / 1000));
  const text = [
    `somebody${notBy ? ' else than who started it' : ''} must approve it before ${before === 'traffic' ? 'it gets traffic' : 'it is promoted'};`,
    `in ${showLeft(leftSeconds)} it is ${onTimeout === 'approve' ? 'approved' : 'declined'}:`,
    `teal approve ${id}, or teal decline`,
  ].join(' ');
  return wrap(text, columns - LABEL - INDENT.length).map((line, index) => paint('yellow', `${label('approval', index)}${line}`));
}

const ALARM_ICONS: Record<string, string> = { ALARM: '✖', missing: '✖' };

/** Those that are not OK each by itself, and first. */
function printAlarms({ alarms }: LiveModel, columns: number, paint: Paint): string[] {
  const bad = alarms.filter(({ state }) => state !== 'OK');
  const good = alarms.filter(({ state }) => state === 'OK');
  const more = bad.length - MOST_ALARMS;
  const lines = [
    ...bad.slice(0, MOST_ALARMS).map(({ name, state }) => `${ALARM_ICONS[state] ?? '?'} ${state} ${name}`),
    ...(more > 0 ? [`and ${more} more that are not OK`] : []),
    ...(good.length > 0 ? [`✔ OK ${good.map(({ name }) => name).join(', ')}`] : []),
  ];
  return lines.map((line, index) => {
    const labelled = cut(label('alarms', index) + line, columns);
    return line.startsWith('✖') ? paint('red', labelled) : labelled;
  });
}

function printEvidence({ evidence }: LiveModel, columns: number): string[] {
  if (!evidence) return [];
  const { message, trend } = evidence;
  const moves = trend === 'same' ? '' : `, ${trend}`;
  const first = `${label('evidence', 0)}${bar(shareOf(evidence), columns)} ${describeOdds(evidence.evidence)} against green${moves}; limit ${describeOdds(evidence.limit)}`;
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
