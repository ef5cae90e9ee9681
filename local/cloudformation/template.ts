import {
  argumentsOf,
  createConditions,
  intrinsicCall,
  isObject,
  type Json,
  type JsonObject,
  pruneConditions,
  referencesOf,
  resolve,
  type Scope,
} from './intrinsics.ts';

export type DeletionPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate';

/** What a type of resource may say, and what may be asked of it. */
export interface TypeShape {
  /** Dotted paths. A path takes all that lies under it, one that ends with a dot nothing but an empty object; lists are passed through. */
  properties: readonly string[] | 'any';
  /** Paths whose values are numbers, also when the template writes them as text, as CloudFormation allows. */
  numbers?: readonly string[];
  /** What `Fn::GetAtt` may ask for. */
  attributes: readonly string[] | 'any';
}

export interface TemplateResource {
  logicalId: string;
  type: string;
  properties: JsonObject;
  /** The logical ids of what it refers to or depends on. */
  dependencies: string[];
  deletionPolicy: DeletionPolicy;
  updateReplacePolicy: DeletionPolicy;
}

export interface CheckedTemplate {
  /** Every resource after those that it refers to or depends on. */
  resources: TemplateResource[];
  outputs: Record<string, TemplateOutput>;
  mappings: JsonObject;
  /** What it needs of other stacks. */
  imports: string[];
}

export interface TemplateOutput {
  value: Json;
  description?: string;
  exportName?: string;
  /** The logical ids of what it refers to. */
  dependencies: string[];
}

interface Checking {
  types: { get(type: string): TypeShape | undefined };
  /** Parameters and pseudo parameters. */
  values: Map<string, Json>;
}

const SECTIONS = ['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Mappings', 'Conditions', 'Resources', 'Outputs'];
const RESOURCE_KEYS = ['Type', 'Properties', 'DependsOn', 'Condition', 'Metadata', 'DeletionPolicy', 'UpdateReplacePolicy'];
const PARAMETER_TYPES = ['String', 'Number', 'CommaDelimitedList'];

/** Reads the whole template before anything is created. Throws, by name, at the first thing that the local AWS does not know. */
export function checkTemplate(template: JsonObject, { types, values }: Checking): CheckedTemplate {
  refuseUnknown(template, SECTIONS, 'template section');
  const mappings = objectAt(template, 'Mappings');
  const scope = scopeOfValues(values, mappings);
  const holds = createConditions(objectAt(template, 'Conditions'), scope);
  const declared = Object.entries(objectAt(template, 'Resources')).map(([logicalId, declaration]) => {
    if (!isObject(declaration)) throw new Error(`${logicalId} is not a resource`);
    refuseUnknown(declaration, RESOURCE_KEYS, `attribute of ${logicalId}:`);
    return { logicalId, declaration, isWanted: declaration.Condition === undefined || holds(String(declaration.Condition)) };
  });

  const nodes = new Map<string, Omit<TemplateResource, 'dependencies'> & { dependsOn: string[] }>();
  for (const { logicalId, declaration, isWanted } of declared) {
    if (!isWanted) continue;
    const type = String(declaration.Type);
    const properties = pruneConditions(declaration.Properties ?? {}, holds) as JsonObject;
    const dependsOn = [declaration.DependsOn ?? []].flat().map(String);
    const policyAt = (key: string) => readPolicy(declaration[key] ?? 'Delete', `${key} of ${logicalId}`);
    const policies = { deletionPolicy: policyAt('DeletionPolicy'), updateReplacePolicy: policyAt('UpdateReplacePolicy') };
    nodes.set(logicalId, { logicalId, type, properties, dependsOn, ...policies });
  }
  for (const { logicalId, type, properties } of nodes.values()) {
    const shape = types.get(type);
    if (!shape) throw new Error(`${logicalId}: the local AWS does not support ${type}`);
    if (shape.properties !== 'any') checkProperties(properties, '', shape.properties, `${logicalId} (${type})`);
    refuseDynamicReferences(properties, `${logicalId} (${type})`);
  }

  const dependenciesOf = (value: Json, where: string): string[] =>
    referencesOf(value).flatMap(({ name, attribute }) => {
      const node = nodes.get(name);
      if (!node && (attribute !== undefined || !values.has(name)))
        throw new Error(`${where} refers to ${name}, which the template does not have`);
      const known = node && types.get(node.type)!.attributes;
      if (known && attribute !== undefined && known !== 'any' && !known.includes(attribute)) {
        throw new Error(`${where}: the local AWS does not support the attribute ${attribute} of ${node.type}`);
      }
      return node ? [name] : [];
    });
  const isDeclared = (name: string) => declared.some(({ logicalId }) => logicalId === name);
  const edges = new Map<string, string[]>();
  for (const { logicalId, properties, dependsOn } of nodes.values()) {
    const missing = dependsOn.find((name) => !isDeclared(name));
    if (missing) throw new Error(`${logicalId} depends on ${missing}, which the template does not have`);
    edges.set(logicalId, [...dependsOn.filter((name) => nodes.has(name)), ...dependenciesOf(properties, logicalId)]);
  }

  const outputs: Record<string, TemplateOutput> = {};
  for (const [name, output] of Object.entries(readOutputs(objectAt(template, 'Outputs'), { holds, scope }))) {
    outputs[name] = { ...output, dependencies: dependenciesOf(output.value, `the output ${name}`) };
    refuseDynamicReferences(output.value, `the output ${name}`);
  }
  for (const [name, value] of values) refuseDynamicReferences(value, `the parameter ${name}`);

  const written = [...[...nodes.values()].map(({ properties }) => properties), ...Object.values(outputs).map(({ value }) => value)];
  for (const keys of argumentsOf('Fn::FindInMap', written)) resolve({ 'Fn::FindInMap': keys }, scope);
  const imports = argumentsOf('Fn::ImportValue', written).map((name) => String(resolve(name, scope)));
  const resources = inOrder(edges).map((logicalId): TemplateResource => {
    const { dependsOn: _, ...node } = nodes.get(logicalId)!;
    return { ...node, dependencies: edges.get(logicalId)! };
  });
  return { resources, outputs, mappings, imports };
}

