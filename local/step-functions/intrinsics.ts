import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Ground } from '../service.ts';
import { StateError } from './state-error.ts';

/** A parsed intrinsic function call, or one of its arguments. */
export type Expression = { literal: unknown } | { path: string } | { call: string; args: Expression[] };

/** Where the intrinsic functions get what no input determines. */
export type Chance = Pick<Ground, 'random' | 'newId'>;

/** Parses `States.Format('{}', $.name)` and its like. Throws a SyntaxError. */
export function parseIntrinsic(text: string): Expression {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`the intrinsic function ${text} is not well formed at character ${at + 1}`);
  };
  const take = (pattern: RegExp): string | undefined => {
    const found = new RegExp(pattern, 'y');
    found.lastIndex = at;
    const match = found.exec(text)?.[0];
    at += match?.length ?? 0;
    return match;
  };
  const expression = (): Expression => {
    take(/\s*/);
    const quoted = take(/'(?:\\.|[^'\\])*'/);
    if (quoted !== undefined) return { literal: quoted.slice(1, -1) };
    const path = take(/\$(?:\['(?:\\.|[^'\\])*'\]|\[[^\]]*\]|[^\s,()[\]])*/);
    if (path !== undefined) return { path };
    const call = take(/States\.\w+(?=\()/);
    if (call !== undefined) return { call, args: args() };
    const scalar = take(/true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/);
    return scalar === undefined ? fail() : { literal: JSON.parse(scalar) };
  };
  const args = (): Expression[] => {
    take(/\(\s*/);
    if (take(/\)/)) return [];
    const list = [expression()];
    while (take(/\s*,/)) list.push(expression());
    return take(/\s*\)/) ? list : fail();
  };
  const parsed = expression();
  if (!('call' in parsed) || take(/\s*/) === undefined || at < text.length) fail();
  refuseUnknownCalls(parsed);
  return parsed;
}

/** Every path in `expression`. */
export function pathsOf(expression: Expression): string[] {
  if ('path' in expression) return [expression.path];
  return 'args' in expression ? expression.args.flatMap(pathsOf) : [];
}

/** Throws a StateError States.IntrinsicFailure, as AWS names it. */
export function evaluateIntrinsic(expression: Expression, resolved: (path: string) => unknown, chance: Chance): unknown {
  if ('path' in expression) return resolved(expression.path);
  // Only Format reads the escapes of its template itself: there an escaped brace is not a placeholder.
  if ('literal' in expression) return typeof expression.literal === 'string' ? unescaped(expression.literal) : expression.literal;
  const args = expression.args.map((arg, index) => {
    const isTemplate = expression.call === 'States.Format' && index === 0 && 'literal' in arg;
    return isTemplate ? arg.literal : evaluateIntrinsic(arg, resolved, chance);
  });
  try {
    return FUNCTIONS[expression.call]!(args, chance, expression.args);
  } catch (error) {
    throw new StateError(
      'States.IntrinsicFailure',
      `The function '${expression.call}' had the following error: ${(error as Error).message}`,
    );
  }
}

const MAX_TEXT_LENGTH = 10_000;
const MAX_RANGE_LENGTH = 1_000;
const HASHES: Record<string, string> = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };

const unescaped = (text: string) => text.replace(/\\(.)/gs, '$1');

