import pMap from 'p-map';
import { createAlias, getAlias } from './aws/alias.ts';
import { type Aws, connectEvents, connectLambda, connectTable } from './aws/connect.ts';
import { changeRecord, getRecord } from './aws/records.ts';
import { TARGETS_AT_ONCE } from './flow/move-alias.ts';
import { settlePreviews } from './flow/preview.ts';
import { close, moveToDecidedSide } from './flow/settle.ts';
import { assertApproved } from './release/approval.ts';
import { decide } from './release/changes.ts';
import { ReleaseError } from './release/errors.ts';
import { hooksOf } from './release/hooks.ts';
import { assertGoingOn, changedTargets, isOver, type ReleaseRecord } from './release/record.ts';
import { describeMove, isAtStep } from './release/routing.ts';
import { listTargets } from './release/target.ts';
import { reasonToPromote } from './release/verdict.ts';
import { listFew } from './release/words.ts';
import { task } from './runtime/task.ts';

/** Promote: wins the decision, then makes green the version of every alias. From there it only rolls forward. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'events' | 'table'>) =>
  task(async ({ releaseId, at }: { releaseId: string; at: string }) => {
    const record = await getRecord(aws.table, releaseId);
    if (!record) throw new ReleaseError('ReleaseOver', `there is no release ${releaseId}`);
    const decided = record.decision?.side === 'promote' ? record : await win(aws, record, at);
    const moved = await settlePreviews(aws, await moveToDecidedSide(aws, decided, at, createAlias), at);
    if (hooksOf(moved, 'afterTraffic').length > 0 && !isOver(moved))
      return {
        outcome: 'afterTraffic',
        hook: 0,
        message: `${listTargets(changedTargets(moved))}: green serves all traffic; its hooks follow`,
      };
    const over = await close(aws, moved, at);
    return { outcome: over.status, message: `${listTargets(changedTargets(over))}: green serves all traffic; ${over.reason!.message}` };
  });

async function win({ lambda, table }: Pick<Aws, 'lambda' | 'table'>, record: ReleaseRecord, at: string): Promise<ReleaseRecord> {
  assertGoingOn(record);
  assertApproved(record, 'promote');
  const moved = await pMap(
    changedTargets(record),
    async (target) => {
      const routing = (await getAlias(lambda, target))?.routing;
      return isAtStep(record, target, routing) ? [] : [describeMove(target, routing)];
    },
    { concurrency: TARGETS_AT_ONCE },
  );
  if (moved.flat().length > 0) throw new ReleaseError('AliasMoved', listFew(moved.flat()));

  const decided = await changeRecord(table, record, decide('promote', reasonToPromote(record), at));
  if (decided.decision?.side !== 'promote')
    throw new ReleaseError('ReleaseOver', `release ${record.id} was reverted first: ${decided.decision?.reason.message}`);
  return decided;
}

export const handler = createHandler({ lambda: connectLambda(), events: connectEvents(), table: connectTable() });
