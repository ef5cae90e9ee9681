import { GetFunctionUrlConfigCommand, type LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import type { FunctionUrl } from '../release/adoption/function-url.ts';

/** The URL of a function, or with `alias` of that one; undefined when it has none. */
export async function readFunctionUrl(lambda: LambdaClient, functionName: string, alias?: string): Promise<FunctionUrl | undefined> {
  try {
    const found = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: functionName, Qualifier: alias }));
    return { url: found.FunctionUrl!, authType: found.AuthType!, invokeMode: found.InvokeMode, cors: found.Cors && { ...found.Cors } };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
