import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const { AWS_LAMBDA_FUNCTION_VERSION: version, ZONE: zone, COLOUR: colour, TABLE_NAME: TableName } = process.env;
const table = new DynamoDBClient();

export const handler = async (event, { awsRequestId }) => {
  if (event.rawPath === '/orders/boom') throw new Error('boom');
  if (event.routeKey === 'POST /orders') {
    await table.send(new PutItemCommand({ TableName, Item: { id: { S: awsRequestId } } }));
    return { statusCode: 201 };
  }
  return { route: event.routeKey, version, zone, colour };
};
