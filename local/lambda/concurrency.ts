import { type RestCall, type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { functionNotFound, invalidParameter } from './function-errors.ts';
import { functionArn, readFunctionName } from './function-name.ts';
import type { LambdaState } from './records.ts';
import { checkRange } from './settings.ts';

/** "Lambda quotas": concurrent executions of an account. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ACCOUNT_CONCURRENCY = 1000;
export const LEAST_UNRESERVED = 100;

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
