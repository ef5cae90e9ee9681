import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import type { Stack } from '../../local/cloudformation/stacks.ts';
import type { World } from './open-world.ts';
import { codeOf } from './people.ts';

/** Code of a function by the bucket and key that its template names. */
export type Uploads = Record<string, Uint8Array>;

/** Code that behaves so, where ORDERS_FUNCTION has it. */
export const uploadOf = (behaviour: string, key = 'code.zip'): Uploads => ({ [`deployments/${key}`]: codeOf(behaviour) });

/** Creates a stack, or updates the one that is there, as any tool's deploy does. Throws the first reason that CloudFormation gives when it fails. */
export async function deployStack(
  world: World,
  stackName: string,
  template: JsonObject,
  uploads: Uploads = uploadOf('blue'),
): Promise<Stack> {
  const { aws } = world;
  const s3 = new S3Client({ ...aws.clientConfig, forcePathStyle: true });
  for (const [place, Body] of Object.entries(uploads)) {
    const [Bucket, Key] = place.split('/') as [string, string];
    if (!aws.buckets.has(Bucket)) await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  }
  const input: CreateStackCommandInput = {
    StackName: stackName,
    TemplateBody: JSON.stringify(template),
    Capabilities: ['CAPABILITY_NAMED_IAM'],
  };
  const before = aws.stacks.find(stackName)?.events.length;
  const command = before === undefined ? new CreateStackCommand(input) : new UpdateStackCommand(input);
  await new CloudFormationClient(aws.clientConfig).send(command);
  return settled(world, aws.stacks.find(stackName)!, before ?? 0);
}

/** Throws the first reason that CloudFormation gives when it fails. */
export async function removeStack(world: World, StackName: string): Promise<void> {
  const stack = world.aws.stacks.find(StackName)!;
  const before = stack.events.length;
  await new CloudFormationClient(world.aws.clientConfig).send(new DeleteStackCommand({ StackName }));
  await settled(world, stack, before);
}

async function settled(world: World, stack: Stack, eventsBefore: number): Promise<Stack> {
  await world.aws.ground.clock.advanceUntil(() => !stack.status.endsWith('_IN_PROGRESS'), 3 * 3_600_000);
  if (!/^(CREATE|UPDATE|DELETE)_COMPLETE$/.test(stack.status)) {
    const failure = stack.events.slice(eventsBefore).find(({ status }) => status.endsWith('_FAILED'));
    throw new Error(`${stack.name} is ${stack.status}: ${failure?.reason ?? stack.statusReason}`);
  }
  return stack;
}

/** A function orders-api, `Orders`, and its role. */
export const ordersFunction = (s3Key = 'code.zip'): JsonObject => ({
  OrdersRole: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
    },
  },
  Orders: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'orders-api',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['OrdersRole', 'Arn'] },
      Code: { S3Bucket: 'deployments', S3Key: s3Key },
    },
  },
});

export const ORDERS_FUNCTION = ordersFunction();
