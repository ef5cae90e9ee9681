import { Buffer } from 'node:buffer';
import { invalidParameter, invalidValue, unsupported } from './function-errors.ts';

/** The configuration of a function, under AWS's names. What the local AWS does not act on it keeps and gives back. */
export interface Settings {
  Runtime: string;
  Handler: string;
  Role: string;
  Description: string;
  Timeout: number;
  MemorySize: number;
  Environment?: { Variables?: Record<string, string> };
  DeadLetterConfig?: { TargetArn?: string };
  [other: string]: unknown;
}

/** Members of CreateFunction and UpdateFunctionConfiguration that become settings. */
export const SETTING_NAMES = [
  'Runtime',
  'Handler',
  'Role',
  'Description',
  'Timeout',
  'MemorySize',
  'Environment',
  'DeadLetterConfig',
  'VpcConfig',
  'KMSKeyArn',
  'TracingConfig',
  'Layers',
  'FileSystemConfigs',
  'EphemeralStorage',
  'SnapStart',
  'LoggingConfig',
] as const;

/** Members that would change how requests are run in ways that the local AWS does not know. */
export const UNSUPPORTED_SETTINGS = ['ImageConfig', 'TenancyConfig', 'CapacityProviderConfig', 'DurableConfig', 'PublishTo'] as const;

const ROLE = /^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/;
const RUNTIME = /^nodejs\d+\.x$/;
const LONGEST_ENVIRONMENT_BYTES = 4096;
const RESERVED_VARIABLES = [
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
];

/** The settings of a new function. Throws when one is missing or not allowed. */
export function newSettings(input: Record<string, unknown>, functionName: string): Settings {
  refuseUnsupported(input);
  if (!input.Runtime || !input.Handler) {
    throw invalidParameter('Runtime and Handler are mandatory parameters for functions created with deployment packages.');
  }
  if (!input.Role) throw invalidValue(null, 'role', 'Member must not be null');
  const defaults = {
    Description: '',
    Timeout: 3,
    MemorySize: 128,
    TracingConfig: { Mode: 'PassThrough' },
    EphemeralStorage: { Size: 512 },
    Architectures: ['x86_64'],
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${functionName}` },
  };
  return changedSettings({ ...defaults, ...readArchitectures(input) } as unknown as Settings, input);
}

/** `settings` with what `input` changes. Throws when a value is not allowed. */
export function changedSettings(settings: Settings, input: Record<string, unknown>): Settings {
  refuseUnsupported(input);
  const changed: Settings = { ...settings };
  for (const name of SETTING_NAMES) {
    const value = input[name];
    if (value !== undefined && value !== null) (changed as Record<string, unknown>)[name] = value;
  }
  checkSettings(changed);
  return changed;
}

export function readArchitectures({ Architectures: value }: Record<string, unknown>): { Architectures?: string[] } {
  if (value === undefined || value === null) return {};
  const isOne = Array.isArray(value) && value.length === 1 && ['x86_64', 'arm64'].includes(value[0]);
  if (!isOne) throw invalidValue(value, 'architectures', 'Member must satisfy enum value set: [x86_64, arm64]');
  return { Architectures: value };
}

function refuseUnsupported(input: Record<string, unknown>): void {
  for (const name of UNSUPPORTED_SETTINGS) {
    if (input[name] !== undefined && input[name] !== null) throw unsupported(name);
  }
  if (input.PackageType === 'Image') throw unsupported('PackageType Image');
}

function checkSettings({ Role, Runtime, Handler, Timeout, MemorySize, Description, SnapStart, Environment }: Settings): void {
  if (!ROLE.test(Role)) {
    throw invalidValue(
      Role,
      'role',
      'Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
    );
  }
  if (!RUNTIME.test(Runtime)) throw unsupported(`the runtime ${Runtime}: it runs nodejs`);
  if (typeof Handler !== 'string' || !/^\S{1,128}$/.test(Handler)) {
    throw invalidValue(Handler, 'handler', 'Member must satisfy regular expression pattern: [^\\s]+');
  }
  checkRange(Timeout, 'timeout', 1, 900);
  checkRange(MemorySize, 'memorySize', 128, 10_240);
  if (String(Description).length > 256) {
    throw invalidValue(Description, 'description', 'Member must have length less than or equal to 256');
  }
  if ((SnapStart as { ApplyOn?: string } | undefined)?.ApplyOn === 'PublishedVersions') {
    throw invalidParameter(`${Runtime} is not supported for SnapStart enabled functions.`);
  }
  checkEnvironment(Environment?.Variables ?? {});
}

export function checkRange(value: unknown, member: string, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw invalidValue(value, member, `Member must have value greater than or equal to ${least}`);
  }
  if ((value as number) > most) throw invalidValue(value, member, `Member must have value less than or equal to ${most}`);
}

function checkEnvironment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name) && !RESERVED_VARIABLES.includes(name)) {
      throw invalidValue(name, 'environment.variables', 'Map keys must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+');
    }
    if (typeof value !== 'string') throw invalidValue(value, `environment.variables.${name}`, 'Member must be a string');
  }
  const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLES.includes(name));
  if (reserved.length) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > LONGEST_ENVIRONMENT_BYTES) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${measured}`,
    );
  }
}
