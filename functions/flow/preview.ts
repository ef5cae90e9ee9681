import pMap from 'p-map';
import { createAlias, isGone } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { notePreviews } from '../aws/history.ts';
import { changeRecord } from '../aws/records.ts';
import {
  decidePreview,
  type PreviewIntent,
  type PreviewMoved,
  previewedTargets,
  servingVersion,
  withPreview,
  withPreviewSettled,
  withPreviewShown,
} from '../release/preview.ts';
import type { ReleaseRecord, ReleaseTarget } from '../release/record.ts';
import { TARGETS_AT_ONCE, writeAlias } from './move-alias.ts';

type Needs = Pick<Aws, 'lambda' | 'table'>;

/** Puts the preview alias of every changed target on green. One that a person has put elsewhere is left, and noted: it is no reason to stop. */
export async function showPreviews(aws: Needs, known: ReleaseRecord, at: string): Promise<ReleaseRecord> {
  const record = await changeRecord(aws.table, known, (current) => withPreview(current, at));
  const moved = await movePreviews(aws, record, 'show');
  return changeRecord(aws.table, record, (current) => withPreviewShown(current, moved, at));
}

/** Puts the previews of a decided release on the version that serves from now on. Throws what may pass; what never will is noted. */
export async function settlePreviews(aws: Needs, record: ReleaseRecord, at: string): Promise<ReleaseRecord> {
  if (!record.previewSince || record.claim !== 'held') return record;
  const moved = await movePreviews(aws, record, 'settle');
  await notePreviews(aws.table, moved.flatMap(servingOf(record, at)));
  return changeRecord(aws.table, record, (current) => withPreviewSettled(current, moved, at));
}

const movePreviews = (aws: Needs, record: ReleaseRecord, intent: PreviewIntent): Promise<PreviewMoved[]> =>
  pMap(previewedTargets(record), (target) => movePreview(aws, record, target, intent), { concurrency: TARGETS_AT_ONCE });

async function movePreview(aws: Needs, record: ReleaseRecord, target: ReleaseTarget, intent: PreviewIntent): Promise<PreviewMoved> {
  const named = { function: target.function, alias: record.request.preview! };
  try {
    const left = await writeAlias(aws, record.id, named, (current, found) => decidePreview(intent, current, target, found), {
      create: createAlias,
    });
    return { target, left };
  } catch (error) {
    // No release is held up for testers.
    if (isGone(error))
      return { target, left: `alias ${named.alias} of ${named.function} could not be moved: its function or version is gone` };
    throw error;
  }
}

/** For the Plan of the next release: where this one has left its previews. */
const servingOf =
  (record: ReleaseRecord, at: string) =>
  ({ target, left }: PreviewMoved) => {
    const version = left ? undefined : (servingVersion(record, target) ?? target.green);
    const named = { function: target.function, alias: record.request.preview! };
    return version === undefined ? [] : [{ target: named, serving: { version, releaseId: record.id, since: at } }];
  };
