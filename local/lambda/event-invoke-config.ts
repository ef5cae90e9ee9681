import { type RestCall, type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { invalidParameter, notFound, unsupported } from './function-errors.ts';
import { functionArn, readReference } from './function-name.ts';
import type { EventInvokeConfig, FunctionRecord, LambdaState } from './records.ts';
import { checkRange } from './settings.ts';

/** How asynchronous invocations of a function, version or alias are retried. */
export function eventInvokeConfigRoutes(state: LambdaState): Route[] {
  const { ground } = state;

  const put: RestOperation = (call) => {
    const { fn, qualifier } = targetOf(call);
    const hasTarget = fn && (qualifier === '$LATEST' || fn.aliases.has(qualifier) || fn.versions.has(qualifier));
    if (!hasTarget) throw notFound("The function doesn't exist.");
    const input = readJson(call, ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig']);
    const config: EventInvokeConfig = { lastModifiedMs: ground.clock.nowMs() };
    if (isGiven(input.MaximumRetryAttempts)) {
      checkRange(input.MaximumRetryAttempts, 'maximumRetryAttempts', 0, 2);
      config.maximumRetryAttempts = input.MaximumRetryAttempts as number;
    }
    if (isGiven(input.MaximumEventAgeInSeconds)) {
      checkRange(input.MaximumEventAgeInSeconds, 'maximumEventAgeInSeconds', 60, 21_600);
      config.maximumEventAgeSeconds = input.MaximumEventAgeInSeconds as number;
    }
    refuseDestinations(input.DestinationConfig);
    if (!isGiven(input.MaximumRetryAttempts) && !isGiven(input.MaximumEventAgeInSeconds) && !isGiven(input.DestinationConfig)) {
      throw invalidParameter('You must specify at least one of error handling or destination setting.');
    }
    fn.eventInvokeConfigs.set(qualifier, config);
    return { status: 200, body: toAnswer(fn, qualifier, config) };
  };

  const get: RestOperation = (call) => {
    const { fn, qualifier, config } = configOf(call);
    return { status: 200, body: toAnswer(fn, qualifier, config) };
  };

  const remove: RestOperation = (call) => {
    const { fn, qualifier } = configOf(call);
    fn.eventInvokeConfigs.delete(qualifier);
    return { status: 204 };
  };

  const targetOf = (call: RestCall) => {
    const { name, qualifier = '$LATEST' } = readReference(ground, call.path.FunctionName!, call.query.get('Qualifier'));
    return { name, fn: state.functions.get(name), qualifier };
  };

  const configOf = (call: RestCall) => {
    const { name, fn, qualifier } = targetOf(call);
    const config = fn?.eventInvokeConfigs.get(qualifier);
    if (!fn || !config) throw notFound(`The function ${functionArn(ground, { name, qualifier })} doesn't have an EventInvokeConfig`);
    return { fn, qualifier, config };
  };

  const toAnswer = (fn: FunctionRecord, qualifier: string, config: EventInvokeConfig) => ({
    FunctionArn: functionArn(ground, { name: fn.name, qualifier }),
    LastModified: config.lastModifiedMs / 1000,
    MaximumRetryAttempts: config.maximumRetryAttempts,
    MaximumEventAgeInSeconds: config.maximumEventAgeSeconds,
    DestinationConfig: { OnSuccess: {}, OnFailure: {} },
  });

  const path = '/2019-09-25/functions/{FunctionName}/event-invoke-config';
  return [
    ['PUT', path, put],
    ['GET', path, get],
    ['DELETE', path, remove],
  ];
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

function refuseDestinations(destinations: unknown): void {
  for (const [name, { Destination }] of Object.entries((destinations ?? {}) as Record<string, { Destination?: string }>)) {
    if (Destination) throw unsupported(`DestinationConfig.${name}.Destination (${Destination})`);
  }
}
