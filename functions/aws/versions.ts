import {
  DeleteFunctionCommand,
  GetPolicyCommand,
  InvalidParameterValueException,
  type LambdaClient,
  ListAliasesCommand,
  ListVersionsByFunctionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import type { NamedVersions } from '../release/afterwards.ts';
import { allPages } from './pages.ts';

/** The versions of a function, and who names them. */

/** The numbers of all published versions. */
export async function listVersions(lambda: LambdaClient, functionName: string): Promise<string[]> {
  const versions = await allPages(
    (Marker) => lambda.send(new ListVersionsByFunctionCommand({ FunctionName: functionName, Marker })),
    ({ Versions, NextMarker }) => [Versions, NextMarker],
  );
  return versions.map(({ Version }) => Version!).filter((version) => version !== '$LATEST');
}

/** Undefined when the function does not exist. */
export async function listAliases(lambda: LambdaClient, functionName: string): Promise<NamedVersions[] | undefined> {
  try {
    const aliases = await allPages(
      (Marker) => lambda.send(new ListAliasesCommand({ FunctionName: functionName, Marker })),
      ({ Aliases, NextMarker }) => [Aliases, NextMarker],
    );
    return aliases.map(({ Name, RevisionId, FunctionVersion, RoutingConfig }) => ({
      alias: Name!,
      revisionId: RevisionId!,
      versions: [FunctionVersion!, ...Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {})],
    }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Whether a version has a policy of its own: somebody may call it by its number. */
export async function hasPolicy(lambda: LambdaClient, functionName: string, version: string): Promise<boolean> {
  try {
    return (await lambda.send(new GetPolicyCommand({ FunctionName: functionName, Qualifier: version }))).Policy !== undefined;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

/** Afterwards the version is gone, also when it was before; else why Lambda keeps it: an alias names it, or Lambda@Edge has copies of it. */
export async function deleteVersion(lambda: LambdaClient, functionName: string, version: string): Promise<string | undefined> {
  try {
    await lambda.send(new DeleteFunctionCommand({ FunctionName: functionName, Qualifier: version }));
    return undefined;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    if (error instanceof ResourceConflictException || error instanceof InvalidParameterValueException) return error.message;
    throw error;
  }
}
