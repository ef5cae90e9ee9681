import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from '../../local/cloudformation/deploy.ts';
import { TEMPLATE_FILE } from '../../local/cloudformation/folder.ts';
import type { JsonObject } from '../../local/cloudformation/intrinsics.ts';
import type { World } from './open-world.ts';
import { codeOf } from './people.ts';

/** Deploys a template as a new stack, with these zips in its deployment bucket. Rejects when the stack fails. */
export async function deployStack(
  world: World,
  stackName: string,
  template: JsonObject,
  zips: Record<string, Uint8Array> = { 'code.zip': codeOf('blue') },
): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'teal-stack-'));
  try {
    writeFileSync(join(folder, TEMPLATE_FILE), JSON.stringify(template));
    for (const [name, zip] of Object.entries(zips)) writeFileSync(join(folder, name), zip);
    return await world.meanwhile(world.aws.deploy(folder, { stackName }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A function orders-api, `Orders`, from code.zip, and its role. */
export const ORDERS_FUNCTION: JsonObject = {
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
      Code: { S3Bucket: 'deployments', S3Key: 'code.zip' },
    },
  },
};
