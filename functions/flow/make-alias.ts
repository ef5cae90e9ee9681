import { createAlias, getAlias } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { getVersion, publishVersion } from '../aws/function.ts';
import { type NamedAlias, Refusal } from '../release/alias-resource.ts';
import { ReleaseError } from '../release/errors.ts';
import type { FunctionVersion } from '../release/preflight.ts';
import { findServedBefore } from './find-served-before.ts';

/**
 * Makes an alias of what $LATEST is, and returns its ARN; one that is there is left as it is, wherever it points, and one that was
 * deleted is made again where Teal had it: what is in $LATEST since has to be released.
 * Idempotent. Throws a Refusal when it cannot be, and VersionNotActive when it cannot be yet.
 */
export async function makeAlias(aws: Pick<Aws, 'lambda' | 'table'>, named: NamedAlias, description: string): Promise<string> {
  const { lambda } = aws;
  const found = await getAlias(lambda, named);
  if (found) return found.arn;

  const latest = await getVersion(lambda, named.function, '$LATEST');
  if (!latest)
    throw new Refusal(
      `Function ${named.function} does not exist in the account and region of this Teal. Give FunctionName by !Ref, so that CloudFormation makes the function first.`,
    );
  refuseFailed(named, latest);
  if (latest.state === 'Pending') throw new ReleaseError('VersionNotActive', 'Lambda is still making the function');
  // A VPC or SnapStart takes its time, and until then requests for the version fail.
  const number = await findVersion(aws, named);
  const version = await getVersion(lambda, named.function, number);
  if (version) refuseFailed(named, version);
  if (!version || version.state === 'Pending') throw new ReleaseError('VersionNotActive', `Lambda is still making version ${number}`);
  await createAlias(lambda, named, version.version, description);
  // Also when another was first: then it is theirs, as it is.
  const made = await getAlias(lambda, named);
  if (!made) throw new ReleaseError('VersionNotActive', 'it was deleted as soon as it was made');
  return made.arn;
}

async function findVersion(aws: Pick<Aws, 'lambda' | 'table'>, named: NamedAlias): Promise<string> {
  // The table knows functions by name, and a stack may say the ARN.
  const served = await findServedBefore(aws, { ...named, function: named.function.split(':').at(-1)! });
  if (served?.isThere) return served.version;
  // Throws VersionNotActive while the function is being updated. Not pinned to a code as a release is: nobody is served by the alias yet, and whatever $LATEST is serves them now.
  return (await publishVersion(aws.lambda, named.function, undefined, `Alias ${named.alias} began with it`)).version;
}

function refuseFailed({ function: name }: NamedAlias, { version, state, stateReason, lastUpdateStatus }: FunctionVersion): void {
  if (state === 'Failed')
    throw new Refusal(`${name}:${version} cannot serve: ${stateReason ?? 'Lambda gives no reason'}. Mend it and deploy again.`);
  if (lastUpdateStatus === 'Failed')
    throw new Refusal(`The last update of ${name} failed: Lambda's console says why. Mend it and deploy again.`);
}
