import { type RestCall, type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { ServiceError } from '../service.ts';
import { functionNotFound, invalidParameter } from './function-errors.ts';
import { functionArn, readFunctionName, readReference } from './function-name.ts';
import { pageOf } from './paging.ts';
import { type FunctionRecord, findFunction, findVersion, type LambdaState } from './records.ts';
import { checkRange } from './settings.ts';

/** "Lambda quotas": concurrent executions of an account. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ACCOUNT_CONCURRENCY = 1000;
const LEAST_UNRESERVED = 100;

/** Reserved concurrency: enforced when requests are run. */
export function reservedConcurrencyRoutes(state: LambdaState): Route[] {
  const functionOf = (call: RestCall) => {
    const name = readFunctionName(state.ground, call.path.FunctionName!);
    const fn = state.functions.get(name);
    if (!fn) throw functionNotFound(functionArn(state.ground, { name, qualifier: '$LATEST' }));
    return fn;
  };
  const put: RestOperation = (call) => {
    const fn = functionOf(call);
    const { ReservedConcurrentExecutions: reserved } = readJson(call, ['ReservedConcurrentExecutions']);
    checkRange(reserved, 'reservedConcurrentExecutions', 0, Number.MAX_SAFE_INTEGER);
    const others = [...state.functions.values()].reduce((sum, other) => sum + (other === fn ? 0 : (other.reservedConcurrency ?? 0)), 0);
    if (others + (reserved as number) > ACCOUNT_CONCURRENCY - LEAST_UNRESERVED) {
      throw invalidParameter(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED}].`,
      );
    }
    fn.reservedConcurrency = reserved as number;
    return { status: 200, body: { ReservedConcurrentExecutions: reserved } };
  };
  const get: RestOperation = (call) => ({ status: 200, body: { ReservedConcurrentExecutions: functionOf(call).reservedConcurrency } });
  const remove: RestOperation = (call) => {
    delete functionOf(call).reservedConcurrency;
    return { status: 204 };
  };
  return [
    ['PUT', '/2017-10-31/functions/{FunctionName}/concurrency', put],
    ['DELETE', '/2017-10-31/functions/{FunctionName}/concurrency', remove],
    ['GET', '/2019-09-30/functions/{FunctionName}/concurrency', get],
  ];
}

/** Provisioned concurrency: kept and ready at once; the host starts instances when requests come. */
export function provisionedConcurrencyRoutes(state: LambdaState): Route[] {
  const { ground } = state;

  const put: RestOperation = (call) => {
    const { fn, qualifier } = targetOf(call);
    const { ProvisionedConcurrentExecutions: requested } = readJson(call, ['ProvisionedConcurrentExecutions']);
    checkRange(requested, 'provisionedConcurrentExecutions', 1, Number.MAX_SAFE_INTEGER);
    if ((requested as number) > (fn.reservedConcurrency ?? ACCOUNT_CONCURRENCY - LEAST_UNRESERVED)) {
      throw invalidParameter('Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function');
    }
    fn.provisioned.set(qualifier, { requested: requested as number, lastModifiedMs: ground.clock.nowMs() });
    return { status: 202, body: toAnswer(fn, qualifier) };
  };

  const getOrList: RestOperation = (call) => {
    if (call.query.get('List') === 'ALL') return list(call);
    const { fn, qualifier } = targetOf(call);
    if (!fn.provisioned.has(qualifier)) {
      throw new ServiceError(
        'ProvisionedConcurrencyConfigNotFoundException',
        'No Provisioned Concurrency Config found for this function',
        404,
      );
    }
    return { status: 200, body: toAnswer(fn, qualifier) };
  };

  const list: RestOperation = (call) => {
    const fn = findFunction(state, { name: readFunctionName(ground, call.path.FunctionName!) });
    const { page, NextMarker } = pageOf([...fn.provisioned.keys()], call.query, (qualifier) => qualifier);
    const configs = page.map((qualifier) => ({
      FunctionArn: functionArn(ground, { name: fn.name, qualifier }),
      ...toAnswer(fn, qualifier),
    }));
    return { status: 200, body: { ProvisionedConcurrencyConfigs: configs, NextMarker } };
  };

  const remove: RestOperation = (call) => {
    const { fn, qualifier } = targetOf(call);
    fn.provisioned.delete(qualifier);
    return { status: 204 };
  };

  const targetOf = (call: RestCall) => {
    const reference = readReference(ground, call.path.FunctionName!, call.query.get('Qualifier'));
    const { qualifier } = reference;
    const fn = findFunction(state, reference);
    if (!qualifier || qualifier === '$LATEST') {
      throw invalidParameter('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
    }
    const { version } = findVersion(state, fn, qualifier);
    if (version === '$LATEST') throw invalidParameter('Alias with FunctionVersion $LATEST cannot have Provisioned Concurrency.');
    return { fn, qualifier };
  };

  const toAnswer = (fn: FunctionRecord, qualifier: string) => {
    const { requested, lastModifiedMs } = fn.provisioned.get(qualifier)!;
    return {
      RequestedProvisionedConcurrentExecutions: requested,
      AvailableProvisionedConcurrentExecutions: requested,
      AllocatedProvisionedConcurrentExecutions: requested,
      Status: 'READY',
      LastModified: new Date(lastModifiedMs).toISOString().replace(/\.\d+Z$/, '+0000'),
    };
  };

  const path = '/2019-09-30/functions/{FunctionName}/provisioned-concurrency';
  return [
    ['PUT', path, put],
    ['GET', path, getOrList],
    ['DELETE', path, remove],
  ];
}
