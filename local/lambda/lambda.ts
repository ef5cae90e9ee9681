import type { IamOptions } from '../iam/iam.ts';
import type { CurrentRoles } from '../iam/passed-role.ts';
import { createRestService } from '../rest-protocol.ts';
import type { Ground, InvocationCall, Invoker, MetricSink, WireService } from '../service.ts';
import type { Tagged } from '../tagging.ts';
import { absentRoutes } from './absent.ts';
import { accountRoutes } from './account-settings.ts';
import { aliasRoutes } from './aliases.ts';
import { createAsyncInvocations } from './async-invocation.ts';
import { ACCOUNT_CONCURRENCY, reservedConcurrencyRoutes } from './concurrency.ts';
import { eventInvokeConfigRoutes } from './event-invoke-config.ts';
import { toErrorBody } from './function-errors.ts';
import { functionArn, readReference } from './function-name.ts';
import { functionRoutes } from './functions.ts';
import type { FunctionHost } from './host.ts';
import { createInvocations, type RunInvocation, readPayload } from './invocation.ts';
import { invokeRoutes } from './invoke-operation.ts';
import { permissionRoutes } from './permissions.ts';
import { type Allocation, provisionedConcurrencyRoutes, USUAL_ALLOCATION } from './provisioned-concurrency.ts';
import type { LambdaState } from './records.ts';
import { createRuntimes } from './runtimes.ts';
import { tagRoutes } from './tags.ts';
import { versionRoutes } from './versions.ts';

export interface LambdaOptions {
  metrics: MetricSink;
  host: FunctionHost;
  /** Cloud time from `Pending` to `Active`, and from an update's `InProgress` to `Successful`. Default 0: at once. */
  activeAfterMs?: () => number;
  /** How provisioned concurrency comes about; after a minute unless told. */
  allocation?: () => Allocation;
}

/** AWS Lambda: functions from zips, versions, aliases with weights, and requests to them. What it does not know it refuses by name. */
export function createLambda(
  ground: Ground,
  { metrics, host, activeAfterMs = () => 0, allocation = () => USUAL_ALLOCATION }: LambdaOptions,
): WireService &
  Invoker<Omit<InvocationCall, 'by'>> &
  Pick<IamOptions, 'policyOf'> &
  Pick<CurrentRoles, 'functionSettings'> & { tagged(): Tagged[]; close(): Promise<void> } {
  const state: LambdaState = {
    ground,
    functions: new Map(),
    nextVersions: new Map(),
    runtimes: createRuntimes(host),
    activeAfterMs,
    allocation,
  };
  const run = createInvocations(state, metrics);
  const queue = createAsyncInvocations(state, run);
  const answer: RunInvocation = async (request) => {
    const fn = state.functions.get(request.reference.name);
    if (fn) ground.quotas?.admitInvocation(fn, ACCOUNT_CONCURRENCY);
    return run(request);
  };

  const { handle } = createRestService({
    scope: 'lambda',
    name: 'Lambda',
    errorBody: toErrorBody,
    routes: [
      ...functionRoutes(state),
      ...versionRoutes(state),
      ...aliasRoutes(state),
      ...invokeRoutes(state, answer, queue),
      ...reservedConcurrencyRoutes(state),
      ...provisionedConcurrencyRoutes(state),
      ...accountRoutes(state),
      ...eventInvokeConfigRoutes(state),
      ...permissionRoutes(state),
      ...tagRoutes(state),
      ...absentRoutes(state),
    ],
  });

  return {
    handle,
    invoke: async ({ functionName, qualifier, payload }) =>
      answer({
        reference: readReference(ground, functionName, qualifier),
        payload: readPayload(payload, 'RequestResponse'),
        requestId: ground.newId(),
      }),
    invokeAsync: async ({ functionName, qualifier, payload }) =>
      queue.enqueue({
        reference: readReference(ground, functionName, qualifier),
        payload: readPayload(payload, 'Event'),
        requestId: ground.newId(),
      }),
    /** Every function with its tags, by name. */
    tagged: () =>
      [...state.functions.values()]
        .map(({ name, tags }) => ({ arn: functionArn(ground, { name }), tags }))
        .sort((a, b) => (a.arn < b.arn ? -1 : 1)),
    functionSettings: (name) => state.functions.get(name)?.latest.settings,
    policyOf(functionName, qualifier) {
      const reference = readReference(ground, functionName, qualifier);
      const Statement = state.functions.get(reference.name)?.policies.get(reference.qualifier ?? '$LATEST');
      return Statement?.length ? { Version: '2012-10-17', Statement } : undefined;
    },
    async close() {
      queue.close();
      await state.runtimes.close();
    },
  };
}
