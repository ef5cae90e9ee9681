import { ServiceError } from '../service.ts';

/** Lambda's errors, in its own words. */

export const functionNotFound = (arn: string) => notFound(`Function not found: ${arn}`);

export const notFound = (message: string) => new ServiceError('ResourceNotFoundException', message, 404);

export const conflict = (message: string) => new ServiceError('ResourceConflictException', message, 409);

export const invalidParameter = (message: string) => new ServiceError('InvalidParameterValueException', message);

/** A value that the request's schema does not allow. */
export const invalidValue = (value: unknown, member: string, constraint: string) =>
  new ServiceError(
    'ValidationException',
    `1 validation error detected: Value '${typeof value === 'object' ? JSON.stringify(value) : value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );

/** What AWS has and the local AWS has not. */
export const unsupported = (what: string) => invalidParameter(`The local AWS does not support ${what}`);

export const revisionMismatch = () =>
  new ServiceError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    412,
  );

/** Throws when `expected` was given and is not the revision that `current` has. */
export function checkRevision(current: { revisionId: string }, expected: unknown): void {
  if (expected !== undefined && expected !== null && expected !== current.revisionId) throw revisionMismatch();
}

/** As Lambda writes an error: ResourceNotFoundException alone spells its message with a capital. */
export function toErrorBody({ code, status, message, fields }: ServiceError): Record<string, unknown> {
  const text = code === 'ResourceNotFoundException' ? { Message: message } : { message };
  return { Type: status < 500 ? 'User' : 'Service', ...text, ...fields };
}
