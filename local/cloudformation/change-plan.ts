import { isDeepStrictEqual } from 'node:util';
import { isCustom } from './custom-resource.ts';
import type { Desired } from './desired.ts';
import { type JsonObject, resolve, type Scope } from './intrinsics.ts';
import { createResourceTypes, type ResourceType } from './resources.ts';
import { isMade, type Stack } from './stacks.ts';
import { readNumbers } from './template.ts';

export interface Change {
  action: 'Add' | 'Modify' | 'Remove';
  logicalId: string;
  physicalId?: string;
  type: string;
  /** Names of the properties that change, or may. */
  properties: string[];
  /** Whether another resource takes its place. */
  replacement?: 'True' | 'False' | 'Conditional';
}

/** Stands for what is only known once it is made. */
const UNKNOWN = '\u0000unknown';

/**
 * What an update of the stack changes, as far as it can be told before. Throws, by name, when the type of a resource changes, which
 * CloudFormation refuses, or something that the local AWS cannot change.
 */
export function planChanges(stack: Stack, desired: Desired): Change[] {
  const types = createResourceTypes();
  const retyped = desired.resources.filter(({ logicalId, type }) => (stack.resources.get(logicalId)?.type ?? type) !== type);
  if (retyped.length) {
    const names = retyped.map(({ logicalId }) => logicalId).join(', ');
    throw new Error(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${names}]`,
    );
  }
  const unknown = new Set<string>();
  const known = desired.scopeOf(stack);
  const scope: Scope = {
    ...known,
    ref: (name) => (unknown.has(name) ? UNKNOWN : known.ref(name)),
    attribute: (logicalId, name) => (unknown.has(logicalId) ? UNKNOWN : known.attribute(logicalId, name)),
  };
  const areTagsNew = !isDeepStrictEqual(stack.tags, desired.tags);
  const changes: Change[] = [];

  for (const { logicalId, type, properties: written } of desired.resources) {
    const before = stack.resources.get(logicalId);
    const shape = types.get(type)!;
    if (!before || !isMade(before)) {
      unknown.add(logicalId);
      changes.push({ action: 'Add', logicalId, type, properties: [] });
      continue;
    }
    const properties = foresee(written, shape, scope);
    const changed = changedNames(before.properties, properties);
    if (changed.length === 0 && before.status !== 'UPDATE_FAILED' && !(areTagsNew && shape.isTagged)) continue;
    const isSure = (name: string) => !JSON.stringify(properties[name] ?? null).includes(JSON.stringify(UNKNOWN).slice(1, -1));
    const replacing = changed.filter((name) => isReplacedBy(shape, name));
    refuseFixed(shape, changed, `${logicalId} (${type})`);
    if (replacing.length > 0 || isCustom(type)) unknown.add(logicalId);
    changes.push({
      action: 'Modify',
      logicalId,
      physicalId: before.physicalId,
      type,
      properties: changed,
      replacement: replacing.some(isSure) ? 'True' : replacing.length > 0 || isCustom(type) ? 'Conditional' : 'False',
    });
  }
  const isWanted = (logicalId: string) => desired.resources.some((resource) => resource.logicalId === logicalId);
  const removed = [...stack.resources.values()].filter(({ logicalId }) => !isWanted(logicalId));
  return [
    ...changes,
    ...removed.map(({ logicalId, physicalId, type }): Change => ({ action: 'Remove', logicalId, physicalId, type, properties: [] })),
  ];
}

/** Whether an update to this would do anything at all. */
export function isSameStack(stack: Stack, desired: Desired, changes: Change[]): boolean {
  const ofTemplate = ({ document: { Outputs, Conditions, Description } }: Pick<Stack, 'document'>) => ({
    Outputs,
    Conditions,
    Description,
  });
  return (
    changes.length === 0 &&
    isDeepStrictEqual(stack.tags, desired.tags) &&
    isDeepStrictEqual(stack.parameters, desired.parameters) &&
    isDeepStrictEqual(ofTemplate(stack), ofTemplate(desired))
  );
}

export const changedNames = (before: JsonObject, after: JsonObject): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !isDeepStrictEqual(before[name], after[name]));

export const isReplacedBy = ({ replacedBy = [] }: ResourceType, name: string): boolean => replacedBy === 'any' || replacedBy.includes(name);

function refuseFixed(shape: ResourceType, changed: string[], where: string): void {
  const { update, updates } = shape;
  const fixed = changed.find((name) => !isReplacedBy(shape, name) && (!update || (updates && !updates.includes(name))));
  if (fixed) throw new Error(`${where}: the local AWS does not support a change of ${fixed}`);
}

/** Each property by itself: of one that cannot be worked out yet, nothing is known. */
function foresee(written: JsonObject, { numbers = [] }: ResourceType, scope: Scope): JsonObject {
  const entries = Object.entries(written).map(([name, value]) => {
    try {
      return [name, resolve(value, scope)] as const;
    } catch {
      return [name, UNKNOWN] as const;
    }
  });
  return readNumbers(Object.fromEntries(entries), numbers) as JsonObject;
}
