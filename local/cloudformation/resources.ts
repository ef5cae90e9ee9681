import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { HttpApi } from '../http-api.ts';
import type { Roles } from '../iam/roles.ts';
import { apiResources } from './api-resources.ts';
import { customResource, isCustom } from './custom-resource.ts';
import { eventResources } from './event-resources.ts';
import { iamResources } from './iam-resources.ts';
import { lambdaResources } from './lambda-resources.ts';
import { notedResources } from './noted-resources.ts';
import type { Responses } from './responses.ts';
import type { Stack } from './stacks.ts';
import { stateResources } from './state-resources.ts';
import type { TypeShape } from './template.ts';

/** One type of resource: what it may say, and how one comes to be. */
export interface ResourceType extends TypeShape {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of each type's properties is in its `properties`
  create(properties: any, context: Context): Created | Promise<Created>;
}

export interface Created {
  /** What `Ref` gives. */
  physicalId: string;
  attributes: Record<string, string>;
}

export interface Context {
  clients: Clients;
  httpApi: HttpApi;
  roles: Roles;
  region: string;
  accountId: string;
  stack: Pick<Stack, 'name' | 'id' | 'tags'>;
  logicalId: string;
  type: string;
  /** Where functions answer for custom resources. */
  responses: Responses;
  /** A new id (UUID form). */
  newId(): string;
  /** The name that CloudFormation makes up for a resource that has none: stack, logical id and a suffix. */
  generatedName: string;
  /** The zip at this key of the deployment bucket. Throws when there is none. */
  readZip(s3Key: string): Uint8Array;
}

export interface Clients {
  lambda: LambdaClient;
  cloudwatch: CloudWatchClient;
  dynamodb: DynamoDBClient;
  events: EventBridgeClient;
  scheduler: SchedulerClient;
  sfn: SFNClient;
}

/** Every type that a template may have, for one deployment. */
export function createResourceTypes(): { get(type: string): ResourceType | undefined } {
  const types = new Map(
    Object.entries({ ...lambdaResources, ...stateResources, ...eventResources, ...apiResources, ...iamResources, ...notedResources }),
  );
  return { get: (type) => (isCustom(type) ? customResource : types.get(type)) };
}
