import { ServiceError } from '../service.ts';

const MAX_NAME_LENGTH = 80;
// AWS: no white space, brackets, wildcards, the special characters " # % \ ^ | ~ ` $ & , ; : / or control characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: AWS names them
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/;

/** Throws InvalidName. */
export function checkName(name: unknown): string {
  if (typeof name !== 'string' || name.length < 1 || name.length > MAX_NAME_LENGTH || FORBIDDEN.test(name)) {
    throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
  }
  return name;
}

/** Throws InvalidArn, or ValidationException when it is missing. */
export function checkArn(arn: unknown, kind: 'stateMachine' | 'execution'): string {
  if (arn === undefined || arn === null) throw new ServiceError('ValidationException', `${kind}Arn is required`);
  const isArn = typeof arn === 'string' && new RegExp(`^arn:aws[\\w-]*:states:[\\w-]+:\\d{12}:${kind}:`).test(arn);
  if (!isArn) throw new ServiceError('InvalidArn', `Invalid Arn: '${arn}'`);
  return arn;
}

/** Throws ValidationException. */
export function checkLength(value: unknown, field: string, max: number): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > max) {
    throw new ServiceError('ValidationException', `1 validation error detected: '${field}' must be a string of at most ${max} characters`);
  }
  return value;
}
