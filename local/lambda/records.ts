import type { Statement } from '../iam/policy.ts';
import type { Ground } from '../service.ts';
import { conflict, functionNotFound } from './function-errors.ts';
import { type FunctionReference, functionArn } from './function-name.ts';
import type { HostedVersion } from './host.ts';
import type { Allocation } from './provisioned-concurrency.ts';
import type { Runtimes } from './runtimes.ts';
import type { Settings } from './settings.ts';

/** What the operations of the Lambda service share. */
export interface LambdaState {
  ground: Ground;
  functions: Map<string, FunctionRecord>;
  /** The next version number by function name, kept when a function is deleted: AWS never gives a number twice. */
  nextVersions: Map<string, number>;
  runtimes: Runtimes;
  /** Cloud time that a new version, or an update of `$LATEST`, takes to become ready. */
  activeAfterMs: () => number;
  /** Of provisioned concurrency that somebody asks for. */
  allocation: () => Allocation;
}

export interface ProvisionedConcurrency {
  requested: number;
  lastModifiedMs: number;
  status: 'IN_PROGRESS' | 'READY' | 'FAILED';
  /** Why it is FAILED. */
  statusReason?: string;
}

export interface FunctionRecord {
  name: string;
  latest: VersionRecord;
  /** Published versions by number, oldest first. */
  versions: Map<string, VersionRecord>;
  aliases: Map<string, AliasRecord>;
  tags: Record<string, string>;
  reservedConcurrency?: number;
  /** Requests that are running now, over all versions. */
  running: number;
  /** By version or alias. */
  provisioned: Map<string, ProvisionedConcurrency>;
  /** By version or alias; `$LATEST` when none was named. */
  eventInvokeConfigs: Map<string, EventInvokeConfig>;
  /** Statements by version or alias; `$LATEST` stands for the function itself. */
  policies: Map<string, PolicyStatement[]>;
}

export interface VersionRecord {
  /** A number, or `$LATEST`. */
  version: string;
  settings: Settings;
  code: { zip: Uint8Array; sha256: string };
  revisionId: string;
  lastModifiedMs: number;
  state: 'Pending' | 'Active';
  lastUpdateStatus: 'Successful' | 'InProgress';
  /** What requests run: while `$LATEST` is being updated, still the code and settings from before. */
  serving?: HostedVersion;
  /** Of a published version: what `$LATEST` was when it was published. */
  publishedFrom?: string;
}

export interface AliasRecord {
  name: string;
  functionVersion: string;
  description: string;
  /** Weight from 0 to 1 by version: one at most. */
  weights: Record<string, number>;
  revisionId: string;
}

export interface EventInvokeConfig {
  maximumRetryAttempts?: number;
  maximumEventAgeSeconds?: number;
  lastModifiedMs: number;
}

export interface PolicyStatement extends Statement {
  Sid: string;
}

/** Throws ResourceNotFoundException. */
export function findFunction(state: LambdaState, reference: FunctionReference): FunctionRecord {
  const found = state.functions.get(reference.name);
  if (!found) throw functionNotFound(functionArn(state.ground, reference));
  return found;
}

/** The version that a qualifier names, by itself or as an alias's own version. Throws ResourceNotFoundException. */
export function findVersion(state: LambdaState, fn: FunctionRecord, qualifier = '$LATEST'): VersionRecord {
  if (qualifier === '$LATEST') return fn.latest;
  const alias = fn.aliases.get(qualifier);
  const found = alias?.functionVersion === '$LATEST' ? fn.latest : fn.versions.get(alias?.functionVersion ?? qualifier);
  if (!found) throw functionNotFound(functionArn(state.ground, { name: fn.name, qualifier }));
  return found;
}

/** Makes what the record says be what requests run, at once or after `activeAfterMs`. Becoming ready changes the revision, as on AWS. */
export function makeReady(state: LambdaState, fn: FunctionRecord, record: VersionRecord): void {
  const { ground } = state;
  const ready = () => {
    const before = record.serving;
    record.serving = toHostedVersion(state, fn, record);
    record.state = 'Active';
    record.lastUpdateStatus = 'Successful';
    if (before) state.runtimes.retire(before);
  };
  const activeAfterMs = state.activeAfterMs();
  if (activeAfterMs === 0) {
    ready();
    return;
  }
  if (record.serving) record.lastUpdateStatus = 'InProgress';
  else record.state = 'Pending';
  ground.clock.at(ground.clock.nowMs() + activeAfterMs, () => {
    record.revisionId = ground.newId();
    ready();
  });
}

/** Throws ResourceConflictException while the function is being created or updated. */
export function checkNotBusy(state: LambdaState, fn: FunctionRecord): void {
  const { latest } = fn;
  if (latest.state === 'Pending') {
    throw conflict('The operation cannot be performed at this time. The function is currently in the following state: Pending');
  }
  if (latest.lastUpdateStatus === 'InProgress') {
    throw conflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(state.ground, { name: fn.name })}`,
    );
  }
}

function toHostedVersion({ ground }: LambdaState, fn: FunctionRecord, { version, settings, code }: VersionRecord): HostedVersion {
  return {
    functionName: fn.name,
    version,
    functionArn: functionArn(ground, { name: fn.name, qualifier: version }),
    handler: settings.Handler,
    runtime: settings.Runtime,
    memoryMb: settings.MemorySize,
    timeoutSeconds: settings.Timeout,
    environment: settings.Environment?.Variables ?? {},
    role: settings.Role,
    codeSha256: code.sha256,
    zip: code.zip,
  };
}
