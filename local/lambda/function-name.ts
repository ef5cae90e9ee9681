import { type Ground, ServiceError } from '../service.ts';
import { invalidParameter, invalidValue } from './function-errors.ts';

/** A function, a version of it or an alias, by name. */
export interface FunctionReference {
  name: string;
  /** A version, `$LATEST` or an alias. */
  qualifier?: string;
}

const REFERENCE =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;
const NAME_PATTERN =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
const QUALIFIER = /^(\$LATEST|[a-zA-Z0-9-_]{1,128})$/;

/** Reads a name, a partial ARN or a full ARN, with or without a qualifier; `qualifier` is the one given beside it. */
export function readReference(ground: Ground, functionName: string, qualifier?: string | null): FunctionReference {
  const match = REFERENCE.exec(functionName);
  if (!match) throw invalidValue(functionName, 'functionName', `Member must satisfy regular expression pattern: ${NAME_PATTERN}`);
  const [, region, accountId, name, derived] = match;
  if (name!.length > 64) throw invalidValue(functionName, 'functionName', 'Member must have length less than or equal to 64');
  if (region && region !== ground.region) {
    throw new ServiceError(
      'ResourceNotFoundException',
      `Functions from '${region}' are not reachable in this region ('${ground.region}')`,
      404,
    );
  }
  if (accountId && accountId !== ground.accountId) {
    throw new ServiceError('AccessDeniedException', `the local AWS has no account but ${ground.accountId}: ${functionName}`, 403);
  }
  if (qualifier && !QUALIFIER.test(qualifier)) {
    throw invalidValue(qualifier, 'qualifier', 'Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)');
  }
  if (derived && qualifier && derived !== qualifier) {
    throw invalidParameter('The derived qualifier from the function name does not match the specified qualifier.');
  }
  const named = derived ?? (qualifier || undefined);
  return named ? { name: name!, qualifier: named } : { name: name! };
}

/** Like `readReference`, for operations on the function as a whole. */
export function readFunctionName(ground: Ground, functionName: string): string {
  const { name, qualifier } = readReference(ground, functionName);
  if (qualifier) {
    throw invalidParameter(
      'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
    );
  }
  return name;
}

export function functionArn(ground: Ground, { name, qualifier }: FunctionReference): string {
  return `arn:aws:lambda:${ground.region}:${ground.accountId}:function:${name}${qualifier ? `:${qualifier}` : ''}`;
}

export const isVersionNumber = (qualifier: string) => /^\d+$/.test(qualifier);
