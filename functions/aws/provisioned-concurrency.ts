import {
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvalidParameterValueException,
  type LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  ProvisionedConcurrencyConfigNotFoundException,
  PutProvisionedConcurrencyConfigCommand,
  ResourceConflictException,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { ReleaseError } from '../release/errors.ts';
import type { ProvisionedConcurrency } from '../release/provisioned-concurrency.ts';
import { allPages } from './pages.ts';

/** Of every version and alias of a function that has any: how much was asked for. */
export async function listProvisioned(lambda: LambdaClient, functionName: string): Promise<Map<string, number>> {
  const configs = await allPages(
    (Marker) => lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName: functionName, Marker })),
    ({ ProvisionedConcurrencyConfigs, NextMarker }) => [ProvisionedConcurrencyConfigs, NextMarker],
  );
  return new Map(
    configs.map(({ FunctionArn, RequestedProvisionedConcurrentExecutions }) => [
      FunctionArn!.split(':').at(-1)!,
      RequestedProvisionedConcurrentExecutions!,
    ]),
  );
}

/** Undefined when the version has none. */
export async function getProvisioned(
  lambda: LambdaClient,
  functionName: string,
  version: string,
): Promise<ProvisionedConcurrency | undefined> {
  try {
    const found = await lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: functionName, Qualifier: version }));
    return {
      requested: found.RequestedProvisionedConcurrentExecutions!,
      available: found.AvailableProvisionedConcurrentExecutions ?? 0,
      status: found.Status!,
      reason: found.StatusReason,
    };
  } catch (error) {
    if (error instanceof ProvisionedConcurrencyConfigNotFoundException) return undefined;
    throw error;
  }
}

/** Asks Lambda for so much; it takes minutes to be there. Throws PreflightFailed when Lambda refuses, VersionNotActive when it is busy with the version. */
export async function putProvisioned(lambda: LambdaClient, functionName: string, version: string, count: number): Promise<void> {
  try {
    await lambda.send(
      new PutProvisionedConcurrencyConfigCommand({
        FunctionName: functionName,
        Qualifier: version,
        ProvisionedConcurrentExecutions: count,
      }),
    );
  } catch (error) {
    const what = `a provisioned concurrency of ${count} for version ${version} of ${functionName}`;
    if (error instanceof InvalidParameterValueException || error instanceof ResourceNotFoundException)
      throw new ReleaseError('PreflightFailed', `Lambda refuses ${what}: ${error.message}`, { cause: error });
    if (error instanceof ResourceConflictException)
      throw new ReleaseError('VersionNotActive', `Lambda does not take ${what} now: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Afterwards the version has none, also when it had none before, or is gone. */
export async function deleteProvisioned(lambda: LambdaClient, functionName: string, version: string): Promise<void> {
  try {
    await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: functionName, Qualifier: version }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException || error instanceof ProvisionedConcurrencyConfigNotFoundException) return;
    if (error instanceof ResourceConflictException)
      throw new ReleaseError('AwsUnavailable', `version ${version} of ${functionName} is being changed: ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}