function readPolicy(value: Json, where: string): DeletionPolicy {
  const known: DeletionPolicy[] = ['Delete', 'Retain', 'RetainExceptOnCreate'];
  const policy = known.find((name) => name === value);
  if (!policy) throw new Error(`the local AWS does not support the ${where} ${JSON.stringify(value)}`);
  return policy;
}

/** The parameters of the template: what was given, else the default. */
export function readParameters(template: JsonObject, given: Record<string, string>): Map<string, Json> {
  const declarations = objectAt(template, 'Parameters');
  const unknown = Object.keys(given).find((name) => !(name in declarations));
  if (unknown) throw new Error(`the template has no parameter ${unknown}`);
  return new Map(
    Object.entries(declarations).map(([name, declaration]) => {
      const { Type, Default } = declaration as JsonObject;
      if (!PARAMETER_TYPES.includes(String(Type))) throw new Error(`${name}: the local AWS does not support parameters of type ${Type}`);
      const value = given[name] ?? Default;
      if (value === undefined) throw new Error(`the parameter ${name} has no default: give it a value`);
      return [
        name,
        Type === 'CommaDelimitedList'
          ? String(value)
              .split(',')
              .map((item) => item.trim())
          : String(value),
      ];
    }),
  );
}

/** A scope in which there are parameters only, as in conditions and in the names of mappings, imports and exports. */
function scopeOfValues(values: Map<string, Json>, mappings: JsonObject): Scope {
  const refused = (what: string) =>
    new Error(`a condition, or the name of a mapping, import or export, refers to ${what}: it may refer to parameters only`);
  return {
    ref(name) {
      const value = values.get(name);
      if (value === undefined) throw refused(name);
      return value;
    },
    attribute(logicalId, name) {
      throw refused(`${logicalId}.${name}`);
    },
    mappings,
    exported(name) {
      throw refused(`the import ${name}`);
    },
  };
}

function checkProperties(value: Json, path: string, known: readonly string[], where: string): void {
  if (Array.isArray(value)) {
    for (const item of value) checkProperties(item, path, known, where);
    return;
  }
  if (!isObject(value) || (path && intrinsicCall(value))) return;
  for (const [key, item] of Object.entries(value)) {
    const here = path ? `${path}.${key}` : key;
    if (known.includes(here)) continue;
    if (!known.some((other) => other.startsWith(`${here}.`)))
      throw new Error(`${where}: the local AWS does not support the property ${here}`);
    checkProperties(item, here, known, where);
  }
}

/** CloudFormation replaces them with a value of another service, wherever they stand in a text. */
export function refuseDynamicReferences(value: Json, where?: string): void {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) refuseDynamicReferences(item, where);
    return;
  }
  const [reference] = /\{\{resolve:[\w-]+:(?:[^}]|\}(?!\}))*(?:\}\})?/.exec(String(value)) ?? [];
  if (reference) throw new Error(`${where ? `${where}: ` : ''}the local AWS does not support the dynamic reference ${reference}`);
}

/** `value` with the text at each of these paths made a number. */
export function readNumbers(value: Json, paths: readonly string[], path = ''): Json {
  if (Array.isArray(value)) return value.map((item) => readNumbers(item, paths, path));
  if (isObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => [key, readNumbers(item, paths, path ? `${path}.${key}` : key)]);
    return Object.fromEntries(entries);
  }
  return typeof value === 'string' && paths.includes(path) && value.trim() !== '' ? Number(value) : value;
}

function readOutputs(
  outputs: JsonObject,
  { holds, scope }: { holds: (condition: string) => boolean; scope: Scope },
): Record<string, Omit<TemplateOutput, 'dependencies'>> {
  const wanted = Object.entries(outputs).filter(([, output]) => {
    const { Condition } = output as JsonObject;
    return Condition === undefined || holds(String(Condition));
  });
  return Object.fromEntries(
    wanted.map(([name, output]) => {
      const { Value = null, Description, Export } = output as JsonObject;
      const exportName = isObject(Export) ? String(resolve(pruneConditions(Export.Name ?? null, holds), scope)) : undefined;
      const description = Description === undefined ? {} : { description: String(Description) };
      return [name, { value: pruneConditions(Value, holds), ...description, ...(exportName && { exportName }) }];
    }),
  );
}

/** The keys of `edges`, each after those it points to. */
function inOrder(edges: Map<string, string[]>): string[] {
  const ordered = new Set<string>();
  const visit = (name: string, path: string[]) => {
    if (path.includes(name))
      throw new Error(`these resources wait for each other: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`);
    if (ordered.has(name)) return;
    for (const next of edges.get(name)!) visit(next, [...path, name]);
    ordered.add(name);
  };
  for (const name of edges.keys()) visit(name, []);
  return [...ordered];
}

function refuseUnknown(value: JsonObject, known: string[], what: string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown) throw new Error(`the local AWS does not support the ${what} ${unknown}`);
}

const objectAt = (value: JsonObject, key: string): JsonObject => {
  const part = value[key] ?? {};
  if (!isObject(part)) throw new Error(`${key} of the template is not an object`);
  return part;
};
