import { getCheckpoints, putCheckpoints } from '../aws/checkpoints.ts';
import type { Aws } from '../aws/connect.ts';
import { readMetrics } from '../aws/metrics.ts';
import { type Judgement, judgementOf, limitOf } from '../release/judge/judgement.ts';
import { hasGoneOn, isOpen, judgeMinutes, minutesToRead, queriesOf } from '../release/judge/judging.ts';
import { judgedTargets } from '../release/judge/metrics.ts';
import type { ReleaseRecord } from '../release/record.ts';

/** Judges the minutes that have become whole since the last look, each once, and says what all of them say. Undefined when nothing of this release is judged, or nothing any more. */
export async function judge(
  { cloudwatch, table }: Pick<Aws, 'cloudwatch' | 'table'>,
  record: ReleaseRecord,
  at: string,
): Promise<Judgement | undefined> {
  const targets = judgedTargets(record);
  const atMs = Date.parse(at);
  if (!isOpen(record, targets, atMs)) return undefined;
  const kept = await getCheckpoints(table, record.id);
  const minutes = minutesToRead(kept.checkpoints, targets, record, atMs);
  if (!minutes) return judgementOf(record, kept.checkpoints);

  const readings = await readMetrics(cloudwatch, queriesOf(targets), minutes);
  const checkpoints = judgeMinutes(kept.checkpoints, targets, record, { readings, atMs, logLimit: Math.log(limitOf(record)) });
  if (!hasGoneOn(kept.checkpoints, checkpoints)) return judgementOf(record, kept.checkpoints);
  // Of two looks at once one judges; the other says what that one has found.
  const isKept = await putCheckpoints(table, record.id, { ...kept, checkpoints });
  return judgementOf(record, isKept ? checkpoints : (await getCheckpoints(table, record.id)).checkpoints);
}
