import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject, resolve, type Scope } from './intrinsics.ts';
import { createResourceTypes } from './resources.ts';
import type { Stack, StackDefinition, StackOutput, Stacks } from './stacks.ts';
import { type CheckedTemplate, checkTemplate, readParameters, refuseDynamicReferences } from './template.ts';

/** What a stack shall be: its template, checked, with what its parameters are. */
export interface Desired extends StackDefinition, Omit<CheckedTemplate, 'mappings'> {
  /** What a value may refer to while the stack is this far. */
  scopeOf(stack: Pick<Stack, 'resources'>): Scope;
}

export interface Wanted {
  stackName: string;
  stacks: Stacks;
  region: string;
  accountId: string;
  parameters?: Record<string, string>;
  tags?: Record<string, string>;
}

/**
 * Reads a CloudFormation template. Throws with the name of a section, resource type, property, attribute or function that is not
 * supported: nothing has been created then.
 */
export function readDesired(template: unknown, { stackName, stacks, region, accountId, parameters = {}, tags = {} }: Wanted): Desired {
  if (!isObject(template as Json)) throw new Error('a template is a JSON object');
  const document = template as JsonObject;
  const given = readParameters(document, parameters);
  const values = new Map<string, Json>([
    ['AWS::Region', region],
    ['AWS::AccountId', accountId],
    ['AWS::Partition', 'aws'],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::StackName', stackName],
    ['AWS::StackId', stacks.idOf(stackName)],
    ...given,
  ]);
  const { mappings, ...checked } = checkOnce(document, values);
  return {
    ...checked,
    document,
    parameters: Object.fromEntries([...given].map(([name, value]) => [name, String(value)])),
    tags,
    ...(document.Description !== undefined && { description: String(document.Description) }),
    scopeOf: ({ resources }) => ({
      ref: (name) => values.get(name) ?? resources.get(name)!.physicalId!,
      attribute(logicalId, name) {
        const { type, attributes } = resources.get(logicalId)!;
        const value = attributes[name];
        if (value === undefined) throw new Error(`Vendor response doesn't contain ${name} attribute in object ${logicalId} (${type})`);
        return value;
      },
      mappings,
      exported: stacks.exported,
    }),
  };
}

type Checked = CheckedTemplate & { templateText: string };

/** What came of each document, with the values that it was checked with: one that is deployed again and again, as by tests, is checked once. */
const checkedBefore = new WeakMap<JsonObject, { values: Map<string, Json>; checked: Checked }>();

function checkOnce(document: JsonObject, values: Map<string, Json>): Checked {
  const known = checkedBefore.get(document);
  if (known && isDeepStrictEqual(known.values, values)) return known.checked;
  const checked = { ...checkTemplate(document, { types: createResourceTypes(), values }), templateText: JSON.stringify(document) };
  checkedBefore.set(document, { values, checked });
  return checked;
}

/** `isLeft` says of which resources a rehearsal knows nothing. */
export function resolveOutputs({ outputs }: Desired, scope: Scope, isLeft: (dependencies: string[]) => boolean): StackOutput[] {
  return Object.entries(outputs).map(([key, { value, description, exportName, dependencies }]) => {
    const text = isLeft(dependencies) ? `what ${key} is, a rehearsal does not know` : String(resolve(value, scope));
    refuseDynamicReferences(text, `the output ${key}`);
    return { key, value: text, ...(description && { description }), ...(exportName && { exportName }) };
  });
}
