import { isDeepStrictEqual } from 'node:util';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  type LoggingConfiguration,
  type LogLevel,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import type { ResourceType } from './resources.ts';
import { until } from './until.ts';

const table: ResourceType = {
  properties: [
    'TableName',
    'AttributeDefinitions',
    'KeySchema',
    'BillingMode',
    'ProvisionedThroughput',
    'GlobalSecondaryIndexes',
    'LocalSecondaryIndexes',
    'DeletionProtectionEnabled',
    'TimeToLiveSpecification',
    'PointInTimeRecoverySpecification',
    // Encryption at rest shows in nothing that a client can see.
    'SSESpecification',
    'Tags',
  ],
  numbers: [
    'ProvisionedThroughput.ReadCapacityUnits',
    'ProvisionedThroughput.WriteCapacityUnits',
    'GlobalSecondaryIndexes.ProvisionedThroughput.ReadCapacityUnits',
    'GlobalSecondaryIndexes.ProvisionedThroughput.WriteCapacityUnits',
  ],
  attributes: ['Arn'],
  replacedBy: ['TableName', 'KeySchema'],
  updates: ['DeletionProtectionEnabled', 'TimeToLiveSpecification', 'PointInTimeRecoverySpecification', 'SSESpecification', 'Tags'],
  async create({ TimeToLiveSpecification, PointInTimeRecoverySpecification, SSESpecification: _, Tags, ...properties }, context) {
    const { dynamodb } = context.clients;
    const TableName: string = properties.TableName ?? context.nameAnew();
    const { TableDescription } = await dynamodb.send(new CreateTableCommand({ ...properties, TableName }));
    await until(`the table ${TableName} is active`, async () => {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      return Table?.TableStatus === 'ACTIVE';
    });
    if (TimeToLiveSpecification?.Enabled) await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    if (PointInTimeRecoverySpecification) {
      await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
    }
    const Arn = TableDescription!.TableArn!;
    if (Tags?.length) await dynamodb.send(new TagResourceCommand({ ResourceArn: Arn, Tags }));
    return { physicalId: TableName, attributes: { Arn } };
  },
  async update(properties, { physicalId: TableName, attributes, properties: had }, { clients: { dynamodb } }) {
    const { DeletionProtectionEnabled = false, TimeToLiveSpecification, Tags = [] } = properties;
    await dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }));
    if (!isDeepStrictEqual(TimeToLiveSpecification, had.TimeToLiveSpecification)) {
      const isOn = (specification?: { Enabled: boolean }) => specification?.Enabled === true;
      const off = { ...had.TimeToLiveSpecification, Enabled: false };
      if (isOn(had.TimeToLiveSpecification)) await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: off }));
      if (isOn(TimeToLiveSpecification)) await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    }
    const { PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: false } } = properties;
    await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
    const ResourceArn = attributes.Arn!;
    const TagKeys: string[] = (had.Tags ?? []).map(({ Key }: { Key: string }) => Key);
    if (TagKeys.length) await dynamodb.send(new UntagResourceCommand({ ResourceArn, TagKeys }));
    if (Tags.length) await dynamodb.send(new TagResourceCommand({ ResourceArn, Tags }));
    return { physicalId: TableName, attributes };
  },
  remove: ({ physicalId: TableName }, { clients }) => clients.dynamodb.send(new DeleteTableCommand({ TableName })),
};

const stateMachine: ResourceType = {
  properties: [
    'StateMachineName',
    'StateMachineType',
    'RoleArn',
    'Definition',
    'DefinitionString',
    'DefinitionSubstitutions',
    // Where log lines would go is kept: the history of an execution says the same.
    'LoggingConfiguration.Level',
    'LoggingConfiguration.IncludeExecutionData',
    'LoggingConfiguration.Destinations.CloudWatchLogsLogGroup.LogGroupArn',
    'TracingConfiguration.Enabled',
    'Tags',
  ],
  attributes: ['Arn', 'Name'],
  replacedBy: ['StateMachineName', 'StateMachineType'],
  updates: ['RoleArn', 'Definition', 'DefinitionString', 'DefinitionSubstitutions', 'LoggingConfiguration', 'TracingConfiguration'],
  async create(properties, { clients, nameAnew }) {
    const name: string = properties.StateMachineName ?? nameAnew();
    const { stateMachineArn } = await clients.sfn.send(
      new CreateStateMachineCommand({
        name,
        definition: definitionOf(properties),
        roleArn: properties.RoleArn,
        type: properties.StateMachineType,
        loggingConfiguration: properties.LoggingConfiguration && loggingOf(properties.LoggingConfiguration),
        tracingConfiguration: properties.TracingConfiguration && { enabled: properties.TracingConfiguration.Enabled },
        tags: properties.Tags?.map(({ Key, Value }: { Key: string; Value: string }) => ({ key: Key, value: Value })),
      }),
    );
    return { physicalId: stateMachineArn!, attributes: { Arn: stateMachineArn!, Name: name } };
  },
  async update(properties, { physicalId: stateMachineArn, attributes }, { clients }) {
    const { RoleArn: roleArn, LoggingConfiguration = { Level: 'OFF' }, TracingConfiguration } = properties;
    await clients.sfn.send(
      new UpdateStateMachineCommand({
        stateMachineArn,
        roleArn,
        definition: definitionOf(properties),
        loggingConfiguration: loggingOf(LoggingConfiguration),
        tracingConfiguration: { enabled: TracingConfiguration?.Enabled ?? false },
      }),
    );
    return { physicalId: stateMachineArn, attributes };
  },
  remove: ({ physicalId: stateMachineArn }, { clients }) => clients.sfn.send(new DeleteStateMachineCommand({ stateMachineArn })),
};

// biome-ignore lint/suspicious/noExplicitAny: the shape is in `properties`
const definitionOf = ({ DefinitionString, Definition, DefinitionSubstitutions = {} }: any): string =>
  substitute(DefinitionString ?? JSON.stringify(Definition), DefinitionSubstitutions);

interface Logging {
  Level?: LogLevel;
  IncludeExecutionData?: boolean;
  Destinations?: { CloudWatchLogsLogGroup: { LogGroupArn: string } }[];
}

const loggingOf = ({ Level, IncludeExecutionData, Destinations = [] }: Logging): LoggingConfiguration => ({
  level: Level,
  includeExecutionData: IncludeExecutionData,
  destinations: Destinations.map(({ CloudWatchLogsLogGroup: { LogGroupArn } }) => ({
    cloudWatchLogsLogGroup: { logGroupArn: LogGroupArn },
  })),
});

/** Puts each value where `${name}` stands in the JSON text. */
function substitute(definition: string, substitutions: Record<string, unknown>): string {
  return definition.replace(/\$\{(\w+)\}/g, (placeholder, name: string) =>
    name in substitutions ? JSON.stringify(String(substitutions[name])).slice(1, -1) : placeholder,
  );
}

export const stateResources: Record<string, ResourceType> = {
  'AWS::DynamoDB::Table': table,
  'AWS::StepFunctions::StateMachine': stateMachine,
};
