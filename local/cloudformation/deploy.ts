import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject, resolve, type Scope } from './intrinsics.ts';
import { type Clients, type Context, type Created, createResourceTypes } from './resources.ts';
import { checkTemplate, readNumbers, readParameters } from './template.ts';

export interface DeployOptions extends Pick<Context, 'clients' | 'httpApi' | 'roles' | 'region' | 'accountId' | 'readZip'> {
  stackName: string;
  parameters?: Record<string, string>;
}

export interface Deployment {
  outputs: Record<string, string>;
  /** By logical id, in the order they were created. Roles keep their policies in `properties`. */
  resources: Record<string, DeployedResource>;
}

export interface DeployedResource extends Created {
  type: string;
  properties: JsonObject;
}

export type { Clients };

/**
 * Creates what a CloudFormation template describes, through the services' own APIs.
 * Throws, before anything is created, with the name of a resource type, property, attribute or function that is not supported.
 */
export async function deployTemplate(template: unknown, options: DeployOptions): Promise<Deployment> {
  if (!isObject(template as Json)) throw new Error('a template is a JSON object');
  const document = template as JsonObject;
  const types = createResourceTypes();
  const values = new Map([...pseudoParameters(options), ...readParameters(document, options.parameters ?? {})]);
  const { resources, outputs } = checkTemplate(document, { types, values });

  const deployed: Record<string, DeployedResource> = {};
  const scope: Scope = {
    ref: (name) => values.get(name) ?? deployed[name]!.physicalId,
    attribute: (logicalId, name) => deployed[logicalId]!.attributes[name]!,
  };
  for (const { logicalId, type, properties } of resources) {
    try {
      const { create, numbers = [] } = types.get(type)!;
      const resolved = readNumbers(resolve(properties, scope), numbers) as JsonObject;
      const created = await create(resolved, { ...options, generatedName: generateName(options.stackName, logicalId) });
      deployed[logicalId] = { type, properties: resolved, ...created };
    } catch (error) {
      throw new Error(`${logicalId} (${type}): ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  const entries = Object.entries(outputs).map(([name, value]) => [name, String(resolve(value, scope))]);
  return { outputs: Object.fromEntries(entries), resources: deployed };
}

function pseudoParameters({ stackName, region, accountId }: DeployOptions): [string, Json][] {
  const stackId = `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/${suffix(stackName).toLowerCase()}`;
  return [
    ['AWS::Region', region],
    ['AWS::AccountId', accountId],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stackName],
    ['AWS::StackId', stackId],
  ];
}

/** As CloudFormation does, within the 64 characters that the strictest services allow. */
function generateName(stackName: string, logicalId: string): string {
  return `${`${stackName}-${logicalId}`.slice(0, 51)}-${suffix(`${stackName} ${logicalId}`)}`;
}

const suffix = (text: string) =>
  BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
    .toString(36)
    .slice(0, 12)
    .toUpperCase();
