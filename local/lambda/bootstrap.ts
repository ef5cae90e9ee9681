/** The first module of an instance: loads a function's handler and runs it for each request of the host. */
import { flushCompileCache } from 'node:module';
import type { FromChild, ToChild } from './child-protocol.ts';
import { failure, JsonStringifyError, UnhandledPromiseRejection } from './handler-failure.ts';
import { loadHandler } from './handler-loading.ts';
import { captureOutput } from './output-capture.ts';

const send = process.send!.bind(process) as (message: FromChild, sent?: () => void) => void;
// The channel is the host's, not the function's.
for (const name of ['send', 'disconnect', 'channel']) Reflect.deleteProperty(process, name);
delete process.env.NODE_COMPILE_CACHE;

let current: { requestId: string; startedAtMs: number } | undefined;

captureOutput(
  () => current?.requestId,
  (text) => send({ type: 'log', text }),
);
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => dieOf(error, 'Uncaught Exception', 129));
process.on('unhandledRejection', (reason) => dieOf(new UnhandledPromiseRejection(reason), 'Unhandled Promise Rejection', 128));

function dieOf(error: unknown, title: string, exitCode: number): void {
  const { payload } = failure(error);
  console.error(title, payload);
  const exit = () => process.exit(exitCode);
  if (current) answer(payload, true, exit);
  else send({ type: 'init-error', payload }, exit);
}

function answer(payload: string, isError: boolean, sent?: () => void): void {
  if (!current) return; // the request has been answered, by a crash
  const durationMs = performance.now() - current.startedAtMs;
  current = undefined;
  send({ type: 'answer', payload, isError, durationMs }, sent);
}

async function serve(handler: (event: unknown, context: object) => unknown, call: ToChild): Promise<void> {
  const request = { requestId: call.requestId, startedAtMs: performance.now() };
  current = request;
  if (call.traceId) process.env._X_AMZN_TRACE_ID = call.traceId;
  else delete process.env._X_AMZN_TRACE_ID;
  try {
    const result = await handler(JSON.parse(Buffer.from(call.payload).toString('utf8')), contextOf(call));
    const payload = toJson(result);
    if (current === request) answer(payload, false);
  } catch (error) {
    const { payload } = failure(error);
    if (current !== request) return;
    console.error('Invoke Error', payload);
    answer(payload, true);
  }
}

function toJson(result: unknown): string {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new JsonStringifyError();
  }
}

const contextOf = ({ requestId, invokedFunctionArn, deadlineMs }: ToChild) => ({
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  invokedFunctionArn,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  awsRequestId: requestId,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
});

try {
  const handler = await loadHandler(process.env.LAMBDA_TASK_ROOT!, process.env._HANDLER!);
  process.on('message', (call: ToChild) => void serve(handler, call));
  send({ type: 'ready' });
  flushCompileCache();
} catch (error) {
  dieOf(error, 'Init Error', 1);
}
