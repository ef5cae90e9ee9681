import { type RestCall, type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { ServiceError } from '../service.ts';
import { ACCOUNT_CONCURRENCY, LEAST_UNRESERVED } from './concurrency.ts';
import { invalidParameter } from './function-errors.ts';
import { functionArn, readFunctionName, readReference } from './function-name.ts';
import { pageOf } from './paging.ts';
import { findFunction, findVersion, type LambdaState, type ProvisionedConcurrency } from './records.ts';
import { checkRange } from './settings.ts';

/** How the environments that somebody asks for come about. */
export interface Allocation {
  /** Cloud time until they are there, or until Lambda gives up. */
  afterMs: number;
  /** Why Lambda gives up: the configuration becomes FAILED with this reason. */
  failure?: string;
}

/** "Provisioned concurrency does not come online immediately after you configure it. Lambda starts allocating it after a minute or two of preparation." */
export const USUAL_ALLOCATION: Allocation = { afterMs: 60_000 };

/** Provisioned concurrency: in progress, then ready or failed, in cloud time; the host starts instances when requests come all the same. */
export function provisionedConcurrencyRoutes(state: LambdaState): Route[] {
  const { ground } = state;

  const put: RestOperation = (call) => {
    const { fn, qualifier } = targetOf(call);
    const { ProvisionedConcurrentExecutions: requested } = readJson(call, ['ProvisionedConcurrentExecutions']);
    checkRange(requested, 'provisionedConcurrentExecutions', 1, Number.MAX_SAFE_INTEGER);
    if ((requested as number) > (fn.reservedConcurrency ?? ACCOUNT_CONCURRENCY - LEAST_UNRESERVED)) {
      throw invalidParameter('Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function');
    }
    const provisioned: ProvisionedConcurrency = {
      requested: requested as number,
      lastModifiedMs: ground.clock.nowMs(),
      status: 'IN_PROGRESS',
    };
    fn.provisioned.set(qualifier, provisioned);
    const { afterMs, failure } = state.allocation();
    ground.clock.at(ground.clock.nowMs() + afterMs, () => {
      provisioned.status = failure === undefined ? 'READY' : 'FAILED';
      provisioned.statusReason = failure;
    });
    return { status: 202, body: toAnswer(provisioned) };
  };

  const getOrList: RestOperation = (call) => {
    if (call.query.get('List') === 'ALL') return list(call);
    const { fn, qualifier } = targetOf(call);
    const provisioned = fn.provisioned.get(qualifier);
    if (!provisioned) {
      throw new ServiceError(
        'ProvisionedConcurrencyConfigNotFoundException',
        'No Provisioned Concurrency Config found for this function',
        404,
      );
    }
    return { status: 200, body: toAnswer(provisioned) };
  };

  const list: RestOperation = (call) => {
    const fn = findFunction(state, { name: readFunctionName(ground, call.path.FunctionName!) });
    const { page, NextMarker } = pageOf([...fn.provisioned.keys()], call.query, (qualifier) => qualifier);
    const configs = page.map((qualifier) => ({
      FunctionArn: functionArn(ground, { name: fn.name, qualifier }),
      ...toAnswer(fn.provisioned.get(qualifier)!),
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

  const toAnswer = ({ requested, lastModifiedMs, status, statusReason }: ProvisionedConcurrency) => {
    const there = status === 'READY' ? requested : 0;
    return {
      RequestedProvisionedConcurrentExecutions: requested,
      AvailableProvisionedConcurrentExecutions: there,
      AllocatedProvisionedConcurrentExecutions: there,
      Status: status,
      ...(statusReason !== undefined && { StatusReason: statusReason }),
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
