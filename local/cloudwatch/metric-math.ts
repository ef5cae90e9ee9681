import { invalid } from '../json-protocol.ts';
import { fill, MATH_FUNCTIONS, type MathScope } from './math-functions.ts';
import { combine, isSeries, isSeriesList, type MathValue, mapPoints, type Series } from './math-values.ts';

export type Evaluate = (scope: MathScope) => MathValue;

export interface MathExpression {
  evaluate: Evaluate;
  /** The ids that the expression names. */
  ids: ReadonlySet<string>;
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z][A-Za-z0-9_]*)|"([^"]*)"|'([^']*)'|(&&|\|\||==|!=|<=|>=|[-+*/^()[\],<>]))/y;

interface Token {
  kind: 'number' | 'word' | 'text' | 'sign' | 'end';
  text: string;
}

const truth = (holds: boolean) => (holds ? 1 : 0);

const COMPARISONS: Record<string, (a: number, b: number) => number> = {
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
};

/** Compiles a metric math expression. Throws a ValidationException that names a function that is not supported. */
export function compileMath(expression: string): MathExpression {
  const fail = (what: string) => invalid(`Error in expression '${expression}': ${what}`);
  if (/^\s*SELECT\s/i.test(expression)) throw fail('the local AWS does not support Metrics Insights queries');
  const tokens = tokenize(expression, fail);
  const ids = new Set<string>();
  let position = 0;

  const peek = () => tokens[position]!;
  const take = () => tokens[position++]!;
  const takes = (...texts: string[]) => (peek().kind !== 'text' && texts.includes(peek().text) ? take().text : undefined);
  const expect = (text: string) => {
    if (!takes(text)) throw fail(`expected ${text} instead of ${peek().text || 'the end'}`);
  };

  /** Operators of one precedence, applied from the left. */
  const chain = (next: () => Evaluate, operations: Record<string, (a: number, b: number) => number>) => (): Evaluate => {
    let left = next();
    for (let sign = takes(...Object.keys(operations)); sign; sign = takes(...Object.keys(operations))) {
      const [a, b, operation] = [left, next(), operations[sign]!];
      left = (scope) => combine(a(scope), b(scope), operation);
    }
    return left;
  };

  const power = (): Evaluate => {
    const base = primary();
    if (!takes('^')) return base;
    const exponent = unary();
    return (scope) => combine(base(scope), exponent(scope), (a, b) => a ** b);
  };
  const unary = (): Evaluate => {
    if (!takes('-')) return power();
    const operand = unary();
    return (scope) => mapPoints(operand(scope), (point) => -point);
  };
  const product = chain(unary, { '*': (a, b) => a * b, '/': (a, b) => a / b });
  const sum = chain(product, { '+': (a, b) => a + b, '-': (a, b) => a - b });
  const comparison = chain(sum, COMPARISONS);
  const and = (a: number, b: number) => truth(a !== 0 && b !== 0);
  const or = (a: number, b: number) => truth(a !== 0 || b !== 0);
  const conjunction = chain(comparison, { AND: and, '&&': and });
  const whole = chain(conjunction, { OR: or, '||': or });

  const list = (closing: string): Evaluate[] => {
    const items: Evaluate[] = [];
    while (!takes(closing)) {
      if (items.length) expect(',');
      items.push(whole());
    }
    return items;
  };

  function primary(): Evaluate {
    if (takes('(')) {
      const inner = whole();
      expect(')');
      return inner;
    }
    if (takes('[')) {
      const items = list(']');
      return (scope) => items.flatMap((item) => asSeriesList(item(scope)));
    }
    const token = take();
    if (token.kind === 'number') return () => Number(token.text);
    if (token.kind !== 'word') throw fail(`unexpected ${token.text || 'end'}`);
    if (takes('(')) return call(token.text);
    ids.add(token.text);
    return (scope) => {
      const value = scope.values.get(token.text);
      if (value === undefined) throw fail(`${token.text} is neither an Id of this request nor a function`);
      return value;
    };
  }

  function call(name: string): Evaluate {
    if (name === 'METRICS') {
      const part = peek().kind === 'text' ? take().text : '';
      expect(')');
      return (scope) => scope.metricIds.filter((id) => id.includes(part)).map((id) => scope.values.get(id) as Series);
    }
    if (name === 'FILL') {
      const series = whole();
      expect(',');
      const word = takes('REPEAT', 'LINEAR') as 'REPEAT' | 'LINEAR' | undefined;
      const filler = word ? () => word : whole();
      expect(')');
      return (scope) => fill(series(scope), filler(scope));
    }
    const run = Object.hasOwn(MATH_FUNCTIONS, name) ? MATH_FUNCTIONS[name] : undefined;
    if (!run) throw fail(`the local AWS does not support the function ${name}`);
    const args = list(')');
    return (scope) =>
      run(
        args.map((arg) => arg(scope)),
        scope,
      );
  }

  function asSeriesList(value: MathValue): Series[] {
    if (isSeriesList(value)) return value;
    if (!isSeries(value)) throw fail('an array takes time series only');
    return [value];
  }

  const evaluate = whole();
  if (peek().kind !== 'end') throw fail(`unexpected ${peek().text}`);
  return { evaluate, ids };
}

function tokenize(expression: string, fail: (what: string) => Error): Token[] {
  const tokens: Token[] = [];
  const text = expression.trim();
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw fail(`cannot read it from '${text.slice(at, at + 20)}'`);
    const [, number, word, double, single, sign] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'text', text: (double ?? single)! });
  }
  return [...tokens, { kind: 'end', text: '' }];
}
