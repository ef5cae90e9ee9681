import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { LocalAws } from '../../local/aws.ts';
import { noSigner } from '../../local/request-handler.ts';

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
  let handler: LocalAws['requestHandler'] | undefined;
  const config = {
    ...clientConfig,
    ...QUICK,
    signer: noSigner,
    requestHandler: {
      ...clientConfig.requestHandler,
      handle(...args: Parameters<LocalAws['requestHandler']['handle']>) {
        if (!handler) throw new Error('this world is closed');
        return handler.handle(...args);
      },
    },
  };
  const clients = {
    lambda: quickly(new LambdaClient({ ...config, maxAttempts: 1 })),
    cloudwatch: quickly(new CloudWatchClient(config)),
    sfn: quickly(new SFNClient(config)),
    dynamodb: quickly(new DynamoDBClient(config)),
    events: quickly(new EventBridgeClient(config)),
    scheduler: quickly(new SchedulerClient(config)),
  };
  return {
    clients,
    connect(aws) {
      handler = aws?.requestHandlerOf(aws.identities.administrator);
    },
  };
}

/** What clients do once and not at every call: put their middleware together, and look for endpoints in the environment. */
export const QUICK = { cacheMiddleware: true, ignoreConfiguredEndpointUrls: true };

/** A client without what nobody reads here: its log and its name. */
export function quickly<Client extends { middlewareStack: { remove(name: string): boolean } }>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  client.middlewareStack.remove('getUserAgentMiddleware');
  return client;
}
