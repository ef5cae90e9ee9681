import { createHash } from 'node:crypto';
import { isCustom } from './custom-resource.ts';
import { isObject, type Json, type JsonObject, resolve, type Scope } from './intrinsics.ts';
import { type Clients, type Context, type Created, createResourceTypes } from './resources.ts';
import type { Stack, Stacks } from './stacks.ts';
import { checkTemplate, readNumbers, readParameters, refuseDynamicReferences } from './template.ts';

export interface DeployOptions
  extends Pick<Context, 'clients' | 'httpApi' | 'roles' | 'region' | 'accountId' | 'readZip' | 'responses' | 'newId'> {
  /** Cloud time. */
  nowMs(): number;
  stackName: string;
  /** The account's other stacks. */
  stacks: Stacks;
  parameters?: Record<string, string>;
  tags?: Record<string, string>;
  /** Nothing runs: custom resources, and whatever waits for one, are left out. */
  isRehearsal?: boolean;
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
  const { stackName, stacks, parameters = {}, tags = {}, isRehearsal = false } = options;
  const given = readParameters(document, parameters);
  const values = new Map([...pseudoParameters(options), ...given]);
  const { resources, outputs, mappings, imports } = checkTemplate(document, { types, values });

  return {
    async create() {
      for (const name of imports) stacks.exported(name);
      const stack = stacks.open({
        name: stackName,
        templateText: JSON.stringify(document),
        parameters: Object.fromEntries([...given].map(([name, value]) => [name, String(value)])),
        tags,
        imports,
        ...(document.Description !== undefined && { description: String(document.Description) }),
      });
      const scope: Scope = { ...scopeOf(stack, values), mappings, exported: stacks.exported };
      const left = new Set<string>();
      const isLeft = (dependencies: string[]) => dependencies.some((logicalId) => left.has(logicalId));
      for (const { logicalId, type, properties, dependencies } of resources) {
        if (isRehearsal && (isCustom(type) || isLeft(dependencies))) {
          left.add(logicalId);
          continue;
        }
        try {
          const { create, numbers = [] } = types.get(type)!;
          const resolved = readNumbers(resolve(properties, scope), numbers) as JsonObject;
          // Also one that intrinsic functions put together.
          refuseDynamicReferences(resolved);
          const name = resolved[NAME_PROPERTIES[type] ?? ''];
          if (name !== undefined) stacks.claim(stackName, { service: type.split('::')[1]!, name: String(name) });
          const created = await create(resolved, { ...options, stack, logicalId, type, generatedName: generateName(stackName, logicalId) });
          const updatedMs = options.nowMs();
          stack.resources.set(logicalId, { logicalId, type, properties: resolved, ...created, status: 'CREATE_COMPLETE', updatedMs });
        } catch (error) {
          stack.status = 'CREATE_FAILED';
          throw new Error(`${logicalId} (${type}): ${error instanceof Error ? error.message : error}`, { cause: error });
        }
      }
      for (const [key, { value, description, exportName, dependencies }] of Object.entries(outputs)) {
        const text = isLeft(dependencies) ? `what ${key} is, a rehearsal does not know` : String(resolve(value, scope));
        refuseDynamicReferences(text, `the output ${key}`);
        stack.outputs.push({ key, value: text, ...(description && { description }), ...(exportName && { exportName }) });
      }
      stacks.exportOutputs(stack);
      stack.status = 'CREATE_COMPLETE';
      return deploymentOf(stack);
    },
  };
}

const scopeOf = ({ resources }: Stack, values: Map<string, Json>) => ({
  ref: (name: string) => values.get(name) ?? resources.get(name)!.physicalId!,
  attribute(logicalId: string, name: string) {
    const { type, attributes } = resources.get(logicalId)!;
    const value = attributes[name];
    if (value === undefined) throw new Error(`Vendor response doesn't contain ${name} attribute in object ${logicalId} (${type})`);
    return value;
  },
});

function deploymentOf({ name, outputs, resources }: Stack): Deployment {
  return {
    stackName: name,
    outputs: Object.fromEntries(outputs.map(({ key, value }) => [key, value])),
    resources: Object.fromEntries(
      [...resources.values()].map(({ logicalId, type, properties, physicalId, attributes }) => [
        logicalId,
        { type, properties, physicalId: physicalId!, attributes },
      ]),
    ),
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

function pseudoParameters({ stackName, stacks, region, accountId }: DeployOptions): [string, Json][] {
  return [
    ['AWS::Region', region],
    ['AWS::AccountId', accountId],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stackName],
    ['AWS::StackId', stacks.idOf(stackName)],
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
