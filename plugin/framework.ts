import type { Credentials } from '../client/sign.ts';

/** The framework as far as the plugin touches it, the same in osls 4 and Serverless 3; and who it is. */

export interface FunctionObject {
  /** As deployed: "shop-prod-orders". */
  name: string;
  release?: unknown;
  events?: Record<string, unknown>[];
  image?: unknown;
  url?: unknown;
  package?: { artifact?: string; individually?: boolean };
  provisionedConcurrency?: unknown;
  snapStart?: unknown;
  durableConfig?: unknown;
  /** A CloudFormation condition (osls). */
  condition?: string;
  versionFunction?: boolean;
  /** What event sources and permissions of the function are pointed at. */
  targetAlias?: { name: string; logicalId: string };
}

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  Condition?: string;
}

export interface Template {
  Resources: Record<string, Resource>;
}

type SdkV2Credentials = Credentials & { getPromise(): Promise<void> };

export interface Provider {
  naming: {
    getNormalizedFunctionName(key: string): string;
    getLambdaLogicalId(key: string): string;
    getFunctionArtifactName(key: string): string;
    getServiceArtifactName(): string;
  };
  getRegion(): string;
  /** osls 4. */
  getAwsSdkV3Config?(): Promise<{ credentials(): Promise<Credentials>; requestHandler?: unknown }>;
  /** Serverless 3, of the AWS SDK v2; osls 4 has one that throws. Without a profile or variables there are none: the SDK's own chain finds them. */
  getCredentials?(): { credentials?: SdkV2Credentials };
  sdk?: { CredentialProviderChain: new () => { resolvePromise(): Promise<SdkV2Credentials> } };
}

export interface Serverless {
  version?: string;
  serviceDir?: string;
  service: {
    custom?: Record<string, unknown>;
    provider: { name: string; compiledCloudFormationTemplate: Template };
    package: { path?: string; artifact?: string; individually?: boolean };
    getAllFunctions(): string[];
    getFunction(key: string): FunctionObject;
  };
  configSchemaHandler?: {
    defineCustomProperties(schema: object): void;
    defineFunctionProperties(provider: string, schema: object): void;
  };
  classes: { Error: new (message: string, code: string) => Error };
  getProvider(name: 'aws'): Provider;
}

export interface Options {
  package?: string | null;
  /** False with --no-release. */
  release?: boolean | null;
  detach?: boolean | null;
  'new-urls'?: boolean | null;
  again?: boolean | null;
}

/** What the framework hands a plugin to write with. */
export interface Writers {
  log: Record<'notice' | 'warning' | 'error', (text: string) => void>;
  progress: { get(name: string): { remove(): void }; clear?(): void };
}

/** Why the plugin cannot work with this framework; undefined where it can. */
export function findUnfitFramework(
  { version, service, configSchemaHandler }: Serverless,
  provider: Provider | undefined,
): string | undefined {
  const works = 'It works with osls 4 (npm install --save-dev osls@4) and with Serverless 3.';
  if (service.provider.name !== 'aws')
    return `Teal releases AWS Lambda functions, and this service's provider is ${service.provider.name}.`;
  const isOsls4 = typeof provider?.getAwsSdkV3Config === 'function';
  const isServerless3 = /^3\./.test(version ?? '') && typeof provider?.getCredentials === 'function';
  if ((isOsls4 || isServerless3) && configSchemaHandler) return undefined;
  const found = /^4\./.test(version ?? '') ? `Serverless ${version} of serverless.com` : `Serverless ${version ?? 'of an unknown version'}`;
  return `Teal's plugin does not know this framework: it found ${found}. ${works}`;
}

/** The credentials that the framework deploys with; asked again they are fresh. */
export async function credentialsOf(provider: Provider): Promise<() => Promise<Credentials>> {
  if (provider.getAwsSdkV3Config) return (await provider.getAwsSdkV3Config()).credentials;
  const credentials = provider.getCredentials!().credentials ?? (await new provider.sdk!.CredentialProviderChain().resolvePromise());
  return async () => {
    await credentials.getPromise();
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    return { accessKeyId, secretAccessKey, sessionToken };
  };
}
