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

interface SdkClient {
  config: object;
  middlewareStack: { remove(name: string): boolean };
}

/** A client without what nobody reads here: its log, its name, and most of the copies of its settings. */
export function quickly<Client extends SdkClient>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  client.middlewareStack.remove('getUserAgentMiddleware');
  lighten(client.config);
  return client;
}

/** What the SDK reads from one of the three copies that it makes of a client's settings at every call, to find the endpoint and to read the answer. */
const READ_FROM_COPIES = [
  'accountIdEndpointMode',
  'credentials',
  'disableHostPrefix',
  'endpoint',
  'endpointProvider',
  'eventStreamMarshaller',
  'ignoreConfiguredEndpointUrls',
  'isCustomEndpoint',
  'logger',
  'region',
  'serviceId',
  'streamCollector',
  'tls',
  'useDualstackEndpoint',
  'useFipsEndpoint',
  'utf8Encoder',
];

/** Moves the other settings to a prototype: they are read there as before, and a copy, which takes a twentieth of a call, leaves them out. */
function lighten(settings: object): void {
  const inherited = {};
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(settings))) {
    if (READ_FROM_COPIES.includes(name)) continue;
    Object.defineProperty(inherited, name, descriptor);
    delete settings[name as keyof typeof settings];
  }
  Object.setPrototypeOf(settings, inherited);
}
