import { ServiceError } from '../service.ts';

/** CloudFormation's one name for all that is wrong with a request. */
export const validation = (message: string) => new ServiceError('ValidationError', message);

/** The same for what a template says that is wrong, or not supported here. */
export function asValidation<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ServiceError ? error : validation(error instanceof Error ? error.message : String(error));
  }
}

export function readName(value: unknown, member: string): string {
  if (typeof value === 'string' && value !== '') return value;
  const shown = value === undefined ? 'null' : `'${value}'`;
  throw validation(`1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: Member must not be null`);
}
