import {
  CreateAliasCommand,
  DeleteAliasCommand,
  GetAliasCommand,
  GetPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  PreconditionFailedException,
  ProvisionedConcurrencyConfigNotFoundException,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import type { Routing } from '../release/routing.ts';

interface AliasName {
  function: string;
  alias: string;
}

/** An alias as it was when read. */
export interface Alias {
  arn: string;
  description: string | undefined;
  routing: Routing;
  revisionId: string;
}

/** Undefined when the function or the alias does not exist. */
export async function getAlias(lambda: LambdaClient, named: AliasName): Promise<Alias | undefined> {
  try {
    const alias = await lambda.send(new GetAliasCommand({ FunctionName: named.function, Name: named.alias }));
    const weights = Object.entries(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
    return {
      arn: alias.AliasArn!,
      description: alias.Description,
      routing: { version: alias.FunctionVersion!, weights: Object.fromEntries(weights.map(([version, share]) => [version, share * 100])) },
      revisionId: alias.RevisionId!,
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/**
 * Writes an alias that has not changed since it was read. False when it has (or is gone): read it again.
 * UpdateAlias is partial, so an empty map is what clears the weights, and a description of undefined stays as it is.
 */
export async function updateAlias(
  lambda: LambdaClient,
  named: AliasName,
  { version, weights }: Routing,
  revisionId: string,
  description?: string,
): Promise<boolean> {
  const shares = Object.entries(weights).map(([green, percent]) => [green, Math.round(percent * 100) / 10_000] as const);
  try {
    await lambda.send(
      new UpdateAliasCommand({
        FunctionName: named.function,
        Name: named.alias,
        FunctionVersion: version,
        RoutingConfig: { AdditionalVersionWeights: Object.fromEntries(shares) },
        RevisionId: revisionId,
        Description: description,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedException) return false;
    throw error;
  }
}

/** Whether Lambda says that the function, the version or the alias of a call does not exist. */
export const isGone = (error: unknown): boolean => error instanceof ResourceNotFoundException;

/** Makes an alias of one version, unless there is one of its name: false then. */
export async function createAlias(lambda: LambdaClient, named: AliasName, version: string, description: string): Promise<boolean> {
  try {
    await lambda.send(
      new CreateAliasCommand({ FunctionName: named.function, Name: named.alias, FunctionVersion: version, Description: description }),
    );
    return true;
  } catch (error) {
    if (error instanceof ResourceConflictException) return false;
    throw error;
  }
}

/** Afterwards the alias is gone, also when it or its function was before. */
export async function deleteAlias(lambda: LambdaClient, named: AliasName): Promise<void> {
  try {
    await lambda.send(new DeleteAliasCommand({ FunctionName: named.function, Name: named.alias }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

/** Whether the alias has provisioned concurrency of its own, with which Lambda moves its weights itself. */
export async function hasProvisionedConcurrency(lambda: LambdaClient, named: AliasName): Promise<boolean> {
  try {
    await lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: named.function, Qualifier: named.alias }));
    return true;
  } catch (error) {
    if (error instanceof ProvisionedConcurrencyConfigNotFoundException || error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

/** Callers that pass on the status code of an answer: API Gateway, load balancers, and whoever calls a function URL. */
const HTTP_CALLERS = /"(apigateway|elasticloadbalancing)\.amazonaws\.com"|"lambda:InvokeFunctionUrl"/;

/** Whether the alias's own policy lets anybody call it over HTTP. One who may by the policies of his own role is not seen. */
export async function isCalledOverHttp(lambda: LambdaClient, named: AliasName): Promise<boolean> {
  try {
    const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName: named.function, Qualifier: named.alias }));
    return HTTP_CALLERS.test(Policy);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}
