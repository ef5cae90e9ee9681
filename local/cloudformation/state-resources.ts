import {
  CreateTableCommand,
  DescribeTableCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateStateMachineCommand, type LoggingConfiguration, type LogLevel } from '@aws-sdk/client-sfn';
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
  async create({ TimeToLiveSpecification, PointInTimeRecoverySpecification, SSESpecification: _, Tags, ...properties }, context) {
    const { dynamodb } = context.clients;
    const TableName: string = properties.TableName ?? context.generatedName;
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
  async create(properties, { clients, generatedName }) {
    const name: string = properties.StateMachineName ?? generatedName;
    const template: string = properties.DefinitionString ?? JSON.stringify(properties.Definition);
    const { stateMachineArn } = await clients.sfn.send(
      new CreateStateMachineCommand({
        name,
        definition: substitute(template, properties.DefinitionSubstitutions ?? {}),
        roleArn: properties.RoleArn,
        type: properties.StateMachineType,
        loggingConfiguration: properties.LoggingConfiguration && loggingOf(properties.LoggingConfiguration),
        tracingConfiguration: properties.TracingConfiguration && { enabled: properties.TracingConfiguration.Enabled },
        tags: properties.Tags?.map(({ Key, Value }: { Key: string; Value: string }) => ({ key: Key, value: Value })),
      }),
    );
    return { physicalId: stateMachineArn!, attributes: { Arn: stateMachineArn!, Name: name } };
  },
};

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
