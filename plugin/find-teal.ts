import type { Aws } from './aws.ts';
import { DeployFailed } from './deploy-failed.ts';

/** Teal's own stack, as a service that is deployed needs it. */

interface Place {
  aws: Pick<Aws, 'getOutputs'>;
  region: string;
}

const todoFor = (stack: string, region: string) =>
  `Deploy Teal as stack ${stack} in ${region}, in the account of this service, or say in custom.teal.stack which stack it is`;

/**
 * Before anything is deployed: the template imports what makes the aliases, and CloudFormation's own words for a missing
 * export do not say whose it is. Throws DeployFailed when Teal is not there; whoever may not look finds out later.
 */
export async function requireTeal(stack: string, { aws, region }: Place): Promise<void> {
  const outputs = await aws.getOutputs(stack).catch(() => 'unknown' as const);
  if (outputs === 'unknown') return;
  const nothing = 'Nothing has been deployed.';
  if (!outputs) throw new DeployFailed('TEAL_NOT_FOUND', `Teal's stack ${stack} is not there. ${todoFor(stack, region)}. ${nothing}`);
  if (outputs.AliasResource === undefined)
    throw new DeployFailed(
      'TEAL_NOT_FOUND',
      `Stack ${stack} has no output AliasResource, so it is not Teal's, or of a Teal that is too old for this plugin. ${todoFor(stack, region)}. ${nothing}`,
    );
}

/** The URL of Teal's API, without a slash at its end. Throws DeployFailed. */
export async function findApi(stack: string, { aws, region }: Place): Promise<string> {
  const todo = `${todoFor(stack, region)}, or the URL of its API in custom.teal.api`;
  const outputs = await aws.getOutputs(stack).catch((error: Error) => {
    throw new DeployFailed('TEAL_NOT_FOUND', `Teal's stack ${stack} cannot be read (${error.message}). ${todo}`);
  });
  if (outputs?.ApiUrl === undefined)
    throw new DeployFailed('TEAL_NOT_FOUND', `Stack ${stack} ${outputs ? 'has no output ApiUrl' : 'is not there'}. ${todo}`);
  return outputs.ApiUrl.replace(/\/$/, '');
}
