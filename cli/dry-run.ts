import type { ShownRelease } from '../client/watch.ts';
import { withFlags } from '../client/with-commands.ts';
import type { Cost } from '../functions/release/dry-run/cost.ts';
import { formatDuration } from '../functions/release/duration.ts';
import { targetKey } from '../functions/release/target.ts';
import { describeApproval } from './approval.ts';
import type { Teal } from './connect.ts';
import { EXIT } from './failure.ts';
import type { Machine } from './machine.ts';
import { suggestFunctions } from './nearest.ts';
import type { ShownApproval } from './release-answer.ts';
import type { ReleaseBody } from './release-body.ts';

/** As `POST /dry-runs` answers. */
interface DryRun {
  wouldBegin: boolean;
  plan: { weight: number; bake: string }[];
  /** `blue` is undefined when there is no such alias, `green` for $LATEST. */
  targets: (ShownRelease['targets'][number] & { differences?: string[] })[];
  checks: { check: string; passed: boolean; problem?: string }[];
  notes: string[];
  approval?: ShownApproval;
  /** These three when the release would begin as far as Plan sees. */
  alarms?: string[];
  cost?: Cost;
  foresight?: { message: string }[];
}

/** `teal release --dry-run`: tells what a release would do. Returns the exit code: 2 when it would not begin. */
export async function dryRun(machine: Machine, teal: Teal, body: ReleaseBody, { json }: { json?: boolean }): Promise<number> {
  const answer = await teal.call<DryRun>('POST', '/dry-runs', { body });
  machine.write(json ? `${JSON.stringify(answer)}\n` : describeDryRun(answer));
  if (answer.wouldBegin) return EXIT.ok;
  const names = answer.targets.map((target) => target.function);
  for (const line of await suggestFunctions(teal.aws, names)) machine.warn(line);
  return EXIT.rejected;
}

function describeDryRun({ wouldBegin, plan, targets, checks, notes, alarms, approval, cost, foresight = [] }: DryRun): string {
  const failed = checks.filter(({ passed }) => !passed);
  const row = (name: string, value: string) => `${name.padEnd(11)}${value}`;
  return [
    wouldBegin ? 'This release would begin.' : `This release would not begin: ${failed.length} of ${checks.length} checks failed.`,
    '',
    row('Plan', plan.map(({ weight, bake }) => `${weight}% ${bake}`).join(', ')),
    ...(approval ? [row('Approval', describeApproval(approval))] : []),
    ...(alarms ? [row('Alarms', alarms.join(', ') || 'none')] : []),
    ...(cost ? [row('Takes', `at least ${formatDuration(cost.bakeMinutes * 60)}`), row('Costs', describeCost(cost))] : []),
    ...targets.flatMap((target) => [
      row('Target', `${targetKey(target)}  ${describeSides(target)}`),
      ...(target.differences ?? []).map((difference) => row('', `  ${difference}`)),
    ]),
    '',
    ...checks.flatMap(({ check, passed, problem }) => [
      `${passed ? '✔' : '✖'} ${check}`,
      ...(problem === undefined ? [] : [`    ${withFlags(problem)}`]),
    ]),
    ...section(foresight.map(({ message }) => message)),
    ...section(notes.map((note) => `! ${withFlags(note)}`)),
    '',
  ].join('\n');
}

const section = (lines: string[]) => (lines.length > 0 ? ['', ...lines] : []);

function describeSides({ blue, green, unchanged, isFirst, isSwitch }: DryRun['targets'][number]): string {
  if (unchanged) return `unchanged (version ${blue})`;
  return `blue ${blue ?? (isFirst ? 'none yet' : '?')}, green ${green ?? 'from $LATEST'}${isSwitch ? ', switched at 100 %' : ''}`;
}

function describeCost({ stateTransitions, invocations, smokeTests, warmUps, metricsRead }: Cost): string {
  const counts: [number, string][] = [
    [stateTransitions, 'state transitions of Step Functions'],
    [invocations, "invocations of Teal's functions"],
    [smokeTests, 'smoke tests'],
    ...(warmUps > 0 ? ([[warmUps, 'warm-ups']] satisfies [number, string][]) : []),
    [metricsRead, 'metrics read from CloudWatch'],
  ];
  return counts.map(([count, what]) => `${count.toLocaleString('en')} ${what}`).join(', ');
}
