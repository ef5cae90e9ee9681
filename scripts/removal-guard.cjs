const { DynamoDBClient, QueryCommand } = require('@aws-sdk/client-dynamodb');
const { GetFunctionConfigurationCommand, LambdaClient } = require('@aws-sdk/client-lambda');

const MOST_NAMED = 10;

/**
 * Refuses `serverless remove` while releases are in flight: nothing would be left to move their aliases, which would
 * stay split for ever. `--param="abandonReleases=yes"` removes all the same.
 */
module.exports = class RemovalGuard {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = { 'before:remove:remove': () => this.refuseWhileInFlight() };
  }

  async refuseWhileInFlight() {
    const ids = await this.listInFlight();
    if (ids.length === 0 || this.serverless.service.custom.abandonReleases === 'yes') return;
    const named = [...ids.slice(0, MOST_NAMED), ...(ids.length > MOST_NAMED ? [`and ${ids.length - MOST_NAMED} more`] : [])].join(', ');
    throw new this.serverless.classes.Error(
      `${ids.length === 1 ? 'A release is' : `${ids.length} releases are`} in flight: ${named}. Without Teal their aliases would stay split. ` +
        `Wait for them, or abort each (POST /releases/{id}/abort), and remove again; --param="abandonReleases=yes" leaves them as they are.`,
    );
  }

  /** The ids of the releases that are not settled; none when the stack is not there. */
  async listInFlight() {
    const provider = this.serverless.getProvider('aws');
    const config = await provider.getAwsSdkV3Config();
    // One that the stack of every Teal has.
    const TableName = await this.findTable(new LambdaClient(config), `${this.serverless.service.service}-${provider.getStage()}-tick`);
    if (!TableName) return [];
    const dynamodb = new DynamoDBClient(config);
    const ids = [];
    let ExclusiveStartKey;
    do {
      const page = await dynamodb.send(
        new QueryCommand({
          TableName,
          IndexName: 'inFlight',
          KeyConditionExpression: 'inFlight = :yes',
          ExpressionAttributeValues: { ':yes': { S: 'yes' } },
          ExclusiveStartKey,
        }),
      );
      ids.push(...page.Items.map((item) => item.pk.S.slice('release#'.length)));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return ids;
  }

  /** CloudFormation names the table; the functions know it. */
  async findTable(lambda, FunctionName) {
    try {
      const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return Environment.Variables.TABLE_NAME;
    } catch (error) {
      if (error.name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }
};
