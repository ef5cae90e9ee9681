import { invalidParameter, invalidValue } from './function-errors.ts';
import { functionArn, isVersionNumber } from './function-name.ts';
import { type AliasRecord, type FunctionRecord, findFunction, findVersion, type LambdaState, type VersionRecord } from './records.ts';

/** Where one request goes. */
export interface RoutedRequest {
  fn: FunctionRecord;
  version: VersionRecord;
  /** Set when an alias chose the version. */
  alias?: AliasRecord;
  /** The ARN as it was asked for. */
  invokedArn: string;
}

/** Follows a name to a version; an alias with weights picks one at random for each request. Throws ResourceNotFoundException. */
export function route(state: LambdaState, reference: { name: string; qualifier?: string }): RoutedRequest {
  const fn = findFunction(state, reference);
  const invokedArn = functionArn(state.ground, reference);
  const alias = fn.aliases.get(reference.qualifier ?? '');
  if (!alias) return { fn, version: findVersion(state, fn, reference.qualifier), invokedArn };
  const [additional] = Object.entries(alias.weights);
  const isAdditional = additional !== undefined && state.ground.random() < additional[1];
  return { fn, version: findVersion(state, fn, isAdditional ? additional[0] : alias.functionVersion), alias, invokedArn };
}

/** Reads `RoutingConfig`: one additional version at most, its weight from 0 to 1. */
export function readWeights(routingConfig: unknown): Record<string, number> {
  const given = ((routingConfig ?? {}) as { AdditionalVersionWeights?: Record<string, number> | null }).AdditionalVersionWeights ?? {};
  const weights = Object.entries(given);
  if (weights.length > 1) throw invalidParameter('Number of items in AdditionalVersionWeights cannot be greater than 1');
  for (const [version, weight] of weights) {
    const shown = `{${version}=${Number.isInteger(weight) ? weight.toFixed(1) : weight}}`;
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= 1)) {
      throw invalidValue(
        shown,
        'routingConfig.additionalVersionWeights',
        'Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]',
      );
    }
    if (!isVersionNumber(version)) {
      throw invalidValue(
        shown,
        'routingConfig.additionalVersionWeights',
        'Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]',
      );
    }
  }
  return given;
}

/** Checks what an alias would name: versions that exist, two published ones at most, alike in role and dead-letter queue. */
export function checkRouting(state: LambdaState, fn: FunctionRecord, { functionVersion, weights }: AliasRecord): void {
  const primary = findVersion(state, fn, functionVersion);
  for (const version of Object.keys(weights)) {
    if (version === functionVersion) {
      throw invalidParameter(
        `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
      );
    }
    if (functionVersion === '$LATEST') {
      throw invalidParameter('$LATEST is not supported for an alias pointing to more than 1 version');
    }
    const additional = findVersion(state, fn, version);
    if (additional.settings.Role !== primary.settings.Role) {
      throw invalidParameter('Specified versions must be associated with the same execution role');
    }
    if ((additional.settings.DeadLetterConfig?.TargetArn || undefined) !== (primary.settings.DeadLetterConfig?.TargetArn || undefined)) {
      throw invalidParameter('Specified versions must be associated with the same dead letter queue');
    }
  }
}
