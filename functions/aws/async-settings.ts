import { GetFunctionEventInvokeConfigCommand, type LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import type { AsyncSettings } from '../release/adoption/async-settings.ts';

/** The settings of a function for asynchronous requests, or with `alias` those of that one; undefined when it has none of its own. */
export async function readAsyncSettings(lambda: LambdaClient, functionName: string, alias?: string): Promise<AsyncSettings | undefined> {
  try {
    const found = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: functionName, Qualifier: alias }));
    return {
      maximumRetryAttempts: found.MaximumRetryAttempts,
      maximumEventAgeSeconds: found.MaximumEventAgeInSeconds,
      onSuccessArn: found.DestinationConfig?.OnSuccess?.Destination,
      onFailureArn: found.DestinationConfig?.OnFailure?.Destination,
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
