import { functionArn } from './function-name.ts';
import type { FunctionRecord, LambdaState, VersionRecord } from './records.ts';

/** A version as AWS's `FunctionConfiguration`. `qualifier` is the one its ARN carries: none for the function itself. */
export function toConfiguration(
  state: LambdaState,
  fn: FunctionRecord,
  record: VersionRecord,
  qualifier?: string,
): Record<string, unknown> {
  const { SnapStart, Layers, Environment, ...settings } = record.settings;
  return {
    FunctionName: fn.name,
    FunctionArn: functionArn(state.ground, qualifier ? { name: fn.name, qualifier } : { name: fn.name }),
    Version: record.version,
    RevisionId: record.revisionId,
    CodeSha256: record.code.sha256,
    CodeSize: record.code.zip.length,
    LastModified: toLambdaDate(record.lastModifiedMs),
    PackageType: 'Zip',
    ...settings,
    ...(Environment && { Environment: { Variables: Environment.Variables ?? {} } }),
    ...(Array.isArray(Layers) && { Layers: Layers.map((arn: string) => ({ Arn: arn, CodeSize: 0 })) }),
    SnapStart: { ApplyOn: 'None', ...(SnapStart as object | undefined), OptimizationStatus: 'Off' },
    RuntimeVersionConfig: { RuntimeVersionArn: `arn:aws:lambda:${state.ground.region}::runtime:${settings.Runtime}` },
    ...stateOf(record),
  };
}

function stateOf({ state, lastUpdateStatus }: VersionRecord): Record<string, string> {
  if (state === 'Pending') return { State: state, StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
  if (lastUpdateStatus === 'Successful') return { State: state, LastUpdateStatus: lastUpdateStatus };
  return {
    State: state,
    LastUpdateStatus: lastUpdateStatus,
    LastUpdateStatusReason: 'The function is being created.',
    LastUpdateStatusReasonCode: 'Creating',
  };
}

/** Lambda writes its dates as 2026-01-31T12:00:00.000+0000. */
export const toLambdaDate = (ms: number) => new Date(ms).toISOString().replace('Z', '+0000');
