import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { LocalAws } from '../../local/aws.ts';

/** The administrator's clients of one world. */
export interface WorldClients {
  lambda: LambdaClient;
  cloudwatch: CloudWatchClient;
  sfn: SFNClient;
  dynamodb: DynamoDBClient;
  events: EventBridgeClient;
  scheduler: SchedulerClient;
}

interface Idle {
  clients: WorldClients;
  connect(aws: LocalAws | undefined): void;
}
const idle: Idle[] = [];

/** Clients of this world until `leave` is called. They serve one world after the other: a client's first call, which resolves its configuration, takes as long as fifty others. */
export function takeClients(aws: LocalAws): { clients: WorldClients; leave(): void } {
  const taken = idle.pop() ?? makeClients(aws);
  taken.connect(aws);
  return {
    clients: taken.clients,
    leave() {
      taken.connect(undefined);
      idle.push(taken);
    },
  };
}

function makeClients({ clientConfig }: LocalAws): Idle {
  let world: LocalAws | undefined;
  const config = {
    ...clientConfig,
    requestHandler: {
      ...clientConfig.requestHandler,
      handle(...args: Parameters<LocalAws['requestHandler']['handle']>) {
        if (!world) throw new Error('this world is closed');
        return world.requestHandler.handle(...args);
      },
    },
  };
  const clients = {
    lambda: new LambdaClient({ ...config, maxAttempts: 1 }),
    cloudwatch: new CloudWatchClient(config),
    sfn: new SFNClient(config),
    dynamodb: new DynamoDBClient(config),
    events: new EventBridgeClient(config),
    scheduler: new SchedulerClient(config),
  };
  return {
    clients,
    connect(aws) {
      world = aws;
    },
  };
}
