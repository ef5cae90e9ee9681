import { isDeepStrictEqual } from 'node:util';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionEventInvokeConfigCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
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
  replacedBy: ['FunctionName'],
  isTagged: true,
  async create({ Code, Tags: own, KmsKeyArn: KMSKeyArn, ReservedConcurrentExecutions, ...properties }, context) {
    const { clients, nameAnew, readZip } = context;
    const FunctionName: string = properties.FunctionName ?? nameAnew();
    const Tags = { ...stackTags(context), ...tagMap(own) };
    const ZipFile = readZip(Code.S3Bucket, Code.S3Key);
    const created = await clients.lambda.send(
      new CreateFunctionCommand({ ...properties, KMSKeyArn, FunctionName, Code: { ZipFile }, Tags }),
    );
    try {
      if (!isActive(created)) await untilActive(clients.lambda, FunctionName);
      if (ReservedConcurrentExecutions !== undefined) await reserve(clients.lambda, FunctionName, ReservedConcurrentExecutions);
    } catch (error) {
      await clients.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      throw error;
    }
    return { physicalId: FunctionName, attributes: { Arn: created.FunctionArn! } };
  },
  async update({ Code, Tags, ReservedConcurrentExecutions, Architectures = ['x86_64'], ...properties }, before, context) {
    const { clients, readZip } = context;
    const { physicalId: FunctionName, attributes, properties: had } = before;
    if (!isDeepStrictEqual(Code, had.Code) || !isDeepStrictEqual(Architectures, had.Architectures ?? ['x86_64'])) {
      const ZipFile = readZip(Code.S3Bucket, Code.S3Key);
      await clients.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, Architectures }));
      await untilActive(clients.lambda, FunctionName);
    }
    if (CONFIGURATION.some((name) => !isDeepStrictEqual(properties[name], had[name]))) {
      await clients.lambda.send(new UpdateFunctionConfigurationCommand({ ...configurationOf(FunctionName, properties) }));
      await untilActive(clients.lambda, FunctionName);
    }
    if (ReservedConcurrentExecutions !== had.ReservedConcurrentExecutions) {
      await reserve(clients.lambda, FunctionName, ReservedConcurrentExecutions);
    }
    const stackBefore = { ...context.stack, tags: before.stackTags };
    const hadTags = { ...stackTags({ stack: stackBefore, logicalId: context.logicalId }), ...tagMap(had.Tags) };
    await tag(clients.lambda, attributes.Arn!, { before: hadTags, after: { ...stackTags(context), ...tagMap(Tags) } });
    return { physicalId: FunctionName, attributes };
  },
  remove: ({ physicalId: FunctionName }, { clients }) => clients.lambda.send(new DeleteFunctionCommand({ FunctionName })),
};

/** What UpdateFunctionConfiguration changes. */
const CONFIGURATION = [
  'Description',
  'Handler',
  'Runtime',
  'Role',
  'MemorySize',
  'Timeout',
  'Environment',
  'EphemeralStorage',
  'TracingConfig',
  'LoggingConfig',
  'KmsKeyArn',
];

/** What the template no longer says is again as it would be had it never said it. */
const configurationOf = (FunctionName: string, { KmsKeyArn, FunctionName: _, ...properties }: Record<string, unknown>) => ({
  Description: '',
  MemorySize: 128,
  Timeout: 3,
  Environment: { Variables: {} },
  EphemeralStorage: { Size: 512 },
  TracingConfig: { Mode: 'PassThrough' as const },
  LoggingConfig: { LogFormat: 'Text' as const, LogGroup: `/aws/lambda/${FunctionName}` },
  KMSKeyArn: String(KmsKeyArn ?? ''),
  ...properties,
  FunctionName,
});

async function reserve(lambda: LambdaClient, FunctionName: string, ReservedConcurrentExecutions: number | undefined): Promise<void> {
  if (ReservedConcurrentExecutions !== undefined) {
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  } else {
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  }
}

async function tag(lambda: LambdaClient, Resource: string, { before, after }: Record<'before' | 'after', Record<string, string>>) {
  const TagKeys = Object.keys(before).filter((key) => !(key in after));
  if (TagKeys.length) await lambda.send(new UntagResourceCommand({ Resource, TagKeys }));
  if (!isDeepStrictEqual(before, after)) await lambda.send(new TagResourceCommand({ Resource, Tags: after }));
}

