import {
  GetAccountSettingsCommand,
  GetFunctionCommand,
  InvalidParameterValueException,
  InvokeCommand,
  type LambdaClient,
  PublishVersionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import { ReleaseError } from '../release/errors.ts';
import { toVersion } from '../release/function-version.ts';
import type { FunctionVersion } from '../release/preflight.ts';
import type { SmokeAnswer } from '../release/smoke-test/answer.ts';

/** One version of a function ("$LATEST", a number or an alias; $LATEST when left out); undefined when it does not exist. */
export async function getVersion(lambda: LambdaClient, functionName: string, version?: string): Promise<FunctionVersion | undefined> {
  try {
    // GetFunction has a quota of its own (100 a second); GetFunctionConfiguration shares the 15 of the control plane.
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: functionName, Qualifier: version }));
    return toVersion(Configuration!);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/**
 * Publishes $LATEST if its code is still `codeSha256`, or whatever it is when that is undefined. Lambda answers with the last published version when nothing
 * has changed since, so calling twice publishes once. Throws PreflightFailed when the code has moved meanwhile.
 */
export async function publishVersion(
  lambda: LambdaClient,
  functionName: string,
  codeSha256: string | undefined,
  description: string,
): Promise<FunctionVersion> {
  try {
    return toVersion(
      await lambda.send(new PublishVersionCommand({ FunctionName: functionName, CodeSha256: codeSha256, Description: description })),
    );
  } catch (error) {
    if (codeSha256 !== undefined && error instanceof InvalidParameterValueException) {
      throw new ReleaseError(
        'PreflightFailed',
        `the code of ${functionName} has moved since the release began (it was ${codeSha256}); release again`,
        { cause: error },
      );
    }
    // An update of the function is in progress.
    if (error instanceof ResourceConflictException)
      throw new ReleaseError('VersionNotActive', `${functionName} is being updated: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Calls one version and waits for its answer, as long as the function takes; with the end of its log where that is wanted. */
export async function invokeVersion(
  lambda: LambdaClient,
  functionName: string,
  version: string,
  payload: unknown,
  { isLogWanted }: { isLogWanted: boolean },
): Promise<SmokeAnswer> {
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: functionName,
      Qualifier: version,
      Payload: Buffer.from(JSON.stringify(payload)),
      ...(isLogWanted && { LogType: 'Tail' }),
    }),
  );
  return {
    functionError: answer.FunctionError,
    payload: Buffer.from(answer.Payload ?? []).toString(),
    logTail: answer.LogResult && Buffer.from(answer.LogResult, 'base64').toString(),
  };
}

/**
 * Calls one version so many times at once, and waits for all answers; how many were errors of the function's, and how many Lambda
 * had no concurrency for. Throws the first other error that kept a call from being made.
 */
export async function invokeAtOnce(
  lambda: LambdaClient,
  functionName: string,
  version: string,
  payload: unknown,
  count: number,
): Promise<{ failed: number; throttled: number }> {
  const calls = await Promise.allSettled(
    Array.from({ length: count }, () => invokeVersion(lambda, functionName, version, payload, { isLogWanted: false })),
  );
  let failed = 0;
  let throttled = 0;
  for (const call of calls) {
    if (call.status === 'fulfilled') failed += call.value.functionError === undefined ? 0 : 1;
    else if (call.reason instanceof TooManyRequestsException) throttled++;
    else throw call.reason;
  }
  return { failed, throttled };
}

/** Calls a function, of which the name may say an alias (`name:alias`), and waits for its answer as long as it takes. Undefined when it does not exist. */
export async function invokeFunction(lambda: LambdaClient, functionName: string, payload: unknown): Promise<SmokeAnswer | undefined> {
  const [name, qualifier] = functionName.split(':');
  try {
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: name, Qualifier: qualifier, Payload: Buffer.from(JSON.stringify(payload)) }),
    );
    return { functionError: answer.FunctionError, payload: Buffer.from(answer.Payload ?? []).toString() };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** What concurrency the account has that is not reserved for single functions. */
export async function readUnreservedConcurrency(lambda: LambdaClient): Promise<number> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  return AccountLimit!.UnreservedConcurrentExecutions!;
}

/** Hands an event to a function without waiting for it. */
export async function sendTo(lambda: LambdaClient, functionName: string, event: unknown): Promise<void> {
  await lambda.send(
    new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)) }),
  );
}
