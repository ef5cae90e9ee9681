import {
  GetAliasCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type LambdaClientConfig,
  PreconditionFailedException,
  ResourceNotFoundException,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';

/** What `teal rollback --direct` does with Lambda, by the person's own permissions. */
export interface LambdaAccess {
  /** Undefined when the function or the alias does not exist. */
  readAlias(target: Target): Promise<FoundAlias | undefined>;
  /** "Active"; undefined when there is no such version. */
  readState(functionName: string, version: string): Promise<string | undefined>;
  /** Gives one version all traffic. False when the alias has changed since it was read. */
  writeAlias(target: Target, version: string, description: string, revisionId: string): Promise<boolean>;
  /** Hands an event to a function without waiting for it. */
  send(functionName: string, event: unknown): Promise<void>;
}

interface Target {
  function: string;
  alias: string;
}

export interface FoundAlias {
  version: string;
  /** Percent. */
  weights: Record<string, number>;
  description: string;
  revisionId: string;
}

export function accessLambda(config: LambdaClientConfig): LambdaAccess {
  const client = new LambdaClient(config);
  return {
    readAlias: ({ function: FunctionName, alias: Name }) =>
      unlessGone(async () => {
        const {
          FunctionVersion,
          RoutingConfig,
          Description = '',
          RevisionId,
        } = await client.send(new GetAliasCommand({ FunctionName, Name }));
        const weights = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {}).map(([version, share]) => [version, share * 100]);
        return { version: FunctionVersion!, weights: Object.fromEntries(weights), description: Description, revisionId: RevisionId! };
      }),
    readState: (FunctionName, Qualifier) =>
      unlessGone(async () => (await client.send(new GetFunctionCommand({ FunctionName, Qualifier }))).Configuration?.State ?? 'Active'),
    async writeAlias({ function: FunctionName, alias: Name }, FunctionVersion, Description, RevisionId) {
      // UpdateAlias is partial: an empty map is what clears the weights.
      const RoutingConfig = { AdditionalVersionWeights: {} };
      try {
        await client.send(new UpdateAliasCommand({ FunctionName, Name, FunctionVersion, RoutingConfig, Description, RevisionId }));
        return true;
      } catch (error) {
        if (error instanceof PreconditionFailedException) return false;
        throw error;
      }
    },
    async send(FunctionName, event) {
      await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }));
    },
  };
}

async function unlessGone<Found>(read: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
