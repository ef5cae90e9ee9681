import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { HttpApi } from '../http-api.ts';
import type { Roles } from '../iam/roles.ts';
import type { Buckets } from '../s3/buckets.ts';
import type { Ground } from '../service.ts';
import { apiResources } from './api-resources.ts';
import { customResource, isCustom } from './custom-resource.ts';
import { eventResources } from './event-resources.ts';
import { iamResources } from './iam-resources.ts';
import { lambdaResources } from './lambda-resources.ts';
import { notedResources } from './noted-resources.ts';
import type { Responses } from './responses.ts';
import type { Stack, Stacks } from './stacks.ts';
import { stateResources } from './state-resources.ts';
import type { TypeShape } from './template.ts';

/** One type of resource: what it may say, how one comes to be, changes and goes. */
export interface ResourceType extends TypeShape {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of each type's properties is in its `properties`
  create(properties: any, context: Context): Created | Promise<Created>;
  /** Properties with whose change CloudFormation makes another one in its place: all of them, or these. */
  replacedBy?: readonly string[] | 'any';
  /** Of those that change it as it is, the ones that the local AWS can change. All unless told; none without `update`. */
  updates?: readonly string[];
  /** Whether it carries the tags of its stack. */
  isTagged?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  update?(properties: any, before: Existing, context: Context): Created | Promise<Created>;
  /** One that is gone already may be an error of a name with NotFound in it. */
  remove(existing: Existing, context: Context): unknown;
}

export interface Created {
  /** What `Ref` gives. */
  physicalId: string;
  attributes: Record<string, string>;
}

export interface Existing extends Created {
  // biome-ignore lint/suspicious/noExplicitAny: the same
  properties: any;
  /** The tags that its stack had then. */
  stackTags: Record<string, string>;
}

/** What the resources of all stacks stand on. */
export interface Surroundings extends Pick<Ground, 'region' | 'accountId' | 'newId' | 'work'> {
  clients: Clients;
  httpApi: HttpApi;
  roles: Roles;
  buckets: Buckets;
  stacks: Stacks;
  /** Where functions answer for custom resources. */
  responses: Responses;
  /** Cloud time. */
  nowMs(): number;
  /** The zip at this key of a bucket. Throws when there is none. */
  readZip(s3Bucket: string, s3Key: string): Uint8Array;
}

export interface Context extends Surroundings {
  stack: Pick<Stack, 'name' | 'id' | 'tags'>;
  logicalId: string;
  type: string;
  /** A name that CloudFormation makes up for a resource that has none: stack, logical id and a suffix. */
  nameAnew(): string;
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
