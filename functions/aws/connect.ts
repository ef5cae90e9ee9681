import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { SFNClient } from '@aws-sdk/client-sfn';

/** The clients that handlers are made with. Each handler connects those it needs, so that the bundler leaves out the others. */

export interface Aws {
  lambda: LambdaClient;
  cloudformation: CloudFormationClient;
  tagging: ResourceGroupsTaggingAPIClient;
  cloudwatch: CloudWatchClient;
  sfn: SFNClient;
  events: EventBridgeClient;
  httpApis: ApiGatewayV2Client;
  restApis: APIGatewayClient;
  table: Table;
  names: Names;
}

export interface Table {
  client: DynamoDBClient;
  readonly name: string;
}

/** What the template tells a function by its environment. Read when used: a name that is missing stops with its own name. */
export interface Names {
  readonly stateMachineArn: string;
  readonly bakeFunction: string;
  readonly healFunction: string;
  readonly tidyFunction: string;
  readonly wakeFunction: string;
  readonly recordRollbackFunction: string;
  /** The stack's freeze windows, JSON; empty when it has none. */
  readonly freezeWindows: string;
  readonly freezeFunction: string;
}

/**
 * Two layers try again, and only one of them waits. The SDK: three tries of at most 5 s each, with full jitter of at
 * most 0.05 and 0.1 s in between (throttling: 1 and 2 s), so 15 s for one call that hangs. The state machine: full
 * jitter of at most 30 s (Revert 60 s), for some two hours (Revert four). The first call that fails ends the handler, so
 * the layers add up and do not multiply: nothing is heard for 15 + 30 s at most when a dependency hangs, 32 + 60 s
 * at Revert. A handler that many slow calls hold up is cut by its function's timeout, at most 120 s.
 */
export const SETTINGS = {
  maxAttempts: 3,
  // Without the last the SDK only warns of a request that takes too long, and waits on.
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
/**
 * For looks, which nobody tries again: the next one comes in a minute, and after five without any Step Functions
 * reverts. And for reverts, which have priority: where all share a limit, those that go forward step back after three
 * tries. Six tries wait out throttling of up to 31 s, and a call that hangs for 32 s.
 */
export const PERSISTENT = { maxAttempts: 6 };

export const connectLambda = (more: Partial<typeof SETTINGS> = {}) => new LambdaClient({ ...SETTINGS, ...more });
/** For calls that last as long as the user's function: no timeout of our own, and never a second call. */
export const connectLambdaToInvoke = () => new LambdaClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 1_000 } });
/** A hundred calls at once to each of a few functions: the SDK would send 50 and hold the others back. */
export const connectLambdaToWarm = () =>
  new LambdaClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 5_000, httpsAgent: { maxSockets: 400 } } });
export const connectCloudWatch = (more: Partial<typeof SETTINGS> = {}) => new CloudWatchClient({ ...SETTINGS, ...more });
export const connectStepFunctions = (more: Partial<typeof SETTINGS> = {}) => new SFNClient({ ...SETTINGS, ...more });
export const connectCloudFormation = () => new CloudFormationClient(SETTINGS);
export const connectTagging = () => new ResourceGroupsTaggingAPIClient(SETTINGS);
export const connectEvents = () => new EventBridgeClient(SETTINGS);
export const connectHttpApis = () => new ApiGatewayV2Client(SETTINGS);
export const connectRestApis = () => new APIGatewayClient(SETTINGS);
export const connectTable = (more: Partial<typeof SETTINGS> = {}): Table => ({
  client: new DynamoDBClient({ ...SETTINGS, ...more }),
  get name() {
    return variable('TABLE_NAME');
  },
});
export const connectNames = (): Names => namesFrom(process.env);

export const namesFrom = (environment: Record<string, string | undefined>): Names => ({
  get stateMachineArn() {
    return variable('STATE_MACHINE_ARN', environment);
  },
  get bakeFunction() {
    return variable('BAKE_FUNCTION', environment);
  },
  get healFunction() {
    return variable('HEAL_FUNCTION', environment);
  },
  get tidyFunction() {
    return variable('TIDY_FUNCTION', environment);
  },
  get wakeFunction() {
    return variable('WAKE_FUNCTION', environment);
  },
  get recordRollbackFunction() {
    return variable('RECORD_ROLLBACK_FUNCTION', environment);
  },
  get freezeWindows() {
    return environment.FREEZE_WINDOWS ?? '';
  },
  get freezeFunction() {
    return variable('FREEZE_FUNCTION', environment);
  },
});

function variable(name: string, environment: Record<string, string | undefined> = process.env): string {
  const value = environment[name];
  if (!value) throw new Error(`the environment variable ${name} is missing; serverless.yml sets it`);
  return value;
}
