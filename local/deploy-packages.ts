import { createLocalAws, type LocalAws } from './aws.ts';
import { createVirtualClock } from './clock.ts';
import type { Deployment } from './cloudformation/deploy.ts';

/**
 * Deploys what `serverless package` left in these folders, each after the one before, into an AWS that has nothing yet. Nothing is
 * created unless all of it can be: each service refuses what it does not support, so all is created first in an AWS of the same
 * region and account that is gone afterwards, where nothing runs and time stands still: custom resources, which a function makes,
 * and whatever waits for one are tried only when it counts. Throws with the name of the folder.
 */
export async function deployPackages(aws: LocalAws, folders: string[]): Promise<Deployment[]> {
  const { clock, region, accountId } = aws.ground;
  const rehearsal = createLocalAws({
    clock: (settle) => createVirtualClock(clock.nowMs(), settle),
    host: () => nowhere,
    region,
    accountId,
  });
  try {
    await deployEach(rehearsal, folders, { isRehearsal: true });
  } finally {
    await rehearsal.close();
  }
  return deployEach(aws, folders);
}

async function deployEach(aws: Pick<LocalAws, 'deploy'>, folders: string[], options?: { isRehearsal: boolean }): Promise<Deployment[]> {
  const deployments: Deployment[] = [];
  for (const folder of folders) deployments.push(await aws.deploy(folder, options));
  return deployments;
}

const nowhere = {
  open(): never {
    throw new Error('no function runs in a rehearsal');
  },
};
