export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Where intrinsic functions look. They throw when there is nothing of that name. */
export interface Scope {
  ref(name: string): Json;
  attribute(logicalId: string, name: string): Json;
  /** The `Mappings` of the template. */
  mappings: JsonObject;
  /** What another stack exports. */
  exported(name: string): Json;
}

type Intrinsic = (argument: Json, scope: Scope) => Json;

const INTRINSICS: Record<string, Intrinsic> = {
  Ref: (name, scope) => scope.ref(text(name)),
  'Fn::GetAtt': (argument, scope) => scope.attribute(...attributePath(argument)),
  'Fn::Sub'(argument, scope) {
    const { template, variables } = subParts(argument);
    return template.replace(SUB_VARIABLE, (_, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (Object.hasOwn(variables, name)) return text(resolve(variables[name]!, scope));
      const [logicalId, ...attribute] = name.split('.');
      return text(attribute.length ? scope.attribute(logicalId!, attribute.join('.')) : scope.ref(name));
    });
  },
  'Fn::Join'(argument, scope) {
    const [separator, parts] = list(argument);
    return list(resolve(parts!, scope)).map(text).join(text(separator!));
  },
  'Fn::Select'(argument, scope) {
    const [index, from] = list(argument);
    const selected = list(resolve(from!, scope))[Number(resolve(index!, scope))];
    if (selected === undefined) throw new Error(`Fn::Select: there is no item ${JSON.stringify(index)} in ${JSON.stringify(from)}`);
    return selected;
  },
  'Fn::Split'(argument, scope) {
    const [separator, source] = list(argument);
    return text(resolve(source!, scope)).split(text(separator!));
  },
  'Fn::FindInMap'(argument, scope) {
    const keys = list(argument).map((key) => text(resolve(key, scope)));
    const found = keys.reduce<Json | undefined>((map, key) => (isObject(map) ? map[key] : undefined), scope.mappings);
    if (keys.length !== 3 || found === undefined) throw new Error(`Fn::FindInMap: the template has no mapping ${keys.join(' → ')}`);
    return found;
  },
  'Fn::ImportValue': (argument, scope) => scope.exported(text(resolve(argument, scope))),
  'Fn::GetAZs'(argument, scope) {
    const region = text(resolve(argument, scope)) || text(scope.ref('AWS::Region'));
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  },
  'Fn::Base64': (argument, scope) => Buffer.from(text(resolve(argument, scope))).toString('base64'),
};

/** Functions of conditions: they are decided by `pruneConditions`, before anything refers to anything. */
const CONDITION_FUNCTIONS = new Set(['Fn::If', 'Fn::Equals', 'Fn::And', 'Fn::Or', 'Fn::Not', 'Condition']);
const SUB_VARIABLE = /\$\{([^}]+)\}/g;

/** `value` with its intrinsic functions worked out. Throws for one that the local AWS does not support, with its name. */
export function resolve(value: Json, scope: Scope): Json {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope));
  if (!isObject(value)) return value;
  const call = intrinsicCall(value);
  if (!call) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]));
  const intrinsic = INTRINSICS[call.name];
  if (!intrinsic) throw new Error(`the local AWS does not support ${call.name}`);
  return intrinsic(call.argument, scope);
}

export interface Reference {
  name: string;
  attribute?: string;
}

/** Everything that `value` refers to, at any depth. Throws for an intrinsic function that is not supported, with its name. */
export function referencesOf(value: Json): Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (!isObject(value)) return [];
  const call = intrinsicCall(value);
  if (!call) return Object.values(value).flatMap(referencesOf);
  if (call.name === 'Ref') return [{ name: text(call.argument) }];
  if (call.name === 'Fn::GetAtt') {
    const [name, attribute] = attributePath(call.argument);
    return [{ name, attribute }];
  }
  if (call.name === 'Fn::Sub') return subReferences(call.argument);
  if (!INTRINSICS[call.name]) throw new Error(`the local AWS does not support ${call.name}`);
  return referencesOf(call.argument);
}

