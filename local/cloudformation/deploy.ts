import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject, resolve, type Scope } from './intrinsics.ts';
import { type Clients, type Context, type Created, createResourceTypes } from './resources.ts';
import type { Stacks } from './stacks.ts';
import { checkTemplate, readNumbers, readParameters, refuseDynamicReferences } from './template.ts';

export interface DeployOptions extends Pick<Context, 'clients' | 'httpApi' | 'roles' | 'region' | 'accountId' | 'readZip'> {
  stackName: string;
  /** The account's other stacks. */
  stacks: Stacks;
  parameters?: Record<string, string>;
}

export interface Deployment {
  stackName: string;
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
 * Reads a CloudFormation template, and gives what creates it through the services' own APIs.
 * Throws with the name of a resource type, property, attribute or function that is not supported: nothing has been created then.
 */
export function readStack(template: unknown, options: DeployOptions): { create(): Promise<Deployment> } {
  if (!isObject(template as Json)) throw new Error('a template is a JSON object');
  const document = template as JsonObject;
  const types = createResourceTypes();
  const values = new Map([...pseudoParameters(options), ...readParameters(document, options.parameters ?? {})]);
  const { resources, outputs, mappings, imports } = checkTemplate(document, { types, values });
  const { stackName, stacks } = options;

  const deployed: Record<string, DeployedResource> = {};
  const scope: Scope = {
    ref: (name) => values.get(name) ?? deployed[name]!.physicalId,
    attribute: (logicalId, name) => deployed[logicalId]!.attributes[name]!,
    mappings,
    exported: stacks.exported,
  };
  return {
    async create() {
      for (const name of imports) stacks.exported(name);
      stacks.open(stackName);
      for (const { logicalId, type, properties } of resources) {
        try {
          const { create, numbers = [] } = types.get(type)!;
          const resolved = readNumbers(resolve(properties, scope), numbers) as JsonObject;
          // Also one that intrinsic functions put together.
          refuseDynamicReferences(resolved);
          const name = resolved[NAME_PROPERTIES[type] ?? ''];
          if (name !== undefined) stacks.claim(stackName, { service: type.split('::')[1]!, name: String(name) });
          const created = await create(resolved, { ...options, generatedName: generateName(stackName, logicalId) });
          deployed[logicalId] = { type, properties: resolved, ...created };
        } catch (error) {
          throw new Error(`${logicalId} (${type}): ${error instanceof Error ? error.message : error}`, { cause: error });
        }
      }
      const outputValues: Record<string, string> = {};
      for (const [key, { value, exportName }] of Object.entries(outputs)) {
        outputValues[key] = String(resolve(value, scope));
        refuseDynamicReferences(outputValues[key], `the output ${key}`);
        if (exportName) stacks.exportValue(stackName, exportName, outputValues[key]);
      }
      return { stackName, outputs: outputValues, resources: deployed };
    },
  };
}

/** Where a template gives a resource a name of its own: one that is unique among its service's. */
const NAME_PROPERTIES: Record<string, string> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

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
