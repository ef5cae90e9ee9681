import { visible } from '../client/visible.ts';
import { targetKey } from '../functions/release/target.ts';
import { describeApproval } from './approval.ts';
import { connect, type Place } from './connect.ts';
import type { Machine } from './machine.ts';
import type { ReleaseAnswer } from './release-answer.ts';
import { showTime } from './table.ts';

/** `teal show`: a release's record with its whole timeline. */
export async function show(machine: Machine, id: string, options: Place & { json?: boolean }): Promise<void> {
  const teal = await connect(machine, options);
  const release = await teal.call<ReleaseAnswer>('GET', `/releases/${encodeURIComponent(id)}`);
  machine.write(options.json ? `${JSON.stringify(release)}\n` : describe(release));
}

function describe(release: ReleaseAnswer): string {
  const { id, kind, status, reason, waiting, requestReason, overrideFreeze, plan, step, alarms, judgement, timeline } = release;
  const why = reason?.message ?? waiting?.message;
  const rows: [string, string][] = [
    [kind === 'rollback' ? 'Rollback' : 'Release', id],
    ['Status', `${status}${why === undefined ? '' : `: ${why}`}`],
    ['Started', `${showTime(release.startedAt)} by ${release.startedBy}`],
    ...(requestReason ? [['Reason', requestReason] as [string, string]] : []),
    ...(overrideFreeze ? [['Freeze', `overridden: ${overrideFreeze}`] as [string, string]] : []),
    ...(release.endedAt ? [['Ended', showTime(release.endedAt)] as [string, string]] : []),
    ['Plan', plan.map(({ weight, bake }, index) => `${index + 1 === step?.number ? '▸ ' : ''}${weight}% ${bake}`).join(', ')],
    ...release.targets.map((target): [string, string] => ['Target', `${targetKey(target)}  ${describeTarget(target, release)}`]),
    ...(release.approval ? [['Approval', describeApproval(release.approval)] as [string, string]] : []),
    ...(release.pause ? [['Paused', describePause(release.pause)] as [string, string]] : []),
    ...(release.preview ? [['Preview', describePreview(release.preview)] as [string, string]] : []),
    ...(alarms.length > 0 ? [['Alarms', alarms.join(', ')] as [string, string]] : []),
    ...(judgement ? [['Judge', judgement.message] as [string, string]] : []),
    ...(release.executionArn ? [['Execution', release.executionArn] as [string, string]] : []),
  ];
  return [
    ...rows.map(([name, value]) => `${name.padEnd(11)}${visible(value)}`),
    '',
    ...timeline.map(({ at, text }) => `${showTime(at)}  ${visible(text)}`),
    '',
  ].join('\n');
}

const describePause = ({ by, at, reason }: NonNullable<ReleaseAnswer['pause']>) =>
  `by ${by} at ${showTime(at)}${reason ? `: ${reason}` : ''}`;

function describePreview({ alias, onGreenSince, left }: NonNullable<ReleaseAnswer['preview']>): string {
  const where = onGreenSince ? `on green since ${showTime(onGreenSince)}` : 'on what serves';
  return [`${alias}  ${where}`, ...left].join('; ');
}

function describeTarget(target: ReleaseAnswer['targets'][number], { weights }: ReleaseAnswer): string {
  const { blue, green, unchanged, isFirst, isSwitch, moved } = target;
  if (unchanged) return `unchanged (version ${blue})`;
  if (moved) return `moved by a person: ${moved}`;
  return `blue ${blue ?? (isFirst ? 'none yet' : '?')}, green ${green ?? 'not published'}, ${weights[targetKey(target)] ?? 0} % to green${isSwitch ? ', switched at once' : ''}`;
}
