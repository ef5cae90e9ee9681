/** `npm run diagram`: draws the state machine into the README, so that the picture is never older than the flow. */
import { readFileSync, writeFileSync } from 'node:fs';

export const ASL_FILE = 'statemachines/release.asl.json';
export const README_FILE = 'README.md';
const BEGIN = '<!-- diagram:begin -->';
const END = '<!-- diagram:end -->';

export interface StateMachine {
  StartAt: string;
  States: Record<string, State>;
}

interface State {
  Type: string;
  Next?: string;
  Default?: string;
  Choices?: Rule[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
}

/** One comparison of a Choice, of what may not be there with the question whether it is before it. */
type Rule = { Next: string } & Comparison;
type Comparison = Record<string, unknown>;

interface Edge {
  from: string;
  to: string;
  label?: string;
  isCatch: boolean;
}

/** The machine as a Mermaid flowchart: full lines are the flow, dashed ones are what happens when a state fails. */
export function drawDiagram({ StartAt, States }: StateMachine): string {
  const ids = nameNodes(Object.keys(States));
  // The flow before the failures: Mermaid lays out in the order of what it reads.
  const edges = Object.entries(States)
    .flatMap(([name, state]) => edgesOf(name, state))
    .sort((a, b) => Number(a.isCatch) - Number(b.isCatch));
  return [
    'flowchart TD',
    `  start(( )) --> ${ids.get(StartAt)}`,
    ...Object.entries(States).map(([name, state]) => `  ${ids.get(name)}${drawNode(name, state)}`),
    ...edges.map(({ from, to, label, isCatch }) => {
      const arrow = isCatch ? '-.->' : '-->';
      return `  ${ids.get(from)} ${arrow}${label ? `|"${quote(label)}"|` : ''} ${ids.get(to)}`;
    }),
  ].join('\n');
}

/** The README with another diagram between its markers. Throws when it has no place for one. */
export function placeDiagram(readme: string, diagram: string): string {
  const [before, rest, ...more] = readme.split(BEGIN);
  const after = rest?.split(END);
  if (rest === undefined || after?.length !== 2 || more.length > 0) {
    throw new Error(`${README_FILE} has no place for the diagram: write ${BEGIN} and ${END} where it belongs, once each, in this order`);
  }
  return `${before}${BEGIN}\n\n\`\`\`mermaid\n${diagram}\n\`\`\`\n\n${END}${after[1]}`;
}

/** State names have spaces and question marks, and Mermaid's ids must not. */
function nameNodes(names: string[]): Map<string, string> {
  const ids = new Map(names.map((name) => [name, name.replace(/\W+/g, '_').replace(/_$/, '')]));
  if (new Set(ids.values()).size < ids.size) throw new Error('two states have the same name but for spaces and signs: rename one');
  return ids;
}

function drawNode(name: string, { Type }: State): string {
  const text = quote(name);
  if (Type === 'Choice') return `{"${text}"}`;
  if (Type === 'Succeed') return `(["✓ ${text}"])`;
  if (Type === 'Fail') return `(["✗ ${text}"])`;
  return Type === 'Task' ? `["${text}"]` : `("${text}")`;
}

function edgesOf(from: string, { Next, Choices = [], Default, Catch = [] }: State): Edge[] {
  const chosen = Choices.map((rule) => ({ from, to: rule.Next, label: describeRule(rule), isCatch: false }));
  const labels = chosen.map(({ label }) => label);
  // The other side of a single yes or no is named too.
  const otherwise = labels.length === 1 && labels[0] === 'no' ? 'yes' : labels.length === 1 && labels[0] === 'yes' ? 'no' : 'otherwise';
  return [
    ...(Next ? [{ from, to: Next, isCatch: false }] : []),
    ...chosen,
    ...(Default ? [{ from, to: Default, label: otherwise, isCatch: false }] : []),
    ...Catch.map(({ ErrorEquals, Next: to }) => ({ from, to, label: describeErrors(ErrorEquals), isCatch: true })),
  ];
}

/** What the rule compares with: the Choice's own name says what is compared. */
function describeRule({ Next, ...rule }: Rule): string {
  const { Variable, ...comparison } = withoutGuard(rule);
  const [[operator, value] = [undefined, undefined], ...more] = Object.entries(comparison);
  if (typeof Variable !== 'string' || operator === undefined || more.length > 0) {
    throw new Error(`the rule that leads to ${Next} is not one comparison: teach scripts/diagram.ts to draw it`);
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return /Equals$/.test(operator) ? String(value) : `${operator} ${value}`;
}

/** A comparison with what is not there fails an execution, so `IsPresent` stands before it: the picture has no need of that. */
function withoutGuard(rule: Comparison): Comparison {
  const { And, ...rest } = rule;
  const [guard, comparison, ...more] = (And ?? []) as Comparison[];
  const isGuarded =
    guard?.IsPresent === true && guard.Variable === comparison?.Variable && more.length === 0 && Object.keys(rest).length === 0;
  return isGuarded ? comparison! : rule;
}

const describeErrors = (names: string[]) =>
  names.includes('States.ALL') ? undefined : names.map((name) => name.replace(/^States\./, '')).join(', ');

const quote = (text: string) => text.replaceAll('"', '#quot;');

if (import.meta.main) {
  try {
    const readme = readFileSync(README_FILE, 'utf8');
    const drawn = placeDiagram(readme, drawDiagram(JSON.parse(readFileSync(ASL_FILE, 'utf8')) as StateMachine));
    if (drawn !== readme) writeFileSync(README_FILE, drawn);
    console.log(drawn === readme ? `The diagram in ${README_FILE} is up to date.` : `Drew ${ASL_FILE} into ${README_FILE}.`);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    console.error(
      isMissing
        ? `${(error as NodeJS.ErrnoException).path} does not exist; npm run diagram runs in the root of the project`
        : (error as Error).message,
    );
    process.exitCode = 1;
  }
}
