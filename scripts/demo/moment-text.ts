import type { Moment, Progress } from './story.ts';
import type { Summary } from './summary.ts';

/** The demo's printer: moments in, lines out. Icon and word together; nothing is said by colour. */

const WIDTH = 110;
/** Where the text of a line begins, behind the time. */
const INDENT = '         ';

export const ICONS: Record<string, string> = {
  preparing: '○',
  shifting: '◔',
  baking: '◐',
  promoting: '◕',
  promoted: '✔',
  reverting: '↶',
  reverted: '↶',
  rejected: '✘',
  'alias-moved': '✘',
  unchanged: '=',
  stuck: '✘',
};

export function intro(speed: number): string[] {
  return [
    'Teal releases three new versions of a function, mobile-api, on a local AWS, while users send it requests.',
    'The first is good: Teal should promote it. The second answers 500 to some users, the third answers some late:',
    'Teal should go back by itself. No alarm watches the function: Teal judges green against blue in the same minutes.',
    `Blue is the version that serves now, green the next one. Times are cloud time: a cloud minute takes ${60 / speed} s here.`,
    "Lines with · are the release's own record, of several metrics the strongest; ⇄ is the alias as Lambda has",
    'it. The evidence is against green, over all metrics: at 100 to 1 Teal reverts.',
    '',
  ];
}

/** The table's heads, in the columns of `progressLine`. */
const HEADS = [
  `   time  ${'state'.padEnd(16)}${'green of traffic'.padStart(19)}${'blue'.padStart(14)}${'green'.padStart(17)}`,
  `   seen  ${''.padEnd(16)}${columns(['asked', 'gets', 'requests', 'failed', 'requests', 'failed'])}    judge → verdict`,
];

export function textOf(moment: Moment): string[] {
  switch (moment.type) {
    case 'release':
      return ['', `Release ${moment.number}: ${moment.title}`, `  POST /releases → ${moment.id}, plan ${moment.plan}`, '', ...HEADS];
    case 'progress':
      return [`${time(moment)}  ${progressLine(moment)}`.trimEnd()];
    case 'said':
      return wrapped(`${time(moment)}  · `, moment.text);
    case 'alias':
      return [
        `${time(moment)}  ⇄ alias live: ${Object.entries(moment.weightsPercent)
          .map(([version, percent]) => `version ${version} ${percent} %`)
          .join(', ')}`,
      ];
    case 'end': {
      const { status, reason, isAsExpected } = moment;
      const verdict = isAsExpected ? 'as it should' : `NOT as it should: ${reason.message}`;
      return wrapped(`${time(moment)}  `, `${withIcon(status)}, ${verdict}`);
    }
  }
}

function progressLine({ status, weightPercent, greenPercent, blue, green, look }: Progress): string {
  const evidence = look?.evidence === undefined ? '' : `evidence ${significant(look.evidence)} to 1 `;
  const verdict = look ? `    ${evidence}→ ${look.verdict.split(':')[0]}` : '';
  const shares = [`${weightPercent} %`, greenPercent === null ? '–' : `${greenPercent.toFixed(1)} %`];
  return `${withIcon(status).padEnd(16)}${columns([...shares, blue.requests, blue.errors, green.requests, green.errors])}${verdict}`;
}

function columns(values: (string | number)[]): string {
  const widths = [8, 10, 12, 8, 12, 8];
  return values.map((value, index) => String(value).padStart(widths[index]!)).join('');
}

export function summaryText(summary: Summary): string[] {
  const { reverts, speed } = summary;
  const row = (what: string, value: string) => `  ${what.padEnd(64)}${value}`;
  return [
    '',
    'Summary',
    ...summary.releases.map(({ number, title, status, isAsExpected }) =>
      row(`release ${number}: ${title}`, `${withIcon(status)}, ${isAsExpected ? 'as it should' : 'NOT as it should'}`),
    ),
    row('requests served', count(summary.requestsServed)),
    row('requests failed because of the bad version', count(summary.failedBecauseOfBadVersion)),
    row('requests failed because of Teal', count(summary.failedBecauseOfTeal)),
    ...reverts.flatMap(({ title, since, sinceToVerdictSeconds: found, verdictToAllOnBlueSeconds: back }) => [
      row(`${title}: from its ${since} to the verdict`, found === undefined ? DID_NOT_HAPPEN : `${(found / 60).toFixed(1)} cloud min`),
      row(
        `${title}: from the verdict to all traffic on blue`,
        back === undefined ? DID_NOT_HAPPEN : `${Math.round(back)} cloud s (${(back / speed).toFixed(2)} s of this machine)`,
      ),
    ]),
    '',
    `  Cloud time runs ${speed} times as fast as the functions, which take as long here as on AWS: of the times to blue`,
    `  trust the machine's seconds. The alias was read every 50 ms, so it is exact to ${Math.round(speed * 0.05)} cloud s. All this took ${Math.round(summary.machineSeconds)} s.`,
    '',
    ...(summary.problems.length === 0 ? ['✔ all went as it should'] : summary.problems.flatMap((problem) => wrapped('✘ ', problem))),
  ];
}

const withIcon = (status: string) => `${ICONS[status] ?? '·'} ${status}`;
const DID_NOT_HAPPEN = 'did not happen';
const count = (value: number) => value.toLocaleString('en-US');
const time = ({ seconds }: { seconds: number }) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(7);
/** "0.43", "12", "1,210": below 100 rounded down to two digits, as the record's own words are; 80.9 is not 81. */
function significant(value: number): string {
  if (value >= 100 || value === 0) return count(Math.round(value));
  const scale = 10 ** (1 - Math.floor(Math.log10(value)));
  return String(Number((Math.floor(Number((value * scale).toPrecision(12))) / scale).toPrecision(2)));
}

/** Text that goes on under itself when it is too long for a line. */
function wrapped(start: string, text: string): string[] {
  const lines: string[] = [];
  let line = start;
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH && line.trim() !== start.trim()) {
      lines.push(line.trimEnd());
      line = `${INDENT}  `;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
