import type { FunctionVersion } from './preflight.ts';

/** What Lambda answers of one version of a function (GetFunction, PublishVersion), as far as it is named here. */
export interface FoundConfiguration {
  Version?: string;
  CodeSha256?: string;
  Role?: string;
  DeadLetterConfig?: { TargetArn?: string };
  State?: string;
  StateReason?: string;
  LastUpdateStatus?: string;
  Timeout?: number;
  SnapStart?: { ApplyOn?: string };
}

/** A version as a release compares it. Throws nothing: Lambda names version, code and role of every version. */
export function toVersion(found: FoundConfiguration): FunctionVersion {
  return {
    version: found.Version!,
    codeSha256: found.CodeSha256!,
    role: found.Role!,
    deadLetterArn: found.DeadLetterConfig?.TargetArn,
    state: found.State,
    stateReason: found.StateReason,
    lastUpdateStatus: found.LastUpdateStatus,
    timeoutSeconds: found.Timeout,
    configuration: JSON.stringify(sortKeys(withoutIdentity(found))),
  };
}

/** What differs between two versions that do the same. */
const IDENTITY = new Set<string>([
  '$metadata',
  'Version',
  'FunctionArn',
  'Description',
  'LastModified',
  'RevisionId',
  'MasterArn',
  'CodeSize',
  'CodeSha256',
  'Role',
  'State',
  'StateReason',
  'StateReasonCode',
  'LastUpdateStatus',
  'LastUpdateStatusReason',
  'LastUpdateStatusReasonCode',
  'ConfigSha256',
  'RuntimeVersionConfig',
  'SigningJobArn',
  'SigningProfileVersionArn',
  'SnapStart',
  'DurableConfig',
]);

function withoutIdentity(found: FoundConfiguration): Record<string, unknown> {
  const kept: Record<string, unknown> = Object.fromEntries(Object.entries(found).filter(([key]) => !IDENTITY.has(key)));
  // $LATEST and a published version say differently whether SnapStart is on yet.
  return { ...kept, SnapStart: found.SnapStart?.ApplyOn ?? 'None' };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
