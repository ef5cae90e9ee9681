import { isLambdaArn, type RetryPolicy, readRetryPolicy } from '../events/delivery.ts';
import { constraint, type Fields, invalid, isObject, readOneOf, readText, refuseUnknownKeys } from '../json-protocol.ts';

/** A schedule as it was asked for, checked. */
export interface ScheduleSettings {
  ScheduleExpression: string;
  ScheduleExpressionTimezone: string;
  State: 'ENABLED' | 'DISABLED';
  FlexibleTimeWindow: { Mode: 'OFF' };
  ActionAfterCompletion: 'NONE' | 'DELETE';
  Target: { Arn: string; RoleArn: string; Input?: string; RetryPolicy?: RetryPolicy };
  Description?: string;
  /** Seconds since 1970, as the API writes times. */
  StartDate?: number;
  EndDate?: number;
}

const KEYS = [
  'Name',
  'GroupName',
  'ClientToken',
  'ScheduleExpression',
  'ScheduleExpressionTimezone',
  'State',
  'FlexibleTimeWindow',
  'ActionAfterCompletion',
  'Target',
  'Description',
  'StartDate',
  'EndDate',
];

export const SCHEDULE_NAME = { max: 64, pattern: /^[0-9a-zA-Z-_.]+$/ };

export function readSettings(input: Fields, operation: string): ScheduleSettings {
  refuseUnknownKeys(input, KEYS, operation);
  if (!isObject(input.FlexibleTimeWindow)) throw constraint(null, 'FlexibleTimeWindow', 'not be null');
  if (input.FlexibleTimeWindow.Mode !== 'OFF') {
    throw invalid(`the local AWS supports the FlexibleTimeWindow mode OFF only, not ${input.FlexibleTimeWindow.Mode}`);
  }
  refuseUnknownKeys(input.FlexibleTimeWindow, ['Mode'], 'FlexibleTimeWindow');
  const StartDate = readDate(input, 'StartDate');
  const EndDate = readDate(input, 'EndDate');
  if (StartDate !== undefined && EndDate !== undefined && EndDate <= StartDate) {
    throw invalid('The EndDate you specify must be later than the StartDate.');
  }
  return {
    ScheduleExpression: readText(input, 'ScheduleExpression', { max: 256 }),
    ScheduleExpressionTimezone:
      input.ScheduleExpressionTimezone == null ? 'UTC' : readText(input, 'ScheduleExpressionTimezone', { max: 50 }),
    State: input.State == null ? 'ENABLED' : readOneOf(input, 'State', ['ENABLED', 'DISABLED']),
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: input.ActionAfterCompletion == null ? 'NONE' : readOneOf(input, 'ActionAfterCompletion', ['NONE', 'DELETE']),
    Target: readTarget(input.Target),
    Description: input.Description == null ? undefined : readText(input, 'Description', { min: 0, max: 512 }),
    StartDate,
    EndDate,
  };
}

function readTarget(target: unknown): ScheduleSettings['Target'] {
  if (!isObject(target)) throw constraint(null, 'Target', 'not be null');
  refuseUnknownKeys(target, ['Arn', 'RoleArn', 'Input', 'RetryPolicy'], 'Target');
  const Arn = readText(target, 'Arn', { max: 1600 });
  if (!isLambdaArn(Arn)) throw invalid(`the local AWS schedules Lambda functions only, not ${Arn}`);
  const RoleArn = readText(target, 'RoleArn', { max: 1600, pattern: /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/ });
  const Input = target.Input == null ? undefined : readText(target, 'Input', { max: 262_144 });
  if (Input !== undefined && !isJson(Input))
    throw invalid('Invalid RequestJson provided. Reason The Input of the target must be well-formed JSON.');
  return { Arn, RoleArn, Input, RetryPolicy: readRetryPolicy(target) };
}

function readDate(input: Fields, key: string): number | undefined {
  const value = input[key];
  if (value == null) return undefined;
  if (typeof value !== 'number') throw constraint(value, key, 'be a time in seconds');
  return Math.floor(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
