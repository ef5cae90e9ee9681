import { ServiceError } from '../service.ts';
import { type ChoiceRule, operatorOf } from './choice.ts';
import { dynamicFields, unsupportedExpression } from './expressions.ts';
import { schemaErrors } from './schema-errors.ts';

export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'NONE' | 'FULL';
}

export interface Catcher {
  ErrorEquals: string[];
  Next: string;
  ResultPath?: string | null;
}

/** A state as the definition gives it: which fields it has follows from its Type. */
export interface State {
  Type: 'Task' | 'Pass' | 'Wait' | 'Choice' | 'Succeed' | 'Fail';
  Next?: string;
  End?: boolean;
  InputPath?: string | null;
  OutputPath?: string | null;
  ResultPath?: string | null;
  Parameters?: unknown;
  ResultSelector?: unknown;
  Result?: unknown;
  Resource?: string;
  Retry?: Retrier[];
  Catch?: Catcher[];
  TimeoutSeconds?: number;
  TimeoutSecondsPath?: string;
  HeartbeatSeconds?: number;
  HeartbeatSecondsPath?: string;
  Seconds?: number;
  SecondsPath?: string;
  Timestamp?: string;
  TimestampPath?: string;
  Choices?: ChoiceRule[];
  Default?: string;
  Error?: string;
  ErrorPath?: string;
  Cause?: string;
  CausePath?: string;
}

export interface Definition {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds?: number;
}

export const LAMBDA_INVOKE = 'arn:aws:states:::lambda:invoke';
export const LAMBDA_INVOKE_WAIT = `${LAMBDA_INVOKE}.waitForTaskToken`;
const FUNCTION_ARN = /^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

const COMMON = ['Type', 'Comment', 'QueryLanguage', 'Next', 'End', 'InputPath', 'OutputPath'];
const FIELDS: Record<State['Type'], string[]> = {
  Task: [
    ...['Resource', 'Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'],
    ...['TimeoutSeconds', 'TimeoutSecondsPath', 'HeartbeatSeconds', 'HeartbeatSecondsPath'],
  ],
  Pass: ['Parameters', 'Result', 'ResultPath'],
  Wait: ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: ['Choices', 'Default'],
  Succeed: [],
  Fail: ['Error', 'ErrorPath', 'Cause', 'CausePath'],
};
const RETRIER = ['ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy', 'Comment'];
const CATCHER = ['ErrorEquals', 'Next', 'ResultPath', 'Comment'];
const INVOKE_PARAMETERS = ['FunctionName', 'Payload', 'Qualifier'];

/** Texts known to be right: who has one and the same deployed again and again has it checked once. */
const validated = new Set<string>();

/** Parses a definition. Throws InvalidDefinition, also for what the local AWS does not do. */
export function parseDefinition(text: string): Definition {
  const definition = parseJson(text);
  if (validated.has(text)) return definition;
  const wrong = schemaErrors(structuredClone(definition));
  if (wrong !== undefined) refuse(wrong);
  supportOnly('the state machine', definition, ['Comment', 'StartAt', 'States', 'TimeoutSeconds', 'Version', 'QueryLanguage']);
  refuseJsonata('the state machine', definition);
  for (const [name, state] of Object.entries(definition.States)) checkState(`the state ${name}`, state);
  validated.add(text);
  return definition;
}

function checkState(where: string, state: State): void {
  if (!FIELDS[state.Type]) refuse(`the local AWS does not support ${state.Type} states: ${where}`);
  refuseJsonata(where, state);
  supportOnly(where, state, [...COMMON, ...FIELDS[state.Type]]);
  if (state.Type === 'Task') checkTask(where, state);
  for (const rule of state.Choices ?? []) checkRule(where, rule);
  for (const [field, text] of [...dynamicFields(state.Parameters), ...dynamicFields(state.ResultSelector), ...pathFields(state)]) {
    const why = unsupportedExpression(text);
    if (why) refuse(`the local AWS does not support ${why}, in ${field} of ${where}`);
  }
}

function checkTask(where: string, state: State): void {
  const { Resource = '', Parameters, TimeoutSeconds, HeartbeatSeconds } = state;
  if (Resource === LAMBDA_INVOKE || Resource === LAMBDA_INVOKE_WAIT) {
    const names = Object.keys((Parameters ?? {}) as object).map((key) => key.replace(/\.\$$/, ''));
    if (!names.includes('FunctionName')) refuse(`the parameter FunctionName is required in ${where}`);
    const unknown = names.find((name) => !INVOKE_PARAMETERS.includes(name));
    if (unknown) refuse(`the local AWS does not support the parameter ${unknown} of ${Resource}, in ${where}`);
  } else if (!FUNCTION_ARN.test(Resource)) {
    refuse(`the local AWS does not support the resource ${Resource}, in ${where}`);
  }
  if (HeartbeatSeconds && TimeoutSeconds && HeartbeatSeconds >= TimeoutSeconds) {
    refuse(`HeartbeatSeconds must be smaller than TimeoutSeconds in ${where}`);
  }
  for (const retrier of state.Retry ?? []) supportOnly(`Retry of ${where}`, retrier, RETRIER);
  for (const catcher of state.Catch ?? []) supportOnly(`Catch of ${where}`, catcher, CATCHER);
  checkWildcard(`Retry of ${where}`, state.Retry ?? []);
  checkWildcard(`Catch of ${where}`, state.Catch ?? []);
}

/** AWS: States.ALL stands alone, and last. */
function checkWildcard(where: string, handlers: { ErrorEquals: string[] }[]): void {
  handlers.forEach(({ ErrorEquals }, index) => {
    if (ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || index < handlers.length - 1)) {
      refuse(`States.ALL must appear alone in ErrorEquals and in the last element of ${where}`);
    }
  });
}

function checkRule(where: string, rule: ChoiceRule): void {
  for (const nested of [rule.And, rule.Or, rule.Not].flat()) if (nested) checkRule(where, nested as ChoiceRule);
  const operator = operatorOf(rule);
  supportOnly(`a choice of ${where}`, rule, ['Variable', 'Next', 'Comment', operator]);
  const why = operator.endsWith('Path') ? unsupportedExpression(rule[operator] as string) : undefined;
  const whyVariable = typeof rule.Variable === 'string' ? unsupportedExpression(rule.Variable) : undefined;
  if (why ?? whyVariable) refuse(`the local AWS does not support ${why ?? whyVariable}, in ${where}`);
}

/** The fields of a state that hold one path or intrinsic function call. */
function pathFields(state: State): [field: string, text: string][] {
  return Object.entries(state).filter((entry): entry is [string, string] => entry[0].endsWith('Path') && typeof entry[1] === 'string');
}

function refuseJsonata(where: string, value: object): void {
  const { QueryLanguage = 'JSONPath' } = value as { QueryLanguage?: unknown };
  if (QueryLanguage !== 'JSONPath') refuse(`the local AWS does not support the query language ${QueryLanguage}, in ${where}`);
}

function supportOnly(where: string, value: object, known: string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown) refuse(`the local AWS does not support ${unknown}, in ${where}`);
}

function parseJson(text: string): Definition {
  try {
    const definition = JSON.parse(text);
    if (typeof definition === 'object' && definition !== null) return definition;
  } catch {}
  return refuse('the definition is not a JSON object');
}

function refuse(message: string): never {
  throw new ServiceError('InvalidDefinition', `Invalid State Machine Definition: '${message}'`);
}
