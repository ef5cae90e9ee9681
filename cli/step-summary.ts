import { iconOf, timeOf } from '../client/watch.ts';
import { targetKey } from '../functions/release/target.ts';
import type { ReleaseAnswer } from './release-answer.ts';

/** What a GitHub Actions job shows of a release, as Markdown: docs.github.com, "Adding a job summary". */
export function stepSummary({ id, status, reason, targets, plan, timeline }: ReleaseAnswer): string {
  const rows = targets.map((target) => {
    const { isFirst, blue = isFirst ? 'none yet' : '?', green = 'not published', unchanged, moved } = target;
    return `| ${escaped(targetKey(target))} | ${blue} | ${unchanged ? 'unchanged' : green} | ${moved ? escaped(moved) : ''} |`;
  });
  return [
    `### ${iconOf(status)} Teal: release ${id} is ${status}`,
    '',
    ...(reason ? [escaped(reason.message), ''] : []),
    '| target | blue | green | moved by a person |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    `Plan: ${plan.map(({ weight, bake }) => `${weight}% ${bake}`).join(', ')}`,
    '',
    '<details><summary>Timeline (UTC)</summary>',
    '',
    ...timeline.map(({ at, text }) => `- ${timeOf(at)} ${escaped(text)}`),
    '',
    '</details>',
    '',
  ].join('\n');
}

/** What people wrote must not become a table's column, a tag or a line of its own. */
const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ');
