import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import type { ResourceType } from './resources.ts';
import { stackTags, tagMap } from './tags.ts';
import { until } from './until.ts';

const lambdaFunction: ResourceType = {
  properties: [
    'FunctionName',
    'Description',
    'Code.S3Bucket',
    'Code.S3Key',
    'Handler',
    'Runtime',
    'Role',
    'MemorySize',
    'Timeout',
    'Architectures',
    'Environment.Variables',
    'EphemeralStorage.Size',
    'TracingConfig.Mode',
    'LoggingConfig',
    'KmsKeyArn',
    'ReservedConcurrentExecutions',
    'Tags',
  ],
  numbers: ['MemorySize', 'Timeout', 'EphemeralStorage.Size', 'ReservedConcurrentExecutions'],
  attributes: ['Arn'],
  async create({ Code, Tags: own, KmsKeyArn: KMSKeyArn, ReservedConcurrentExecutions, ...properties }, context) {
    const { clients, generatedName, readZip } = context;
    const FunctionName: string = properties.FunctionName ?? generatedName;
    const Tags = { ...stackTags(context), ...tagMap(own) };
    const created = await clients.lambda.send(
      new CreateFunctionCommand({ ...properties, KMSKeyArn, FunctionName, Code: { ZipFile: readZip(Code.S3Key) }, Tags }),
    );
    await untilActive(clients.lambda, FunctionName);
    if (ReservedConcurrentExecutions !== undefined) {
      await clients.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    }
    return { physicalId: FunctionName, attributes: { Arn: created.FunctionArn! } };
  },
};

const version: ResourceType = {
  properties: ['FunctionName', 'CodeSha256', 'Description'],
  attributes: ['Version', 'FunctionArn'],
  async create(properties, { clients }) {
    const { Versions = [] } = await clients.lambda.send(new ListVersionsByFunctionCommand({ FunctionName: properties.FunctionName }));
    const published = await clients.lambda.send(new PublishVersionCommand(properties));
    if (Versions.some(({ Version }) => Version === published.Version)) {
      // Two such resources of one function: CloudFormation refuses the second in these words.
      throw new Error(`A version for this Lambda function exists ( ${published.Version} ). Modify the function to create a new version.`);
    }
    await untilActive(clients.lambda, published.FunctionArn!);
    return { physicalId: published.FunctionArn!, attributes: { Version: published.Version!, FunctionArn: published.FunctionArn! } };
  },
};

const alias: ResourceType = {
  properties: [
    'FunctionName',
    'FunctionVersion',
    'Name',
    'Description',
    'RoutingConfig.AdditionalVersionWeights',
    'ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions',
  ],
  numbers: ['RoutingConfig.AdditionalVersionWeights.FunctionWeight', 'ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions'],
  attributes: ['AliasArn'],
  async create({ RoutingConfig, ProvisionedConcurrencyConfig, ...properties }, { clients }) {
    const weights: { FunctionVersion: string; FunctionWeight: number }[] = RoutingConfig?.AdditionalVersionWeights ?? [];
    const AdditionalVersionWeights = Object.fromEntries(weights.map((weight) => [weight.FunctionVersion, weight.FunctionWeight]));
    const { AliasArn } = await clients.lambda.send(
      new CreateAliasCommand({ ...properties, ...(weights.length && { RoutingConfig: { AdditionalVersionWeights } }) }),
    );
    if (ProvisionedConcurrencyConfig) {
      const { FunctionName, Name: Qualifier } = properties;
      await clients.lambda.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ...ProvisionedConcurrencyConfig }));
    }
    return { physicalId: AliasArn!, attributes: { AliasArn: AliasArn! } };
  },
};

const eventInvokeConfig: ResourceType = {
  // The framework writes an empty DestinationConfig.
  properties: ['FunctionName', 'Qualifier', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'DestinationConfig.'],
  numbers: ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts'],
  attributes: [],
  async create(properties, { clients, generatedName }) {
    await clients.lambda.send(new PutFunctionEventInvokeConfigCommand(properties));
    return { physicalId: generatedName, attributes: {} };
  },
};

const permission: ResourceType = {
  properties: ['FunctionName', 'Action', 'Principal', 'SourceArn', 'SourceAccount', 'EventSourceToken', 'PrincipalOrgID'],
  attributes: ['Id'],
  async create(properties, { clients, generatedName }) {
    await clients.lambda.send(new AddPermissionCommand({ ...properties, StatementId: generatedName }));
    return { physicalId: generatedName, attributes: { Id: generatedName } };
  },
};

function untilActive(lambda: LambdaClient, FunctionName: string): Promise<void> {
  return until(`the function ${FunctionName} is active`, async () => {
    const { State, StateReason } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    if (State === 'Failed') throw new Error(`the function ${FunctionName} failed: ${StateReason}`);
    return State === undefined || State === 'Active';
  });
}

export const lambdaResources: Record<string, ResourceType> = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Version': version,
  'AWS::Lambda::Alias': alias,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
  'AWS::Lambda::Permission': permission,
};
