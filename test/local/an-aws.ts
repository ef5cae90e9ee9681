import { zipSync } from 'fflate';
import { onTestFinished } from 'vitest';
import { createLocalAws, type LocalAws } from '../../local/aws.ts';
import { createVirtualClock, type VirtualClock } from '../../local/clock.ts';
import { createClients } from '../../local/cloudformation/clients.ts';
import { type Deployment, readStack } from '../../local/cloudformation/deploy.ts';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import { startMs } from './a-ground.ts';

export const zip = zipSync({ 'index.mjs': Buffer.from('export const handler = async () => {};') });

/** What the account's functions do with an event; they answer with what it returns. */
export type Behave = (event: Record<string, unknown>, functionName: string, aws: LocalAws) => unknown;

export interface AnAws {
  aws: LocalAws<VirtualClock>;
  clients: ReturnType<typeof createClients>;
  /** Deploys a template as a stack (teal-dev unless told). */
  deploy(template: JsonObject, parameters?: Record<string, string>, stackName?: string, tags?: Record<string, string>): Promise<Deployment>;
  invoked: { functionName: string; payload: string }[];
}

/** A local AWS whose functions answer what they were asked unless told otherwise, and what deploys templates into it; closed with the test. */
export function anAws(behave: Behave = (event) => event): AnAws {
  const invoked: AnAws['invoked'] = [];
  const aws: AnAws['aws'] = createLocalAws({
    clock: (settle) => createVirtualClock(startMs, settle),
    host: () => ({
      open: ({ functionName }) => ({
        async invoke({ payload }) {
          const text = Buffer.from(payload).toString();
          invoked.push({ functionName, payload: text });
          const answer = await behave(JSON.parse(text || 'null'), functionName, aws);
          return { payload: Buffer.from(JSON.stringify(answer ?? null)), logTail: '' };
        },
        async close() {},
      }),
    }),
  });
  onTestFinished(() => aws.close());
  const clients = createClients(aws.clientConfig);
  const { stacks, responses, ground, httpApi, iam, buckets } = aws;
  return {
    aws,
    clients,
    invoked,
    deploy: async (template, parameters = {}, stackName = 'teal-dev', tags = {}) =>
      readStack(template, {
        stackName,
        stacks,
        parameters,
        tags,
        region: 'eu-west-1',
        accountId: '123456789012',
        httpApi,
        roles: iam.roles,
        clients,
        readZip: () => zip,
        responses,
        newId: ground.newId,
        nowMs: ground.clock.nowMs,
        work: ground.work,
        buckets,
      }).create(),
  };
}

export const policy = (statement: JsonObject): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', ...statement }],
});

export const aRole: JsonObject = {
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: 'bake-role',
    AssumeRolePolicyDocument: policy({
      Principal: { Service: ['lambda.amazonaws.com', 'states.amazonaws.com', 'scheduler.amazonaws.com'] },
      Action: 'sts:AssumeRole',
    }),
    Policies: [{ PolicyName: 'invoke', PolicyDocument: policy({ Action: 'lambda:InvokeFunction', Resource: '*' }) }],
  },
};

/** A function with the role that is called Role in the template. */
export const aFunction = (properties: JsonObject = {}): JsonObject => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Bucket: 'deployments', S3Key: 'serverless/teal/dev/1-2026/bake.zip' },
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    FunctionName: 'bake',
    Architectures: ['arm64'],
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    ...properties,
  },
});
