import { type Invocation, type Invoker, ServiceError } from '../service.ts';
import { LAMBDA_INVOKE_WAIT, type State } from './definition.ts';
import { runtimeError, StateError } from './state-error.ts';

/** What a Task state calls, and how the history names it. */
export interface LambdaTask {
  isDirect: boolean;
  waitsForToken: boolean;
  /** What leads the types of its events. */
  eventPrefix: 'LambdaFunction' | 'Task';
  /** What the details of its Task events begin with. */
  resource: { resourceType: 'lambda'; resource: string } | undefined;
}

export function lambdaTask({ Resource = '' }: State): LambdaTask {
  if (Resource.includes(':function:')) {
    return { isDirect: true, waitsForToken: false, eventPrefix: 'LambdaFunction', resource: undefined };
  }
  const resource = Resource.slice(Resource.lastIndexOf(':') + 1);
  const waitsForToken = Resource === LAMBDA_INVOKE_WAIT;
  return { isDirect: false, waitsForToken, eventPrefix: 'Task', resource: { resourceType: 'lambda', resource } };
}

/** Calls the function and answers the task's result as JSON text. Throws a StateError. */
export async function callLambda(
  invoker: Invoker,
  task: LambdaTask,
  state: State,
  parameters: unknown,
  { requestId, roleArn }: { requestId: string; roleArn: string },
): Promise<string> {
  const call = task.isDirect ? { FunctionName: state.Resource, Payload: parameters } : parameters;
  const invocation = await invoke(invoker, call, { requestId, roleArn });
  const text = Buffer.from(invocation.payload).toString();
  if (invocation.functionError) throw functionFailure(text);
  return task.isDirect ? text || 'null' : JSON.stringify(invokeResult(invocation, text, requestId));
}

async function invoke(
  invoker: Invoker,
  parameters: unknown,
  { requestId, roleArn }: { requestId: string; roleArn: string },
): Promise<Invocation> {
  const { FunctionName, Qualifier, Payload = {} } = parameters as { FunctionName?: unknown; Qualifier?: unknown; Payload?: unknown };
  if (typeof FunctionName !== 'string' || (Qualifier !== undefined && typeof Qualifier !== 'string')) {
    throw runtimeError('The parameters FunctionName and Qualifier of lambda:invoke must be strings');
  }
  try {
    const payload = Buffer.from(JSON.stringify(Payload));
    return await invoker.invoke({ functionName: FunctionName, qualifier: Qualifier, payload, by: { roleArn, session: 'states' } });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw new StateError('Lambda.SdkClientException', (error as Error).message);
    // What the integration has no name for is AWSLambdaException.
    const name = error.code === 'AccessDeniedException' ? 'AWSLambdaException' : error.code;
    throw new StateError(`Lambda.${name}`, `${error.message} (Service: Lambda, Status Code: ${error.status}, Request ID: ${requestId})`);
  }
}

function functionFailure(payload: string): StateError {
  const errorType = (parsed(payload) as { errorType?: unknown } | null)?.errorType;
  if (typeof errorType === 'string' && errorType) return new StateError(errorType, payload);
  const cause = `The cause could not be determined because Lambda did not return an error type. Returned payload: ${payload}`;
  return new StateError('Lambda.Unknown', cause);
}

function invokeResult({ executedVersion }: Invocation, payload: string, requestId: string) {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(payload)),
    'X-Amz-Executed-Version': executedVersion,
    'x-amzn-RequestId': requestId,
  };
  return {
    ExecutedVersion: executedVersion,
    Payload: parsed(payload),
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: headers,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text === '' ? null : text;
  }
}
