/** The first module of an instance: loads a function's handler and runs it for each request of the host. */
import { fstatSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import { failure, JsonStringifyError, ResponseStreamingUnsupported, UnhandledPromiseRejection } from './handler-failure.ts';
import { loadHandler } from './handler-loading.ts';
import { createFrameReader, FROM_INSTANCE_FD, type FromInstance, TO_INSTANCE_FD, type ToInstance, toBytes } from './instance-channel.ts';
import { LARGEST_RESPONSE_BYTES, responseTooLarge, UNSETTLED_EXIT_CODE } from './instance-failure.ts';
import { captureOutput } from './output-capture.ts';
import { offerSdk } from './runtime-sdk.ts';

const LARGEST_LOG_CHARACTERS = 1_000_000;

const requests = new Socket({ fd: TO_INSTANCE_FD, readable: true, writable: false });
delete process.env.NODE_COMPILE_CACHE;

let peakMemoryMb = 0;
let current: { requestId: string; startedAtMs: number } | undefined;

captureOutput(
  () => current?.requestId,
  (text) => {
    for (let at = 0; at < text.length; at += LARGEST_LOG_CHARACTERS) {
      send({ type: 'log' }, text.slice(at, at + LARGEST_LOG_CHARACTERS));
    }
  },
);
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse() {
      throw new ResponseStreamingUnsupported();
    },
  },
});
// Without its host there is nothing to do.
for (const end of ['error', 'close']) requests.on(end, () => process.exit(1));
process.on('uncaughtException', (error) => dieOf(error, 'Uncaught Exception', 129));
process.on('unhandledRejection', (reason) => dieOf(new UnhandledPromiseRejection(reason), 'Unhandled Promise Rejection', 128));
process.on('beforeExit', () => process.exit(UNSETTLED_EXIT_CODE));

/** Waits until the host has room: so what was printed is there when the process ends, however it does, and never heaps up here. */
function send(header: FromInstance, payload?: string): void {
  try {
    // A function that has closed it would not hear of the next request.
    fstatSync(TO_INSTANCE_FD);
    for (let rest = toBytes(header, payload); rest.length; ) rest = rest.subarray(writeSync(FROM_INSTANCE_FD, rest));
  } catch {
    process.exit(1);
  }
}

function dieOf(error: unknown, title: string, exitCode: number): void {
  const { payload } = failure(error);
  console.error(title, payload);
  if (current) answer(payload, true, true);
  else send({ type: 'init-error' }, isTooLarge(payload) ? JSON.stringify(responseTooLarge()) : payload);
  process.exit(exitCode);
}

function answer(payload: string, isError: boolean, isLast = false): void {
  if (!current) return; // the request has been answered, by a crash
  const durationMs = performance.now() - current.startedAtMs;
  // Not the peak of `getrusage`, which may begin with the memory of the process that forked this one.
  peakMemoryMb = Math.max(peakMemoryMb, process.memoryUsage.rss() / 1024 / 1024);
  current = undefined;
  requests.ref();
  const header = { type: 'answer', isError, isTooLarge: isTooLarge(payload), isLast, durationMs, peakMemoryMb } as const;
  send(header, header.isTooLarge ? '' : payload);
}

const isTooLarge = (payload: string) => Buffer.byteLength(payload) > LARGEST_RESPONSE_BYTES;

async function serve(handler: (event: unknown, context: object) => unknown, call: ToInstance, event: Buffer): Promise<void> {
  const request = { requestId: call.requestId, startedAtMs: performance.now() };
  current = request;
  // While the handler runs, only what it waits for keeps the process: when that is nothing, it ends, as on Lambda.
  requests.unref();
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
  offerSdk();
  const handler = await loadHandler(process.env.LAMBDA_TASK_ROOT!, process.env._HANDLER!);
  requests.on(
    'data',
    createFrameReader<ToInstance>(({ header, payload }) => void serve(handler, header, payload)),
  );
  send({ type: 'ready' });
  flushCompileCache();
} catch (error) {
  dieOf(error, 'Init Error', 1);
}
