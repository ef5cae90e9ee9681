import pMap from 'p-map';
import { type Aws, connectEvents, connectLambda, connectTable } from './aws/connect.ts';
import { getVersion, publishVersion } from './aws/function.ts';
import { changeRecord, getRecord } from './aws/records.ts';
import { getGoingOn } from './flow/going-on.ts';
import { TARGETS_AT_ONCE } from './flow/move-alias.ts';
import { close } from './flow/settle.ts';
import { published } from './release/changes.ts';
import { ReleaseError } from './release/errors.ts';
import { isUnchanged, problemsOf } from './release/preflight.ts';
import { changedTargets, type ReleaseRecord, type ReleaseTarget } from './release/record.ts';
import { checkMatch } from './release/role-change.ts';
import { listTargets } from './release/target.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

/** PublishVersion: gives every target its green at the pinned code. Where that equals blue, the target is skipped from then on; a release of nothing else ends. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'events' | 'table'>) =>
  task(async ({ releaseId, at }: { releaseId: string; at: string }) => {
    const known = await getRecord(aws.table, releaseId);
    // A try before this one found nothing to release and began to let go: that is no reason to stop, but to finish.
    const record = known && isNothingToRelease(known) ? known : await publishGreens(aws, releaseId, at);
    const changed = changedTargets(record);
    if (changed.length > 0)
      return {
        step: 0,
        anythingChanged: true,
        message: `green is ${listFew(
          changed.map((target) => `${target.function}:${target.green}`),
          ', ',
        )}`,
      };

    const over = await close(aws, record, at);
    if (over.status !== 'unchanged') throw new ReleaseError('ReleaseOver', `release ${releaseId} is ${over.status}`);
    return {
      step: 0,
      anythingChanged: false,
      outcome: over.status,
      message: `nothing to release: ${listTargets(record.targets)} is unchanged`,
    };
  });

const isNothingToRelease = (record: ReleaseRecord) => !record.decision && changedTargets(record).length === 0;

async function publishGreens(aws: Pick<Aws, 'lambda' | 'table'>, releaseId: string, at: string): Promise<ReleaseRecord> {
  const record = await getGoingOn(aws.table, releaseId);
  const targets = await pMap(record.targets, (target) => publish(aws, target, releaseId), { concurrency: TARGETS_AT_ONCE });
  return changeRecord(aws.table, record, published(targets, at));
}

async function publish({ lambda }: Pick<Aws, 'lambda'>, target: ReleaseTarget, releaseId: string): Promise<ReleaseTarget> {
  const blue = target.isFirst ? undefined : await getVersion(lambda, target.function, target.blue!);
  const green = target.version
    ? await getVersion(lambda, target.function, target.version)
    : await publishVersion(lambda, target.function, target.codeSha256!, `Teal release ${releaseId}`);
  if (!green || (!blue && !target.isFirst))
    throw new ReleaseError('PreflightFailed', `version ${green ? target.blue : target.version} of ${target.function} is gone`);
  if (!blue) return { ...target, green: green.version, unchanged: false };
  // Plan has looked at what a switch needs.
  const mismatch = target.isSwitch ? [] : problemsOf(checkMatch(target.function, blue, green));
  if (mismatch.length > 0) throw new ReleaseError('PreflightFailed', mismatch.join('; '));
  return { ...target, green: green.version, unchanged: isUnchanged(blue, green) };
}

export const handler = createHandler({ lambda: connectLambda(), events: connectEvents(), table: connectTable() });
