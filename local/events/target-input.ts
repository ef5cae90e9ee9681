import { type Fields, invalid, isObject, readText, refuseUnknownKeys } from '../json-protocol.ts';
import type { BusEvent } from '../service.ts';

/** Where the payload of a target comes from: the event itself when neither is given. */
export interface TargetInput {
  Input?: string;
  InputPath?: string;
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
}

/** The input settings of a target as it was put. At most one of the three may be given. */
export function readTargetInput(target: Fields): TargetInput {
  const given = ['Input', 'InputPath', 'InputTransformer'].filter((key) => target[key] != null);
  if (given.length > 1) throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${target.Id}.`);
  if (target.Input != null) return { Input: readJson(target) };
  if (target.InputPath != null) return { InputPath: checkPath(readText(target, 'InputPath', { max: 256 })) };
  if (isObject(target.InputTransformer)) return { InputTransformer: readTransformer(target.InputTransformer) };
  return {};
}

/** The JSON that the target gets for `event`. */
export function payloadFor(input: TargetInput, event: BusEvent, rule: { arn: string; name: string }, ingestedAt: string): string {
  if (input.Input !== undefined) return input.Input;
  if (input.InputPath !== undefined) return JSON.stringify(follow(input.InputPath, event) ?? null);
  if (!input.InputTransformer) return JSON.stringify(event);
  const variables = new Map<string, unknown>([
    ['aws.events.rule-arn', rule.arn],
    ['aws.events.rule-name', rule.name],
    ['aws.events.event', event],
    ['aws.events.event.json', JSON.stringify(event)],
    ['aws.events.event.ingestion-time', ingestedAt],
  ]);
  for (const [name, path] of Object.entries(input.InputTransformer.InputPathsMap ?? {})) variables.set(name, follow(path, event));
  return fillTemplate(input.InputTransformer.InputTemplate, variables);
}

function readJson(target: Fields): string {
  const text = readText(target, 'Input', { max: 8192 });
  try {
    JSON.parse(text);
  } catch {
    throw invalid(`Invalid input for target ${target.Id}: JSON syntax error in input for target.`);
  }
  return text;
}

function readTransformer(transformer: Fields): TargetInput['InputTransformer'] {
  refuseUnknownKeys(transformer, ['InputPathsMap', 'InputTemplate'], 'InputTransformer');
  const paths: Record<string, string> = {};
  for (const [name, path] of Object.entries((transformer.InputPathsMap as Fields | undefined) ?? {})) {
    if (name.startsWith('AWS.') || name.startsWith('aws.')) throw invalid(`InputPathsMap: ${name} is a reserved name`);
    paths[name] = checkPath(String(path));
  }
  return { InputPathsMap: paths, InputTemplate: readText(transformer, 'InputTemplate', { max: 8192 }) };
}

const STEP = /\.([\w-]+)|\[(\d+)\]/g;

function checkPath(path: string): string {
  if (!/^\$(\.[\w-]+|\[\d+\])*$/.test(path)) throw invalid(`the local AWS does not support the JSON path ${path}`);
  return path;
}

function follow(path: string, event: unknown): unknown {
  let value = event;
  for (const [, name, index] of path.matchAll(STEP)) {
    value = (value as Record<string, unknown> | undefined | null)?.[(name ?? index)!];
  }
  return value;
}

/** Within quotes a variable stands as text that EventBridge does not escape, outside them as JSON. Without a value it leaves nothing. */
function fillTemplate(template: string, variables: Map<string, unknown>): string {
  let isQuoted = false;
  return template.replace(/\\.|"|<([\w.-]+)>/gs, (token, name: string | undefined) => {
    if (token === '"') isQuoted = !isQuoted;
    if (name === undefined || !variables.has(name)) return token;
    const value = variables.get(name);
    if (value === undefined) return '';
    if (!isQuoted) return JSON.stringify(value);
    return typeof value === 'string' ? value : JSON.stringify(JSON.stringify(value)).slice(1, -1);
  });
}
