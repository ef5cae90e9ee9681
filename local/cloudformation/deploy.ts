import { readDesired, type Wanted } from './desired.ts';
import type { JsonObject } from './intrinsics.ts';
import type { Clients, Created, Surroundings } from './resources.ts';
import { beginRun, createStackRunner } from './stack-run.ts';
import type { Stack } from './stacks.ts';

export interface DeployOptions extends Surroundings, Pick<Wanted, 'stackName' | 'parameters' | 'tags'> {
  /** Nothing runs: custom resources, and whatever waits for one, are left out. */
  isRehearsal?: boolean;
}

export interface Deployment {
  stackName: string;
  outputs: Record<string, string>;
  /** By logical id, each after those it depends on. Roles keep their policies in `properties`. */
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
  const { stackName, stacks, isRehearsal = false } = options;
  const desired = readDesired(template, options);
  return {
    /** Throws at what cannot be created, and leaves what was. */
    async create() {
      for (const name of desired.imports) stacks.exported(name);
      const stack = stacks.open(stackName, desired);
      stacks.setStatus(stack, 'CREATE_IN_PROGRESS', 'User Initiated');
      try {
        await createStackRunner(options).forward(beginRun(stack), desired, { isRehearsal });
      } catch (error) {
        stacks.setStatus(stack, 'CREATE_FAILED', error instanceof Error ? error.message : String(error));
        throw error;
      }
      stacks.setStatus(stack, 'CREATE_COMPLETE');
      return deploymentOf(stack);
    },
  };
}

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
