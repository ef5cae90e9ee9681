import { randomUUID } from 'node:crypto';
import { ServiceError, type WireRequest, type WireResponse, type WireService } from './service.ts';

/** One operation: parsed request in, answer out. `undefined` answers an empty object. Errors are thrown as `ServiceError`. */
// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire has no type until the operation has checked it
export type Operation = (input: any, request: WireRequest) => unknown;

export interface JsonProtocol {
  /** What stands before the dot in `x-amz-target`, such as `AWSEvents`. */
  prefix: string;
  version: '1.0' | '1.1';
  operations: Record<string, Operation>;
  /** For a service that once spoke the query protocol (CloudWatch): the older names of its errors, which older SDKs go by. */
  queryErrors?: Record<string, string>;
}

/** A service over AWS JSON 1.0 or 1.1: `x-amz-target` names the operation, bodies are JSON, errors carry `__type`. */
export function createJsonService({ prefix, version, operations, queryErrors }: JsonProtocol): Required<WireService> {
  const contentType = `application/x-amz-json-${version}`;
  const byName = new Map(Object.entries(operations));
  const run = async (request: WireRequest): Promise<unknown> => {
    const name = operationName(request, prefix);
    const operation = byName.get(name);
    if (!operation) throw new ServiceError('UnknownOperationException', `the local AWS does not support ${prefix}.${name}`);
    return operation(parseJsonObject(request.body), request);
  };
  return {
    inputOf: ({ body }) => parseJsonObject(body),
    async handle(request) {
      try {
        return jsonResponse(200, (await run(request)) ?? {}, contentType);
      } catch (error) {
        return jsonError(toServiceError(error), { contentType, queryErrors });
      }
    },
  };
}

/** `body` as a JSON object; an empty body is an empty object. Throws SerializationException. */
export function parseJsonObject(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('SerializationException', 'The request body is not valid JSON');
  }
  if (!isObject(parsed)) throw new ServiceError('SerializationException', 'The request body must be a JSON object');
  return parsed;
}

export function jsonResponse(status: number, body: unknown, contentType = 'application/json'): WireResponse {
  return {
    status,
    headers: { 'content-type': contentType, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(body),
  };
}

/** An error as services with a JSON protocol write it. */
export function jsonError(
  error: ServiceError,
  { contentType, queryErrors }: { contentType?: string; queryErrors?: Record<string, string> } = {},
): WireResponse {
  const { code, message, status, fields } = error;
  const response = jsonResponse(status, { __type: code, message, ...fields }, contentType);
  if (queryErrors) response.headers['x-amzn-query-error'] = queryErrorHeader(error, queryErrors);
  return response;
}

/** The header from which SDKs take the older name of an error. */
export const queryErrorHeader = ({ code, status }: ServiceError, queryErrors: Record<string, string>) =>
  `${queryErrors[code] ?? code};${status < 500 ? 'Sender' : 'Receiver'}`;

/** What the caller may know of `error`: a service's own words, or that the service failed. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  return new ServiceError('InternalFailure', error instanceof Error ? error.message : String(error), 500);
}

export type Fields = Record<string, unknown>;

export const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A ValidationException with `message`. */
export const invalid = (message: string) => new ServiceError('ValidationException', message);

/** Refuses, by name, whatever `input` holds that is not `known`. `where` leads the message, such as an operation's name. */
export function refuseUnknownKeys(input: object, known: readonly string[], where: string): void {
  for (const [key, value] of Object.entries(input)) {
    const isAbsent = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
    if (!isAbsent && !known.includes(key)) throw invalid(`${where}: the local AWS does not support ${key}`);
  }
}

/** The text at `key`, in AWS's words when it is missing or out of bounds. */
export function readText(
  input: Fields,
  key: string,
  { min = 1, max = 1024, pattern }: { min?: number; max?: number; pattern?: RegExp } = {},
) {
  const value = input[key];
  if (value === undefined || value === null) throw constraint(null, key, 'not be null');
  if (typeof value !== 'string') throw constraint(value, key, 'be a string');
  if (value.length < min) throw constraint(value, key, `have length greater than or equal to ${min}`);
  if (value.length > max) throw constraint(value, key, `have length less than or equal to ${max}`);
  if (pattern && !pattern.test(value)) throw constraint(value, key, `satisfy regular expression pattern: ${pattern.source}`);
  return value;
}

/** The text at `key` when it is one of `values`. */
export function readOneOf<T extends string>(input: Fields, key: string, values: readonly T[]): T {
  const value = input[key];
  if (typeof value !== 'string' || !values.includes(value as T)) {
    throw constraint(value ?? null, key, `satisfy enum value set: [${values.join(', ')}]`);
  }
  return value as T;
}

/** The whole number at `key` when it lies between `min` and `max`. */
export function readInteger(input: Fields, key: string, { min, max }: { min: number; max: number }): number {
  const value = input[key];
  if (typeof value !== 'number' || !Number.isInteger(value)) throw constraint(value ?? null, key, 'be a whole number');
  if (value < min) throw constraint(value, key, `have value greater than or equal to ${min}`);
  if (value > max) throw constraint(value, key, `have value less than or equal to ${max}`);
  return value;
}

/** The list at `key`, empty when absent. */
export function readList(input: Fields, key: string, { min = 0, max = Number.POSITIVE_INFINITY }: { min?: number; max?: number } = {}) {
  const value = input[key] ?? [];
  if (!Array.isArray(value)) throw constraint(value, key, 'be a list');
  if (value.length < min) throw constraint(value, key, `have length greater than or equal to ${min}`);
  if (value.length > max) throw constraint(value, key, `have length less than or equal to ${max}`);
  return value as unknown[];
}

/** AWS's words for a member of a request that breaks a rule. */
export function constraint(value: unknown, key: string, rule: string) {
  const shown = value === null ? 'null' : `'${typeof value === 'string' ? value : JSON.stringify(value)}'`;
  const member = key.charAt(0).toLowerCase() + key.slice(1);
  return invalid(`1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: Member must ${rule}`);
}

function operationName(request: WireRequest, prefix: string): string {
  const target = request.headers['x-amz-target'] ?? '';
  if (request.method === 'POST' && target.startsWith(`${prefix}.`)) return target.slice(prefix.length + 1);
  const given = target || `${request.method} ${request.path}`;
  throw new ServiceError('UnknownOperationException', `the local AWS does not know the operation ${given} of ${prefix}`);
}
