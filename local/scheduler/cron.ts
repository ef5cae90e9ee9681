import { invalid } from '../json-protocol.ts';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  name: string;
  min: number;
  max: number;
  words?: string[];
}

const FIELDS: Field[] = [
  { name: 'minutes', min: 0, max: 59 },
  { name: 'hours', min: 0, max: 23 },
  { name: 'day-of-month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: MONTHS },
  { name: 'day-of-week', min: 1, max: 7, words: WEEKDAYS },
  { name: 'year', min: 1970, max: 2199 },
];

/** Cron in UTC as AWS writes it, with six fields. Answers the first match after an instant, or `undefined` when there is none. */
export function compileCron(text: string): (afterMs: number) => number | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) throw invalid(`Invalid Schedule Expression cron(${text}).`);
  if ((parts[2] === '?') === (parts[4] === '?')) {
    throw invalid(`Invalid Schedule Expression cron(${text}): exactly one of day-of-month and day-of-week must be ?.`);
  }
  const [minutes, hours, days, months, weekdays, years] = parts.map((part, at) => matcher(part, FIELDS[at]!)) as Matchers;

  const matchesDay = (date: Date) =>
    years(date.getUTCFullYear()) && months(date.getUTCMonth() + 1) && days(date.getUTCDate()) && weekdays(date.getUTCDay() + 1);

  return (afterMs) => {
    const date = new Date(afterMs);
    date.setUTCSeconds(0, 0);
    date.setUTCMinutes(date.getUTCMinutes() + 1);
    // Whole days are skipped at a time; 29 February can be eight years away.
    for (let daysLeft = 366 * 9; daysLeft > 0; ) {
      if (!matchesDay(date)) {
        date.setUTCHours(24, 0, 0, 0);
        daysLeft--;
      } else if (!hours(date.getUTCHours())) {
        if (date.getUTCHours() === 23) daysLeft--;
        date.setUTCHours(date.getUTCHours() + 1, 0);
      } else if (!minutes(date.getUTCMinutes())) {
        date.setUTCMinutes(date.getUTCMinutes() + 1);
      } else {
        return date.getTime();
      }
    }
    return undefined;
  };
}

type Matcher = (value: number) => boolean;
type Matchers = [Matcher, Matcher, Matcher, Matcher, Matcher, Matcher];

function matcher(part: string, field: Field): Matcher {
  if (part === '?' || part === '*') return () => true;
  const unsupported = /[LW#]$|\d#/.exec(part.toUpperCase());
  if (unsupported && !field.words?.includes(part.toUpperCase())) {
    throw invalid(`the local AWS does not support ${part} in the ${field.name} of a cron expression`);
  }
  const tests = part.split(',').map((range) => compileRange(range, field));
  return (value) => tests.some((test) => test(value));
}

function compileRange(range: string, field: Field): Matcher {
  const parsed = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(range);
  if (!parsed) throw invalid(`Invalid ${field.name} in a cron expression: ${range}`);
  const [, first, last, step] = parsed;
  const from = first === '*' ? field.min : toNumber(first!, field);
  const to = last ? toNumber(last, field) : step || first === '*' ? field.max : from;
  const every = step ? Number(step) : 1;
  if (every < 1) throw invalid(`Invalid ${field.name} in a cron expression: ${range}`);
  return (value) => value >= from && value <= to && (value - from) % every === 0;
}

function toNumber(text: string, field: Field): number {
  const word = field.words?.indexOf(text.toUpperCase()) ?? -1;
  const value = word >= 0 ? word + field.min : Number(text);
  if (!Number.isInteger(value) || value < field.min || value > field.max) {
    throw invalid(`Invalid ${field.name} in a cron expression: ${text}`);
  }
  return value;
}