const version: ResourceType = {
  properties: ['FunctionName', 'CodeSha256', 'Description'],
  attributes: ['Version', 'FunctionArn'],
  replacedBy: 'any',
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
  remove({ physicalId }, { clients }) {
    const [, FunctionName, Qualifier] = /^(.*):(\d+)$/.exec(physicalId)!;
    return clients.lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier }));
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
  replacedBy: ['FunctionName', 'Name'],
  async create({ RoutingConfig, ProvisionedConcurrencyConfig, ...properties }, { clients }) {
    const { AliasArn } = await clients.lambda.send(
      new CreateAliasCommand({ ...properties, ...(RoutingConfig && { RoutingConfig: routingOf(RoutingConfig) }) }),
    );
    if (ProvisionedConcurrencyConfig) await provision(clients.lambda, properties, ProvisionedConcurrencyConfig);
    return { physicalId: AliasArn!, attributes: { AliasArn: AliasArn! } };
  },
  /** With all that the template says, whatever of it changed: the alias is on the template's version then, and its weights are the template's. */
  async update({ RoutingConfig, ProvisionedConcurrencyConfig, ...properties }, { physicalId, attributes, properties: had }, { clients }) {
    await clients.lambda.send(new UpdateAliasCommand({ Description: '', ...properties, RoutingConfig: routingOf(RoutingConfig) }));
    if (!isDeepStrictEqual(ProvisionedConcurrencyConfig, had.ProvisionedConcurrencyConfig)) {
      await provision(clients.lambda, properties, ProvisionedConcurrencyConfig);
    }
    return { physicalId, attributes };
  },
  remove: ({ properties: { FunctionName, Name } }, { clients }) => clients.lambda.send(new DeleteAliasCommand({ FunctionName, Name })),
};

interface Weights {
  AdditionalVersionWeights?: { FunctionVersion: string; FunctionWeight: number }[];
}

const routingOf = ({ AdditionalVersionWeights = [] }: Weights = {}) => ({
  AdditionalVersionWeights: Object.fromEntries(
    AdditionalVersionWeights.map(({ FunctionVersion, FunctionWeight }) => [FunctionVersion, FunctionWeight]),
  ),
});

async function provision(
  lambda: LambdaClient,
  { FunctionName, Name: Qualifier }: { FunctionName: string; Name: string },
  config?: { ProvisionedConcurrentExecutions: number },
): Promise<void> {
  if (config) await lambda.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ...config }));
  else await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
}

const eventInvokeConfig: ResourceType = {
  // The framework writes an empty DestinationConfig.
  properties: ['FunctionName', 'Qualifier', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'DestinationConfig.'],
  numbers: ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts'],
  attributes: [],
  replacedBy: ['FunctionName', 'Qualifier'],
  async create(properties, { clients, nameAnew }) {
    await clients.lambda.send(new PutFunctionEventInvokeConfigCommand(properties));
    return { physicalId: nameAnew(), attributes: {} };
  },
  async update(properties, { physicalId, attributes }, { clients }) {
    await clients.lambda.send(new PutFunctionEventInvokeConfigCommand(properties));
    return { physicalId, attributes };
  },
  remove: ({ properties: { FunctionName, Qualifier } }, { clients }) =>
    clients.lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName, Qualifier })),
};

const permission: ResourceType = {
  properties: ['FunctionName', 'Action', 'Principal', 'SourceArn', 'SourceAccount', 'EventSourceToken', 'PrincipalOrgID'],
  attributes: ['Id'],
  replacedBy: 'any',
  async create(properties, { clients, nameAnew }) {
    const StatementId = nameAnew();
    await clients.lambda.send(new AddPermissionCommand({ ...properties, StatementId }));
    return { physicalId: StatementId, attributes: { Id: StatementId } };
  },
  remove: ({ physicalId: StatementId, properties: { FunctionName } }, { clients }) =>
    clients.lambda.send(new RemovePermissionCommand({ FunctionName, StatementId })),
};

function untilActive(lambda: LambdaClient, FunctionName: string): Promise<void> {
  return until(`the function ${FunctionName} is active`, async () => {
    const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    if (configuration.State === 'Failed') throw new Error(`the function ${FunctionName} failed: ${configuration.StateReason}`);
    return isActive(configuration);
  });
}

const isActive = ({ State, LastUpdateStatus }: Pick<FunctionConfiguration, 'State' | 'LastUpdateStatus'>): boolean =>
  (State === undefined || State === 'Active') && LastUpdateStatus !== 'InProgress';

export const lambdaResources: Record<string, ResourceType> = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Version': version,
  'AWS::Lambda::Alias': alias,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
  'AWS::Lambda::Permission': permission,
};
