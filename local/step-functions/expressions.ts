import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { type Chance, type Expression, evaluateIntrinsic, parseIntrinsic, pathsOf } from './intrinsics.ts';
import { runtimeError, StateError } from './state-error.ts';

/** What `$` and `$$` stand for. */
export interface Scope {
  input: unknown;
  context: unknown;
}

/** Where an expression stands: a path in `field`, to name in errors. */
interface Place {
  field: string;
  path: string;
}

export type Expressions = ReturnType<typeof createExpressions>;

/**
 * JSONPaths, payload templates and result paths, evaluated by the library: each as a machine of one state. The library
 * puts its own `Execution` in the context and takes a falsy `$` for a missing one, so paths go through `rooted`.
 */
export function createExpressions(chance: Chance) {
  const resolve = async (places: Place[], scope: Scope): Promise<(path: string) => unknown> => {
    const definite = places.map(({ field, path }) => ({ field, path: definitePart(path) }));
    const values = await queryAll(definite, scope);
    const found = new Map(definite.map(({ path }, index) => [path, values[index]]));
    for (const { field, path } of places) {
      if (!found.has(path)) found.set(path, await queryMany({ field, path }, scope));
    }
    return (path) => found.get(path);
  };

  return {
    /** The value of a path or an intrinsic function call. Throws a StateError. */
    async value(text: string, field: string, scope: Scope): Promise<unknown> {
      const expression = parse(text);
      const resolved = await resolve(
        pathsOf(expression).map((path) => ({ field, path })),
        scope,
      );
      return evaluateIntrinsic(expression, resolved, chance);
    },

    /** A payload template with every `name.$` replaced. Throws a StateError. */
    async template(template: unknown, scope: Scope): Promise<unknown> {
      const places = dynamicFields(template).flatMap(([field, text]) => pathsOf(parse(text)).map((path) => ({ field, path })));
      const resolved = places.length ? await resolve(places, scope) : () => undefined;
      return fill(template, (text) => evaluateIntrinsic(parse(text), resolved, chance));
    },

    /** `input` with `result` put in at `path`. Throws a StateError. */
    async atResultPath(path: string | null | undefined, input: unknown, result: unknown): Promise<unknown> {
      if (path === null) return input;
      if (path === undefined || path === '$') return result;
      const state = { Type: 'Pass', InputPath: '$$.Result', ResultPath: path.replace(/^\$\[/, '$.['), End: true };
      return runStates({ state }, input, { Result: result });
    },
  };
}

/** Every `name.$` field of a payload template with its text. */
export function dynamicFields(template: unknown): [field: string, text: string][] {
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([key, value]): [string, string][] =>
    key.endsWith('.$') && typeof value === 'string' ? [[key, value]] : dynamicFields(value),
  );
}

/** Why the local AWS does not evaluate `text`; undefined when it does. */
export function unsupportedExpression(text: string): string | undefined {
  try {
    for (const path of pathsOf(parse(text))) {
      if (/\[\s*\?|\[\s*\(|\.\.|[~^]/.test(path)) return `filters and descent in the JSONPath ${path}`;
    }
    return undefined;
  } catch (error) {
    return `'${text}': ${(error as Error).message}`;
  }
}

/** A path as the library has to be given it, for a context of `rootOf`. */
export const rooted = (path: string) => (path.startsWith('$$') ? `$$.Cloud${path.slice(2)}` : `$$.Input${path.slice(1)}`);
export const rootOf = ({ input, context }: Scope) => ({ Cloud: context, Input: input });

/** Runs `states`, of which the first is `state`, in the library. Throws a StateError. */
export async function runStates(states: Record<string, unknown>, input: unknown, context: Record<string, unknown>): Promise<unknown> {
  const definition = { StartAt: 'state', States: states } as unknown as StateMachineDefinition;
  try {
    return await new StateMachine(definition, { validationOptions: { noValidate: true } }).run(input as never, { context }).result;
  } catch (error) {
    const { name, message } = (error as Error).cause as Error;
    throw name.startsWith('States.') ? new StateError(name, message) : runtimeError(message);
  }
}

const parse = (text: string): Expression => (text.startsWith('$') ? { path: text } : parseIntrinsic(text));

async function queryAll(places: Place[], scope: Scope): Promise<unknown[]> {
  if (places.length === 0) return [];
  const parameters = Object.fromEntries(places.map(({ path }, index) => [`${index}.$`, rooted(path)]));
  try {
    const values = await runStates({ state: { Type: 'Pass', Parameters: parameters, End: true } }, null, rootOf(scope));
    return places.map((_, index) => (values as Record<string, unknown>)[index]);
  } catch (error) {
    const missing = places.find(({ path }) => (error as StateError).cause?.includes(`'${rooted(path)}'`));
    throw missing ? notFound(missing, scope) : error;
  }
}

/** A path to many values: the library does not tell none from an error, AWS answers an empty array. */
async function queryMany(place: Place, scope: Scope): Promise<unknown> {
  try {
    return (await queryAll([place], scope))[0];
  } catch {
    return [];
  }
}

/** `path` up to its first wildcard, slice or union. */
function definitePart(path: string): string {
  const end = path.search(/\.\*|\[\s*\*|\[[^\]'"]*[:,]/);
  return end === -1 ? path : path.slice(0, end);
}

function notFound({ field, path }: Place, { input }: Scope): StateError {
  return runtimeError(
    `The JSONPath '${path}' specified for the field '${field}' could not be found in the input '${JSON.stringify(input)}'`,
  );
}

function fill(template: unknown, evaluate: (text: string) => unknown): unknown {
  if (Array.isArray(template)) return template.map((item) => fill(item, evaluate));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$') && typeof value === 'string' ? [key.slice(0, -2), evaluate(value)] : [key, fill(value, evaluate)],
    ),
  );
}
