import { invalid } from '../json-protocol.ts';
import type { StateValue } from './alarm.ts';

/** The rule of a composite alarm. */
export interface AlarmRule {
  /** The names or ARNs of the alarms that it looks at. */
  children: string[];
  holds(stateOf: (child: string) => StateValue): boolean;
}

type Holds = AlarmRule['holds'];

const TOKEN = /\s*(?:"([^"]*)"|([(),])|([^\s()",]+))/y;
const STATE_FUNCTIONS = ['ALARM', 'OK', 'INSUFFICIENT_DATA'];

/** Compiles an AlarmRule: ALARM("x"), OK(x), INSUFFICIENT_DATA(x), AND, OR, NOT, TRUE, FALSE and parentheses. */
export function compileAlarmRule(rule: string): AlarmRule {
  const fail = (what: string) => invalid(`AlarmRule must be a valid expression: ${what}`);
  const tokens = tokenize(rule, fail);
  const children = new Set<string>();
  let position = 0;

  const takes = (word: string) => {
    const token = tokens[position];
    if (token?.isQuoted || token?.text !== word) return false;
    position++;
    return true;
  };
  const expect = (word: string) => {
    if (!takes(word)) throw fail(`expected ${word} instead of ${tokens[position]?.text ?? 'the end'}`);
  };

  const either = (): Holds => {
    const parts = [both()];
    while (takes('OR')) parts.push(both());
    return (stateOf) => parts.some((part) => part(stateOf));
  };
  const both = (): Holds => {
    const parts = [negated()];
    while (takes('AND')) parts.push(negated());
    return (stateOf) => parts.every((part) => part(stateOf));
  };
  const negated = (): Holds => {
    if (!takes('NOT')) return single();
    const part = negated();
    return (stateOf) => !part(stateOf);
  };
  const single = (): Holds => {
    if (takes('TRUE')) return () => true;
    if (takes('FALSE')) return () => false;
    if (takes('(')) {
      const inner = either();
      expect(')');
      return inner;
    }
    const token = tokens[position++];
    if (!token) throw fail('it ends too early');
    if (token.isQuoted || !STATE_FUNCTIONS.includes(token.text)) throw fail(`the local AWS does not support ${token.text}`);
    expect('(');
    const child = tokens[position++];
    if (!child || (!child.isQuoted && '(),'.includes(child.text))) throw fail(`${token.text} needs the name of an alarm`);
    expect(')');
    children.add(child.text);
    return (stateOf) => stateOf(child.text) === token.text;
  };

  const holds = either();
  if (position < tokens.length) throw fail(`unexpected ${tokens[position]!.text}`);
  return { children: [...children], holds };
}

function tokenize(rule: string, fail: (what: string) => Error): { text: string; isQuoted: boolean }[] {
  const tokens: { text: string; isQuoted: boolean }[] = [];
  const text = rule.trim();
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw fail(`cannot read it from '${text.slice(at, at + 20)}'`);
    tokens.push({ text: (match[1] ?? match[2] ?? match[3])!, isQuoted: match[1] !== undefined });
  }
  return tokens;
}
