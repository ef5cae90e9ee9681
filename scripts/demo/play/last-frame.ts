import { cut, wrap } from '../../../cli/live/text.ts';
import { iconOf } from '../../../client/watch.ts';
import { showCount } from './frame.ts';
import { hasHeld, type Summary } from './summary.ts';

const LABEL = 36;

/** What stays on the screen: what was done to Teal, what came of it, and how to see it again. */
export function printLastFrame(summary: Summary, columns: number): string[] {
  const { cloudMinutes, tally, releases, faults, stranded, broken, seed, script } = summary;
  const row = (what: string, value: string) => cut(`  ${what.padEnd(LABEL)}${value}`, columns);
  const kinds = Object.entries(FAULT_WORDS).flatMap(([kind, word]) => {
    const times = faults[kind as keyof typeof faults];
    return times === 0 ? [] : [`${times} × ${word}`];
  });
  const injected = Object.values(faults).reduce((sum, times) => sum + times, 0);
  const problems = [
    ...(tally.firstBecauseOfTeal === undefined ? [] : [`the first request that failed because of Teal: ${tally.firstBecauseOfTeal}`]),
    ...stranded,
    ...broken,
  ];
  return [
    `Over after ${cloudMinutes} cloud minutes and ${showCount(tally.requests)} requests.`,
    '',
    ...releases.flatMap(({ id, kind, status, reason }) => [
      cut(`  ${iconOf(status)} ${kind.padEnd(5)}${status.padEnd(12)} ${id}`, columns),
      ...wrap(reason, columns - 9).map((line) => `         ${line}`),
    ]),
    ...(releases.length > 0 ? [''] : []),
    row('requests failed because of Teal', showCount(tally.failedBecauseOfTeal)),
    row("requests failed of green's own bug", showCount(tally.failedOfOwnBug)),
    row('aliases stranded', showCount(stranded.length)),
    row('guarantees broken', showCount(broken.length)),
    row('faults injected', showCount(injected)),
    ...kinds.flatMap((kind) => wrap(kind, columns - LABEL - 2)).map((line) => ' '.repeat(LABEL + 2) + line),
    '',
    ...problems.flatMap((problem) => wrap(`✖ ${problem}`, columns)),
    ...(hasHeld(summary) ? ['✔ Teal held. The same game again:'] : ['✖ Teal did not hold. The same game again:']),
    // In one piece, to be copied: a terminal wraps it.
    `npm run demo -- --play --seed ${seed} --script "${script}"`,
  ];
}

const FAULT_WORDS: Record<keyof Summary['faults'], string> = {
  killed: "Teal's function killed while writing the alias",
  throttled: 'AWS throttled for a minute',
  moved: 'alias moved by hand',
  stopped: 'Stop pressed in the console',
};
