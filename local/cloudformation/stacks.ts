import { createHash } from 'node:crypto';
import type { Ground } from '../service.ts';
import type { JsonObject } from './intrinsics.ts';

/** A stack as CloudFormation knows it: what it was asked to be, and what came of it. */
export interface Stack {
  name: string;
  /** Its ARN. */
  id: string;
  status: string;
  statusReason?: string;
  description?: string;
  /** The template as it was given. */
  templateText: string;
  parameters: Record<string, string>;
  tags: Record<string, string>;
  outputs: StackOutput[];
  /** By logical id, in the order they were created. */
  resources: Map<string, StackResource>;
  /** The names of the exports that it imports. */
  imports: string[];
  createdMs: number;
  updatedMs?: number;
  deletedMs?: number;
}

export interface StackOutput {
  key: string;
  value: string;
  description?: string;
  exportName?: string;
}

export interface StackResource {
  logicalId: string;
  type: string;
  /** What `Ref` gives; none before it is there. */
  physicalId?: string;
  /** With their intrinsic functions worked out. */
  properties: JsonObject;
  attributes: Record<string, string>;
  status: string;
  statusReason?: string;
  updatedMs: number;
}

export interface Export {
  name: string;
  value: string;
  stack: Stack;
}

export interface StackDefinition extends Pick<Stack, 'name' | 'templateText' | 'parameters' | 'tags' | 'imports' | 'description'> {}

/** What the stacks of one account must share: nobody creates what another has, and an export is there for all. */
export type Stacks = ReturnType<typeof createStacks>;

export function createStacks({ region, accountId, clock }: Pick<Ground, 'region' | 'accountId' | 'clock'>) {
  /** Those that were deleted too, the newest last. */
  const all: Stack[] = [];
  const owners = new Map<string, string>();
  const exports = new Map<string, Export>();

  const live = (name: string) => all.find((stack) => stack.name === name && stack.deletedMs === undefined);

  /** A stack of this name would have this id: one after another has gone has one of its own. */
  const idOf = (name: string) => {
    const generation = all.filter((stack) => stack.name === name).length;
    return `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${uuidOf(`${name} ${generation}`)}`;
  };

  return {
    all: (): Stack[] => [...all],
    idOf: (name: string) => live(name)?.id ?? idOf(name),
    /** By name, as long as it is there, or by id. */
    find: (nameOrId: string): Stack | undefined => live(nameOrId) ?? all.find(({ id }) => id === nameOrId),
    exports: (): Export[] => [...exports.values()],

    /** Throws when there is a stack of this name already. */
    open(definition: StackDefinition): Stack {
      const { name } = definition;
      if (live(name)) throw new Error(`the stack ${name} is there already: give each service once, or package one with another --stage`);
      const stack: Stack = {
        ...definition,
        id: idOf(name),
        status: 'CREATE_IN_PROGRESS',
        outputs: [],
        resources: new Map(),
        createdMs: clock.nowMs(),
      };
      all.push(stack);
      return stack;
    },

    /** Throws when a stack has a resource of this name. */
    claim(stackName: string, { service, name }: { service: string; name: string }): void {
      const key = `${service} ${name}`;
      const owner = owners.get(key);
      if (owner) throw new Error(`${name} already exists in the stack ${owner}`);
      owners.set(key, stackName);
    },

    /** Makes the stack's outputs what it exports. Throws when another stack exports one of these names. */
    exportOutputs(stack: Stack): void {
      for (const { exportName: name, value } of stack.outputs) {
        if (!name) continue;
        const owner = exports.get(name)?.stack.name;
        if (owner) throw new Error(`the export ${name} is already exported by the stack ${owner}`);
        exports.set(name, { name, value, stack });
      }
    },

    /** Throws when no stack exports it. */
    exported(name: string): string {
      const found = exports.get(name);
      if (!found) throw new Error(`no stack exports ${name}: deploy the one that does before this one`);
      return found.value;
    },
  };
}

/** An id in the form of a UUID, the same for the same text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
