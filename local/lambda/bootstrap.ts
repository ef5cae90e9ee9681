/** The first module of an instance: loads a function's handler and runs it for each request of the host. */
import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import { failure, JsonStringifyError, UnhandledPromiseRejection } from './handler-failure.ts';
import { loadHandler } from './handler-loading.ts';
import { createFrameReader, type FromInstance, type ToInstance, toBytes } from './instance-channel.ts';
import { LARGEST_RESPONSE_BYTES } from './instance-failure.ts';
import { captureOutput } from './output-capture.ts';

/** The host gives the pipe to its instances as this file descriptor. */
const CHANNEL_FD = 3;

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const send = (header: FromInstance, payload?: string, sent?: () => void) => channel.write(toBytes(header, payload), sent);
delete process.env.NODE_COMPILE_CACHE;

let current: { requestId: string; startedAtMs: number } | undefined;

captureOutput(
  () => current?.requestId,
  (text) => send({ type: 'log' }, text),
);
// Without its host there is nothing to do.
for (const end of ['error', 'close']) channel.on(end, () => process.exit(1));
process.on('uncaughtException', (error) => dieOf(error, 'Uncaught Exception', 129));
process.on('unhandledRejection', (reason) => dieOf(new UnhandledPromiseRejection(reason), 'Unhandled Promise Rejection', 128));

function dieOf(error: unknown, title: string, exitCode: number): void {
  const { payload } = failure(error);
  console.error(title, payload);
  const exit = () => process.exit(exitCode);
  if (current) answer(payload, true, exit);
  else send({ type: 'init-error' }, payload, exit);
}

function answer(payload: string, isError: boolean, sent?: () => void): void {
  if (!current) return; // the request has been answered, by a crash
  const durationMs = performance.now() - current.startedAtMs;
  current = undefined;
  const isTooLarge = Buffer.byteLength(payload) > LARGEST_RESPONSE_BYTES;
  send({ type: 'answer', isError, isTooLarge, isLast: sent !== undefined, durationMs }, isTooLarge ? '' : payload, sent);
}

async function serve(handler: (event: unknown, context: object) => unknown, call: ToInstance, event: Buffer): Promise<void> {
  const request = { requestId: call.requestId, startedAtMs: performance.now() };
  current = request;
  if (call.traceId) process.env._X_AMZN_TRACE_ID = call.traceId;
  else delete process.env._X_AMZN_TRACE_ID;
  try {
    const result = await handler(JSON.parse(event.toString('utf8')), contextOf(call));
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

const contextOf = ({ requestId, invokedFunctionArn, deadlineMs }: ToInstance) => ({
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
  channel.on(
    'data',
    createFrameReader<ToInstance>(({ header, payload }) => void serve(handler, header, payload)),
  );
  send({ type: 'ready' });
  flushCompileCache();
} catch (error) {
  dieOf(error, 'Init Error', 1);
}
