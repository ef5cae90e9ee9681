import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type ClientConfig, createClients } from './clients.ts';
import { type Deployment, type DeployOptions, readStack } from './deploy.ts';
import type { JsonObject } from './intrinsics.ts';
import type { Clients } from './resources.ts';

export const TEMPLATE_FILE = 'cloudformation-template-update-stack.json';
const STATE_FILE = 'serverless-state.json';

export interface FolderOptions extends Omit<DeployOptions, 'clients' | 'readZip' | 'stackName'> {
  clientConfig: ClientConfig;
  /** Made from the configuration when left out. */
  clients?: Clients;
  /** What the package says when left out, else the folder's name. */
  stackName?: string;
}

export interface Package {
  stackName: string;
  /** Creates its resources. Throws with the folder's name. */
  deploy(): Promise<Deployment>;
}

/**
 * What `serverless package` left in `folder`, or in its `.serverless`: its template, and beside it the zips that the deployment bucket
 * would hold. Throws with the folder's name when there is no package, or one that the local AWS does not support.
 */
export function openPackage(folder: string, { clientConfig, clients = createClients(clientConfig), ...options }: FolderOptions): Package {
  if (!existsSync(folder))
    throw new Error(`${folder} does not exist: in the folder of a service run serverless package first, and name that folder`);
  const packaged = [folder, join(folder, '.serverless')].find((candidate) => existsSync(join(candidate, TEMPLATE_FILE)));
  if (!packaged) throw new Error(`${folder} has no ${TEMPLATE_FILE}, nor has a .serverless in it: run serverless package first`);
  const inFolder = (error: unknown) => new Error(`${folder}: ${error instanceof Error ? error.message : error}`, { cause: error });
  try {
    const service = readService(packaged);
    const { region } = options;
    // The framework writes the region into texts while it packages, so that a part of the template would be for another one.
    if (service.region && service.region !== region) {
      throw new Error(`it is packaged for ${service.region}, and this local AWS is ${region}: package it with --region ${region}`);
    }
    const stackName = options.stackName ?? service.stackName ?? basename(resolve(packaged === folder ? folder : join(packaged, '..')));
    const stack = readStack(readJson(join(packaged, TEMPLATE_FILE)), {
      ...options,
      stackName,
      parameters: { ...service.parameters, ...options.parameters },
      tags: service.tags,
      clients,
      readZip(s3Bucket, s3Key) {
        const zip = join(packaged, basename(s3Key));
        if (!existsSync(zip)) throw new Error(`${zip} does not exist, and the template names it`);
        const body = readFileSync(zip);
        // It lies where a deploy would have put it, for an update that is rolled back to it.
        if (options.buckets.has(s3Bucket)) options.buckets.put(s3Bucket, { key: s3Key, body, headers: {}, checksums: {} });
        return body;
      },
    });
    return {
      stackName,
      deploy: () =>
        stack.create().catch((error: unknown) => {
          throw inFolder(error);
        }),
    };
  } catch (error) {
    throw inFolder(error);
  }
}

/** What the framework would deploy the template as: its state says so, beside the template. */
function readService(folder: string): PackagedService {
  const file = join(folder, STATE_FILE);
  if (!existsSync(file)) return { parameters: {}, tags: {} };
  const { service: name, provider = {} } = ((readJson(file) as JsonObject).service ?? {}) as { service?: string; provider?: Provider };
  const stackName = typeof provider.stackName === 'string' ? provider.stackName : name && `${name}-${provider.stage ?? 'dev'}`;
  const given = (provider.stackParameters ?? []).map(({ ParameterKey, ParameterValue }) => [ParameterKey, String(ParameterValue)]);
  const { region, stage = 'dev', stackTags = {} } = provider;
  // The framework tags each stack with its stage, unless the service has such a tag, in whatever case.
  const hasStage = Object.keys(stackTags).some((key) => key.toUpperCase() === 'STAGE');
  return {
    ...(stackName && { stackName }),
    ...(region && { region }),
    parameters: Object.fromEntries(given),
    tags: { ...(!hasStage && { STAGE: stage }), ...stackTags },
  };
}

interface PackagedService {
  stackName?: string;
  region?: string;
  parameters: Record<string, string>;
  tags: Record<string, string>;
}

interface Provider {
  stackName?: unknown;
  stage?: string;
  region?: string;
  stackTags?: Record<string, string>;
  stackParameters?: { ParameterKey: string; ParameterValue: unknown }[];
}

/** What each file held last: whoever opens a package again and again, as tests do, has it parsed once. */
const parsed = new Map<string, { text: string; value: unknown }>();

function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  const known = parsed.get(file);
  if (known?.text === text) return known.value;
  const value: unknown = JSON.parse(text);
  parsed.set(file, { text, value });
  return value;
}
