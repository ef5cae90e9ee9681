import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { createRequestHandler } from '../request-handler.ts';
import type { Clients } from './resources.ts';

export interface ClientConfig {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  requestHandler: ReturnType<typeof createRequestHandler>;
}

export function createClients(config: ClientConfig): Clients {
  return {
    lambda: new LambdaClient(config),
    cloudwatch: new CloudWatchClient(config),
    dynamodb: new DynamoDBClient(config),
    events: new EventBridgeClient(config),
    scheduler: new SchedulerClient(config),
    sfn: new SFNClient(config),
  };
}
