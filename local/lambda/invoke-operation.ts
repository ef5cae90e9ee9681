import { handOver } from '../faults.ts';
import type { RestCall, RestOperation, RestReply, Route } from '../rest-protocol.ts';
import type { AsyncInvocations } from './async-invocation.ts';
import { conflict, invalidValue, unsupported } from './function-errors.ts';
import { readReference } from './function-name.ts';
import { type InvocationRequest, type RunInvocation, readPayload } from './invocation.ts';
import { findFunction, findVersion, type LambdaState } from './records.ts';

export function invokeRoutes(state: LambdaState, run: RunInvocation, queue: AsyncInvocations): Route[] {
  const invoke: RestOperation = async (call) => {
    const reference = readReference(state.ground, call.path.FunctionName!, call.query.get('Qualifier'));
    for (const header of ['x-amz-client-context', 'x-amz-tenant-id', 'x-amz-durable-execution-name']) {
      if (call.headers[header]) throw unsupported(`the header ${header}`);
    }
    const type = call.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    const requestId = state.ground.newId();
    const request = (kind: 'RequestResponse' | 'Event'): InvocationRequest => ({
      reference,
      payload: readPayload(call.body, kind),
      requestId,
      ...(call.headers['x-amzn-trace-id'] && { traceId: call.headers['x-amzn-trace-id'] }),
    });

    if (type === 'RequestResponse') return answer(run, request(type), call);
    const headers = { 'x-amzn-requestid': requestId };
    if (type === 'Event') {
      const delivery = { from: 'lambda', what: 'asynchronous request', target: reference.name } as const;
      queue.enqueue(request(type), (start) => handOver(state.ground, delivery, start));
      return { status: 202, headers };
    }
    if (type === 'DryRun') {
      const { state: versionState } = findVersion(state, findFunction(state, reference), reference.qualifier);
      if (versionState === 'Pending') throw conflict('The function is currently in the following state: Pending');
      return { status: 204, headers };
    }
    throw invalidValue(type, 'invocationType', 'Member must satisfy enum value set: [Event, RequestResponse, DryRun]');
  };

  return [['POST', '/2015-03-31/functions/{FunctionName}/invocations', invoke]];
}

async function answer(run: RunInvocation, request: InvocationRequest, call: RestCall): Promise<RestReply> {
  const { executedVersion, functionError, payload, logTail } = await run(request);
  return {
    status: 200,
    headers: {
      'x-amzn-requestid': request.requestId,
      'x-amz-executed-version': executedVersion,
      ...(functionError && { 'x-amz-function-error': functionError }),
      ...(call.headers['x-amz-log-type'] === 'Tail' && { 'x-amz-log-result': Buffer.from(logTail).toString('base64') }),
    },
    body: payload,
  };
}
