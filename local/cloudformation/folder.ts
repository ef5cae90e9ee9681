import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { createRequestHandler } from '../request-handler.ts';
import { type Deployment, type DeployOptions, deployTemplate } from './deploy.ts';
import type { Clients } from './resources.ts';

export const TEMPLATE_FILE = 'cloudformation-template-update-stack.json';

export interface ClientConfig {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  requestHandler: ReturnType<typeof createRequestHandler>;
}

export interface FolderOptions extends Omit<DeployOptions, 'clients' | 'readZip'> {
  clientConfig: ClientConfig;
  /** Made from the configuration when left out. */
  clients?: Clients;
}

/** Deploys what `serverless package` left in `folder`: its template, and beside it the zips that the deployment bucket would hold. */
export async function deployFolder(
  folder: string,
  { clientConfig, clients = createClients(clientConfig), ...options }: FolderOptions,
): Promise<Deployment> {
  const file = join(folder, TEMPLATE_FILE);
  if (!existsSync(file)) throw new Error(`${file} does not exist: run serverless package first`);
  const template: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return deployTemplate(template, {
    ...options,
    clients,
    readZip(s3Key) {
      const zip = join(folder, basename(s3Key));
      if (!existsSync(zip)) throw new Error(`${zip} does not exist, and the template names it`);
      return readFileSync(zip);
    },
  });
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
