import { BlockList, isIP } from 'node:net';
import { isObject } from '../json-protocol.ts';
import { ServiceError } from '../service.ts';

export type Scalar = string | number | boolean | null;

/** Whether one value of an event matches. */
export type ValueMatch = (value: Scalar) => boolean;

export const patternError = (reason: string) =>
  new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);

/** Compiles one element of a pattern's leaf, other than `exists`: a literal or an operator. Throws InvalidEventPatternException. */
export function compileValueMatch(element: unknown, path: string): ValueMatch {
  if (isScalar(element)) return (value) => value === element;
  if (!isObject(element)) throw patternError(`${path} may hold literals and match expressions only`);
  const [operator, operand] = onlyEntry(element, path);
  const compile = operators[operator];
  if (!compile) throw patternError(`Unrecognized match type ${operator}`);
  return compile(operand, path);
}

/** The single operator of a match expression with its operand. */
export function onlyEntry(expression: Record<string, unknown>, path: string): [string, unknown] {
  const entries = Object.entries(expression);
  if (entries.length !== 1) throw patternError(`${path}: a match expression holds exactly one operator`);
  return entries[0]!;
}

const operators: Record<string, (operand: unknown, path: string) => ValueMatch> = {
  prefix: (operand, path) => affix(operand, path, (value, part) => value.startsWith(part)),
  suffix: (operand, path) => affix(operand, path, (value, part) => value.endsWith(part)),
  'equals-ignore-case': (operand, path) => equalsIgnoringCase(text(operand, 'equals-ignore-case', path)),
  wildcard: (operand, path) => wildcard(text(operand, 'wildcard', path)),
  numeric: (operand, path) => numeric(operand, path),
  cidr: (operand, path) => cidr(text(operand, 'cidr', path), path),
  'anything-but': (operand, path) => anythingBut(operand, path),
};

function affix(operand: unknown, path: string, test: (value: string, part: string) => boolean): ValueMatch {
  if (!isObject(operand)) {
    const part = text(operand, 'prefix or suffix', path);
    return (value) => typeof value === 'string' && test(value, part);
  }
  const [operator, inner] = onlyEntry(operand, path);
  if (operator !== 'equals-ignore-case') throw patternError(`Unrecognized match type ${operator} in a prefix or suffix`);
  const part = text(inner, operator, path).toLowerCase();
  return (value) => typeof value === 'string' && test(value.toLowerCase(), part);
}

function equalsIgnoringCase(expected: string): ValueMatch {
  const lower = expected.toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase() === lower;
}

/** `*` stands for any characters; `\*` and `\\` are the characters themselves. */
function wildcard(pattern: string): ValueMatch {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === '*') {
      if (pattern[at + 1] === '*') throw patternError('Consecutive wildcard characters');
      source += '.*';
    } else if (char === '\\') {
      const escaped = pattern[++at];
      if (escaped !== '*' && escaped !== '\\') throw patternError('Invalid escape character in a wildcard');
      source += `\\${escaped}`;
    } else {
      source += char.replace(/[.+?^${}()|[\]\\/-]/, '\\$&');
    }
  }
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => typeof value === 'string' && expression.test(value);
}

const comparisons: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numeric(operand: unknown, path: string): ValueMatch {
  if (!Array.isArray(operand) || operand.length < 2 || operand.length > 4 || operand.length % 2) {
    throw patternError(`${path}: numeric takes one or two pairs of an operator and a number`);
  }
  const tests: ValueMatch[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const compare = comparisons[String(operand[at])];
    const bound: unknown = operand[at + 1];
    if (!compare) throw patternError(`Unrecognized numeric range operator: ${operand[at]}`);
    if (typeof bound !== 'number') throw patternError(`${path}: the bound of numeric ${operand[at]} must be a number`);
    tests.push((value) => typeof value === 'number' && compare(value, bound));
  }
  return (value) => tests.every((test) => test(value));
}

function cidr(range: string, path: string): ValueMatch {
  const [address = '', bits = ''] = range.split('/');
  const family = isIP(address);
  const limit = family === 6 ? 128 : 32;
  if (!family || !/^\d+$/.test(bits) || Number(bits) > limit) throw patternError(`${path}: malformed CIDR ${range}`);
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  return (value) => typeof value === 'string' && isIP(value) === family && block.check(value, family === 6 ? 'ipv6' : 'ipv4');
}

function anythingBut(operand: unknown, path: string): ValueMatch {
  const excluded = isObject(operand) ? exclusions(operand, path) : literals(operand, path);
  return (value) => !excluded.some((isExcluded) => isExcluded(value));
}

function literals(operand: unknown, path: string): ValueMatch[] {
  const values = Array.isArray(operand) ? operand : [operand];
  const type = typeof values[0];
  if ((type !== 'string' && type !== 'number') || values.some((value) => typeof value !== type)) {
    throw patternError(`${path}: anything-but takes a string, a number, or a list of only strings or only numbers`);
  }
  return values.map((excluded) => (value) => value === excluded);
}

const EXCLUDABLE = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'];

function exclusions(operand: Record<string, unknown>, path: string): ValueMatch[] {
  const [operator, inner] = onlyEntry(operand, path);
  if (!EXCLUDABLE.includes(operator)) throw patternError(`Unrecognized match type ${operator} in anything-but`);
  const parts = Array.isArray(inner) ? inner : [inner];
  if (parts.length === 0) throw patternError(`${path}: anything-but ${operator} must not be empty`);
  return parts.map((part) => operators[operator]!(text(part, operator, path), path));
}

function text(operand: unknown, operator: string, path: string): string {
  if (typeof operand !== 'string') throw patternError(`${path}: ${operator} takes a string`);
  return operand;
}

export const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
