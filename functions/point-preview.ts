import { type Aws, connectLambda, connectTable } from './aws/connect.ts';
import { getGoingOn } from './flow/going-on.ts';
import { showPreviews } from './flow/preview.ts';
import { previewedTargets } from './release/preview.ts';
import { listTargets } from './release/target.ts';
import { task } from './runtime/task.ts';

/** PointPreview: puts the second alias of every changed target on green, for testers. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'table'>) =>
  task(async ({ releaseId, at }: { releaseId: string; at: string }) => {
    const record = await showPreviews(aws, await getGoingOn(aws.table, releaseId), at);
    const shown = previewedTargets(record);
    return {
      hook: 0,
      message: shown.length > 0 ? `alias ${record.request.preview} of ${listTargets(shown)} is on green` : 'no preview alias was moved',
    };
  });

export const handler = createHandler({ lambda: connectLambda(), table: connectTable() });
