import { createHash } from 'node:crypto';
import type { Ground } from '../service.ts';
import type { ChangeSet } from './change-sets.ts';
import type { JsonObject } from './intrinsics.ts';
import type { DeletionPolicy } from './template.ts';

/** A stack as CloudFormation knows it: what it was asked to be, and what came of it. */
export interface Stack {
  name: string;
  /** Its ARN. */
  id: string;
  status: string;
  statusReason?: string;
  description?: string | undefined;
  /** The template as it was given. */
  templateText: string;
  /** The same, read. */
  document: JsonObject;
  parameters: Record<string, string>;
  tags: Record<string, string>;
  outputs: StackOutput[];
  /** By logical id, each after those it depends on. */
  resources: Map<string, StackResource>;
  /** The names of the exports that it imports. */
  imports: string[];
  /** Whether it cannot be deleted. */
  isProtected: boolean;
  /** The oldest first. */
  events: StackEvent[];
  changeSets: Map<string, ChangeSet>;
  /** How many names it has made up for each logical id. */
  namesGiven: Map<string, number>;
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
  /** The logical ids of what it refers to or depends on. */
  dependencies: string[];
  /** What happens to it when it leaves the stack, and when another takes its place. */
  deletionPolicy: DeletionPolicy;
  updateReplacePolicy: DeletionPolicy;
  status: string;
  statusReason?: string;
  updatedMs: number;
}

export interface StackEvent {
  id: string;
  logicalId: string;
  physicalId?: string;
  type: string;
  status: string;
  reason?: string;
  atMs: number;
}

export interface Export {
  name: string;
  value: string;
  stack: Stack;
}

/** What a stack is asked to be. */
export type StackDefinition = Pick<Stack, 'templateText' | 'document' | 'parameters' | 'tags' | 'imports' | 'description'>;

export const definitionOf = ({ templateText, document, parameters, tags, imports, description }: StackDefinition): StackDefinition => ({
  templateText,
  document,
  parameters,
  tags,
  imports,
  description,
});

/** What the stacks of one account must share: nobody creates what another has, and an export is there for all. */
export type Stacks = ReturnType<typeof createStacks>;

