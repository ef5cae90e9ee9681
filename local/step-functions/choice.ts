import { rooted, rootOf, runStates, type Scope } from './expressions.ts';

export type ChoiceRule = Record<string, unknown>;

/** The name of the state that a Choice state goes to. Throws a StateError. */
export async function choose(choices: readonly ChoiceRule[], otherwise: string | undefined, scope: Scope): Promise<string> {
  const targets = choices.map(({ Next }, index): [string, unknown] => [`target ${index}`, Next]);
  if (otherwise !== undefined) targets.push(['default', otherwise]);
  const states = {
    state: {
      Type: 'Choice',
      Choices: choices.map((choice, index) => ({ ...asTheLibraryReads(choice), Next: `target ${index}` })),
      Default: otherwise === undefined ? undefined : 'default',
    },
    ...Object.fromEntries(targets.map(([name, next]) => [name, { Type: 'Pass', Result: next, End: true }])),
  };
  return (await runStates(states, null, rootOf(scope))) as string;
}

/**
 * The library takes `IsPresent: false` and its like for never, compares across types, and knows `?` as a wildcard.
 * In the Amazon States Language a type test may be false, a comparison across types is, and only `*` is a wildcard.
 */
function asTheLibraryReads(rule: ChoiceRule): ChoiceRule {
  if (Array.isArray(rule.And)) return { And: rule.And.map(asTheLibraryReads) };
  if (Array.isArray(rule.Or)) return { Or: rule.Or.map(asTheLibraryReads) };
  if (rule.Not) return { Not: asTheLibraryReads(rule.Not as ChoiceRule) };
  const operator = operatorOf(rule);
  const Variable = rooted(rule.Variable as string);
  const operand = rule[operator];
  if (operator.startsWith('Is')) {
    const test = { Variable, [operator]: true };
    return operand === true ? test : { Not: test };
  }
  if (operator.endsWith('Path')) return guarded(operator, Variable, { Variable, [operator]: rooted(operand as string) });
  if (operator === 'StringMatches') {
    return guarded(operator, Variable, { Variable, StringMatches: (operand as string).replace(/[?[\]{}()!+@]/g, '\\$&') });
  }
  return guarded(operator, Variable, { Variable, [operator]: operand });
}

/** The comparison or type test of a rule. */
export function operatorOf(rule: ChoiceRule): string {
  return Object.keys(rule).find((key) => key !== 'Variable' && key !== 'Next' && key !== 'Comment') ?? '';
}

function guarded(operator: string, Variable: string, rule: ChoiceRule): ChoiceRule {
  const type = /^(String|Numeric|Boolean|Timestamp)/.exec(operator)?.[1];
  return { And: [{ Variable, [`Is${type}`]: true }, rule] };
}
