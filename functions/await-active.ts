import pMap from 'p-map';
import { type Aws, connectLambda, connectTable } from './aws/connect.ts';
import { getVersion } from './aws/function.ts';
import { getGoingOn } from './flow/going-on.ts';
import { TARGETS_AT_ONCE } from './flow/move-alias.ts';
import { ReleaseError } from './release/errors.ts';
import { changedTargets } from './release/record.ts';
import { task } from './runtime/task.ts';

/** AwaitActive: passes once every green can serve. Not yet is the error VersionNotActive, which the state machine tries again. */
export const createHandler = ({ lambda, table }: Pick<Aws, 'lambda' | 'table'>) =>
  task(async ({ releaseId }: { releaseId: string }) => {
    const targets = changedTargets(await getGoingOn(table, releaseId));
    const greens = await pMap(targets, async (target) => ({ target, green: await getVersion(lambda, target.function, target.green!) }), {
      concurrency: TARGETS_AT_ONCE,
    });
    for (const { target, green } of greens) {
      const name = `version ${target.green} of ${target.function}`;
      if (!green) throw new ReleaseError('PreflightFailed', `${name} is gone`);
      if (green.state === 'Failed')
        throw new ReleaseError('PreflightFailed', `${name} failed to become active: ${green.stateReason ?? 'Lambda gives no reason'}`);
      if (green.state !== undefined && green.state !== 'Active')
        throw new ReleaseError(
          'VersionNotActive',
          `${name} is ${green.state}, not Active: ${green.stateReason ?? 'Lambda gives no reason'}`,
        );
    }
    return { hook: 0, message: `${targets.length === 1 ? 'green is' : `all ${targets.length} greens are`} active` };
  });

export const handler = createHandler({ lambda: connectLambda(), table: connectTable() });
