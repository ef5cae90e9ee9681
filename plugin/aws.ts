import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetFunctionCommand, GetFunctionUrlConfigCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Credentials } from '../client/sign.ts';
import { toVersion } from '../functions/release/function-version.ts';
import type { FunctionVersion } from '../functions/release/preflight.ts';

/** What the plugin asks AWS, as whoever deploys. */

export interface ClientConfig {
  region: string;
  credentials(): Promise<Credentials>;
  /** The framework's own: it knows the proxy. */
  requestHandler?: unknown;
}

export interface Aws {
  /** A function's version by "$LATEST", number or alias; undefined when there is none. */
  getVersion(functionName: string, qualifier: string): Promise<FunctionVersion | undefined>;
  /** The URL of a function itself, or of an alias of it; undefined when it has none. */
  getUrl(functionName: string, alias?: string): Promise<string | undefined>;
  /** The outputs of a stack by key; undefined when there is no such stack. */
  getOutputs(stack: string): Promise<Record<string, string> | undefined>;
}

export function connectAws(config: ClientConfig): Aws {
  const lambda = new LambdaClient(config as ConstructorParameters<typeof LambdaClient>[0] & object);
  const cloudFormation = new CloudFormationClient(config as ConstructorParameters<typeof CloudFormationClient>[0] & object);
  return {
    async getVersion(functionName, qualifier) {
      try {
        // GetFunction has a quota of its own, 100 a second.
        return toVersion((await lambda.send(new GetFunctionCommand({ FunctionName: functionName, Qualifier: qualifier }))).Configuration!);
      } catch (error) {
        return undefinedIfAbsent(error);
      }
    },
    async getUrl(functionName, alias) {
      try {
        return (await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: functionName, Qualifier: alias }))).FunctionUrl;
      } catch (error) {
        return undefinedIfAbsent(error);
      }
    },
    async getOutputs(stack) {
      try {
        const { Stacks: stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
        return Object.fromEntries((stacks[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
      } catch (error) {
        // DescribeStacks has no error of its own for a stack that is not there.
        if ((error as Error).name === 'ValidationError') return undefined;
        throw error;
      }
    },
  };
}

function undefinedIfAbsent(error: unknown): undefined {
  if ((error as Error).name !== 'ResourceNotFoundException') throw error;
}