// biome-ignore lint/suspicious/noExplicitAny: each function checks its own arguments
const FUNCTIONS: Record<string, (args: any[], chance: Chance, given: Expression[]) => unknown> = {
  'States.Format'([template, ...values], _chance, [first]) {
    check(typeof template === 'string', 'the template must be a string');
    const token = first && 'literal' in first ? /\\(.)|\{\}/gs : /\{\}/g;
    let used = 0;
    const text = template.replace(token, (_match: string, escaped: unknown) => {
      if (typeof escaped === 'string') return escaped;
      const value = values[used++];
      check(
        value !== undefined && (value === null || typeof value !== 'object'),
        'there must be a string, number, boolean or null for each {}',
      );
      return String(value);
    });
    check(used === values.length, 'there are more arguments than {}');
    return text;
  },
  'States.StringToJson': ([text]) => JSON.parse(asText(text)),
  'States.JsonToString': ([value]) => JSON.stringify(value),
  'States.Array': (args) => args,
  'States.ArrayPartition'([list, size]) {
    check(Number.isInteger(size) && size > 0, 'the chunk size must be a positive integer');
    return Array.from({ length: Math.ceil(asList(list).length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
  },
  'States.ArrayContains': ([list, value]) => asList(list).some((item) => isDeepStrictEqual(item, value)),
  'States.ArrayRange'([first, last, step]) {
    check([first, last, step].every(Number.isInteger) && step !== 0, 'it takes three integers, the last not 0');
    const length = Math.max(0, Math.floor((last - first) / step) + 1);
    check(length <= MAX_RANGE_LENGTH, `the range has more than ${MAX_RANGE_LENGTH} elements`);
    return Array.from({ length }, (_, index) => first + index * step);
  },
  'States.ArrayGetItem'([list, index]) {
    check(Number.isInteger(index) && index >= 0 && index < asList(list).length, 'the index is outside the array');
    return list[index];
  },
  'States.ArrayLength': ([list]) => asList(list).length,
  'States.ArrayUnique': ([list]) =>
    asList(list).filter((item, index) => list.findIndex((other: unknown) => isDeepStrictEqual(other, item)) === index),
  'States.Base64Encode': ([text]) => Buffer.from(asShortText(text)).toString('base64'),
  'States.Base64Decode': ([text]) => Buffer.from(asShortText(text), 'base64').toString(),
  'States.Hash'([value, algorithm]) {
    check(HASHES[algorithm] !== undefined, `the algorithm must be one of ${Object.keys(HASHES).join(', ')}`);
    return createHash(HASHES[algorithm]!)
      .update(asShortText(typeof value === 'string' ? value : JSON.stringify(value)))
      .digest('hex');
  },
  'States.JsonMerge'([one, other, isDeep]) {
    check(isObject(one) && isObject(other) && isDeep === false, 'it takes two objects and false: AWS merges no deeper');
    return { ...one, ...other };
  },
  'States.MathRandom'([from, to, ...more], { random }) {
    check(Number.isInteger(from) && Number.isInteger(to) && from < to, 'it takes two integers, the first the smaller');
    check(more.length === 0, 'the local AWS does not support a seed');
    return from + Math.floor(random() * (to - from));
  },
  'States.MathAdd'([one, other]) {
    check(typeof one === 'number' && typeof other === 'number', 'it takes two numbers');
    return Math.round(one) + Math.round(other);
  },
  'States.StringSplit'([text, separators]) {
    const marks = [...asText(separators)];
    return asText(text)
      .split(new RegExp(`[${marks.map((mark) => `\\u{${mark.codePointAt(0)!.toString(16)}}`).join('')}]`, 'u'))
      .filter((part) => part !== '');
  },
  'States.UUID': (_args, { newId }) => newId(),
};

function refuseUnknownCalls(expression: Expression): void {
  if (!('call' in expression)) return;
  if (!FUNCTIONS[expression.call]) throw new SyntaxError(`there is no intrinsic function ${expression.call}`);
  expression.args.forEach(refuseUnknownCalls);
}

function check(isRight: boolean, message: string): void {
  if (!isRight) throw new Error(message);
}

function asText(value: unknown): string {
  check(typeof value === 'string', 'it takes a string');
  return value as string;
}

function asShortText(value: unknown): string {
  check(asText(value).length <= MAX_TEXT_LENGTH, `it takes at most ${MAX_TEXT_LENGTH} characters`);
  return value as string;
}

function asList(value: unknown): unknown[] {
  check(Array.isArray(value), 'it takes an array');
  return value as unknown[];
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