function subReferences(argument: Json): Reference[] {
  const { template, variables } = subParts(argument);
  const names = [...template.matchAll(SUB_VARIABLE)].map(([, name]) => name!);
  const outside = names.filter((name) => !name.startsWith('!') && !Object.hasOwn(variables, name));
  return [
    ...referencesOf(variables),
    ...outside.map((name) => {
      const [logicalId, ...attribute] = name.split('.');
      return attribute.length ? { name: logicalId!, attribute: attribute.join('.') } : { name };
    }),
  ];
}

/** The arguments of every call of the intrinsic function `name` in `value`, at any depth. */
export function argumentsOf(name: string, value: Json): Json[] {
  if (Array.isArray(value)) return value.flatMap((item) => argumentsOf(name, item));
  if (!isObject(value)) return [];
  const call = intrinsicCall(value);
  return [...(call?.name === name ? [call.argument] : []), ...Object.values(value).flatMap((item) => argumentsOf(name, item))];
}

/** `value` with every `Fn::If` replaced by the branch that holds, and without what `AWS::NoValue` takes away. */
export function pruneConditions(value: Json, holds: (condition: string) => boolean): Json {
  return prune(value, holds) ?? null;
}

function prune(value: Json, holds: (condition: string) => boolean): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => prune(item, holds)).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  const call = intrinsicCall(value);
  if (call?.name === 'Ref' && call.argument === 'AWS::NoValue') return undefined;
  if (call?.name === 'Fn::If') {
    const [condition, then, otherwise] = list(call.argument);
    return prune(holds(text(condition!)) ? then! : otherwise!, holds);
  }
  const entries = Object.entries(value).map(([key, item]) => [key, prune(item, holds)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** Decides the conditions of a template; they may refer to parameters and to each other. */
export function createConditions(definitions: JsonObject, scope: Scope): (name: string) => boolean {
  const decide = (definition: Json): boolean => {
    const call = isObject(definition) ? intrinsicCall(definition) : undefined;
    switch (call?.name) {
      case 'Condition':
        return holds(text(call.argument));
      case 'Fn::Equals': {
        const [a, b] = list(call.argument).map((side) => resolve(side, scope));
        return String(a) === String(b);
      }
      case 'Fn::And':
        return list(call.argument).every(decide);
      case 'Fn::Or':
        return list(call.argument).some(decide);
      case 'Fn::Not':
        return !decide(list(call.argument)[0]!);
      default:
        throw new Error(`the local AWS does not support the condition ${JSON.stringify(definition)}`);
    }
  };
  const holds = (name: string): boolean => {
    const definition = definitions[name];
    if (definition === undefined) throw new Error(`the template has no condition ${name}`);
    return decide(definition);
  };
  return holds;
}

/** An object with one key that is an intrinsic function's name. */
export function intrinsicCall(value: JsonObject): { name: string; argument: Json } | undefined {
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0) return undefined;
  const argument = value[name]!;
  const isCall = name === 'Ref' || name.startsWith('Fn::') || (CONDITION_FUNCTIONS.has(name) && typeof argument === 'string');
  return isCall ? { name, argument } : undefined;
}

function attributePath(argument: Json): [string, string] {
  const [logicalId, ...attribute] = typeof argument === 'string' ? argument.split('.') : list(argument).map(text);
  return [logicalId!, attribute.join('.')];
}

function subParts(argument: Json): { template: string; variables: JsonObject } {
  if (typeof argument === 'string') return { template: argument, variables: {} };
  const [template, variables] = list(argument);
  return { template: text(template!), variables: variables as JsonObject };
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function text(value: Json): string {
  if (typeof value === 'object') throw new Error(`${JSON.stringify(value)} stands where a text is expected`);
  return String(value);
}

function list(value: Json): Json[] {
  if (!Array.isArray(value)) throw new Error(`${JSON.stringify(value)} stands where a list is expected`);
  return value;
}