export function createStacks({ region, accountId, clock, newId }: Pick<Ground, 'region' | 'accountId' | 'clock' | 'newId'>) {
  /** Those that were deleted too, the newest last. */
  const all: Stack[] = [];
  const owners = new Map<string, string>();
  const exports = new Map<string, Export>();

  const live = (name: string) => all.find((stack) => stack.name === name && stack.deletedMs === undefined);
  const generationOf = (name: string) => all.filter((stack) => stack.name === name).length;

  /** A stack of this name would have this id: one after another has gone has one of its own. */
  const idOf = (name: string) => `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${uuidOf(`${name} ${generationOf(name)}`)}`;

  const importerOf = (name: string): Stack | undefined =>
    all.find(({ deletedMs, imports }) => deletedMs === undefined && imports.includes(name));

  const note = (stack: Stack, event: Omit<StackEvent, 'id' | 'atMs'>) => {
    stack.events.push({ id: newId(), atMs: clock.nowMs(), ...event });
  };

  return {
    all: (): Stack[] => [...all],
    idOf: (name: string) => live(name)?.id ?? idOf(name),
    /** By name, as long as it is there, or by id. */
    find: (nameOrId: string): Stack | undefined => live(nameOrId) ?? all.find(({ id }) => id === nameOrId),
    exports: (): Export[] => [...exports.values()],
    exportOf: (name: string): Export | undefined => exports.get(name),

    /** Throws when there is a stack of this name already. */
    open(name: string, definition: StackDefinition): Stack {
      if (live(name)) throw new Error(`the stack ${name} is there already: give each service once, or package one with another --stage`);
      const stack: Stack = {
        ...definition,
        name,
        id: idOf(name),
        status: 'REVIEW_IN_PROGRESS',
        outputs: [],
        resources: new Map(),
        isProtected: false,
        events: [],
        changeSets: new Map(),
        namesGiven: new Map(),
        createdMs: clock.nowMs(),
      };
      all.push(stack);
      return stack;
    },

    /** Of the stack itself. */
    setStatus(stack: Stack, status: string, reason?: string): void {
      Object.assign(stack, { status, statusReason: reason });
      note(stack, { logicalId: stack.name, physicalId: stack.id, type: 'AWS::CloudFormation::Stack', status, reason });
    },

    setResourceStatus(stack: Stack, resource: StackResource, status: string, reason?: string): void {
      Object.assign(resource, { status, statusReason: reason, updatedMs: clock.nowMs() });
      const { logicalId, physicalId, type } = resource;
      note(stack, { logicalId, physicalId, type, status, reason });
    },

    /** A name that no resource of this account had, in the form that CloudFormation gives it, within the 64 characters that the strictest services allow. */
    nameFor({ name, id, namesGiven }: Stack, logicalId: string): string {
      const given = namesGiven.get(logicalId) ?? 0;
      namesGiven.set(logicalId, given + 1);
      const generation = all.filter((other) => other.name === name).findIndex((other) => other.id === id);
      const seed = [name, logicalId, ...(generation || given ? [generation, given] : [])].join(' ');
      return `${`${name}-${logicalId}`.slice(0, 51)}-${suffix(seed)}`;
    },

    /** Throws when a stack has a resource of this name. */
    claim(stackName: string, { service, name }: Claim): void {
      const key = `${service} ${name}`;
      const owner = owners.get(key);
      if (owner) throw new Error(`${name} already exists in the stack ${owner}`);
      owners.set(key, stackName);
    },
    release: ({ service, name }: Claim): void => void owners.delete(`${service} ${name}`),

    /** Makes these what the stack exports. Throws when another stack exports one of the names, or needs one that would go or change. */
    exportOutputs(stack: Stack, outputs: StackOutput[]): void {
      const wanted = new Map(outputs.flatMap(({ exportName, value }) => (exportName ? [[exportName, value] as const] : [])));
      const mine = [...exports.values()].filter((exported) => exported.stack === stack);
      for (const name of wanted.keys()) {
        const owner = exports.get(name)?.stack;
        if (owner && owner !== stack) throw new Error(`the export ${name} is already exported by the stack ${owner.name}`);
      }
      for (const { name, value } of mine) {
        const user = wanted.get(name) === value ? undefined : importerOf(name);
        if (user) throw new Error(`Export ${name} cannot be ${wanted.has(name) ? 'updated' : 'deleted'} as it is in use by ${user.name}`);
      }
      for (const { name } of mine) exports.delete(name);
      for (const [name, value] of wanted) exports.set(name, { name, value, stack });
      stack.outputs = outputs;
    },

    /** A stack that needs this export. */
    importerOf,

    /** Throws when no stack exports it. */
    exported(name: string): string {
      const found = exports.get(name);
      if (!found) throw new Error(`no stack exports ${name}: deploy the one that does before this one`);
      return found.value;
    },
  };
}

/** Whether its creation came to an end: of one that failed there may be a part. */
export const isMade = ({ physicalId, status }: StackResource): boolean => physicalId !== undefined && status !== 'CREATE_FAILED';

export interface Claim {
  service: string;
  name: string;
}

/** The name of its own that a template gives a resource: one that is unique among its service's. */
export function claimOf({ type, properties }: Pick<StackResource, 'type' | 'properties'>): Claim | undefined {
  const name = properties[NAME_PROPERTIES[type] ?? ''];
  return name === undefined ? undefined : { service: type.split('::')[1]!, name: String(name) };
}

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

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** An id in the form of a UUID, the same for the same text. */
function uuidOf(text: string): string {
  const hex = sha256(text);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

const suffix = (text: string) =>
  BigInt(`0x${sha256(text)}`)
    .toString(36)
    .slice(0, 12)
    .toUpperCase();
