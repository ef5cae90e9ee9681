import type { HostedVersion, RuntimeAnswer, RuntimeCall } from './host.ts';
import type { Frame, FromInstance } from './instance-channel.ts';
import { exited, type InstanceFailure, responseTooLarge, timedOut } from './instance-failure.ts';
import { spawnInstance } from './instance-process.ts';
import { createInvocationLog } from './invocation-log.ts';
import { createMetricLines, type MetricLines } from './metric-lines.ts';

/** One process that runs one version, a request at a time. */
export interface Instance {
  /** How initialisation ended: with the handler loaded, or so that `invoke` tells why not. */
  initialised: Promise<'ready' | 'failed' | 'timed out'>;
  /** Runs a request; on an instance that did not become ready, gives its failure. */
  invoke(call: RuntimeCall): Promise<RuntimeAnswer>;
  isAlive(): boolean;
  /** Resolves when the process has ended. */
  kill(): Promise<void>;
  /** Resolves when the process has ended by whatever cause. */
  ended: Promise<void>;
}

/** Initialisation in its own phase has so many seconds; what takes longer begins anew within a request, and then has the function's timeout. */
export interface InitPhase {
  name: 'init' | 'invoke';
  seconds: number;
}

export interface InstanceOptions {
  version: HostedVersion;
  taskRoot: string;
  environment: Record<string, string>;
  initPhase: InitPhase;
  onLog?: (text: string) => void;
}

/** How a request ended: by an answer, or by the end of the instance. */
interface Ending {
  payload: string | Uint8Array;
  isError: boolean;
  durationMs?: number;
  peakMemoryMb?: number;
  /** For the REPORT line. */
  failure?: string;
}

export function startInstance({ version, taskRoot, environment, initPhase, onLog }: InstanceOptions): Instance {
  const log = createInvocationLog(onLog);
  // Two pipes, whose pieces of lines must not mix. What bypasses Node's streams may arrive after the answer: then it comes with the next one.
  const [framed, unframed] = [createMetricLines(), createMetricLines()];
  const printTo = (lines: MetricLines) => (text: string) => {
    log.write(text);
    lines.write(text);
  };
  const printFramed = printTo(framed);
  const timeoutMs = version.timeoutSeconds * 1000;
  const startedAtMs = performance.now();
  const { promise: initialised, resolve: settleInit } = Promise.withResolvers<'ready' | 'failed' | 'timed out'>();
  let initFailure: Buffer | undefined;
  /** Of a cold start, until a request has reported it. */
  let initMs: number | undefined;
  let current: { requestId: string; end(ending: Ending): void } | undefined;
  let isAlive = true;

  const onFrame = ({ header, payload }: Frame<FromInstance>) => {
    if (header.type === 'log') printFramed(payload.toString('utf8'));
    else if (header.type === 'ready') settleInit('ready');
    else if (header.type === 'answer') {
      if (header.isLast) isAlive = false;
      // Requests may be too short for a look at their memory, and leak all the same.
      if (header.peakMemoryMb > version.memoryMb) node.killForMemory();
      else
        current?.end({
          payload: header.isTooLarge ? JSON.stringify(responseTooLarge()) : payload,
          isError: header.isError || header.isTooLarge,
          durationMs: header.durationMs,
          peakMemoryMb: header.peakMemoryMb,
        });
    } else if (header.type === 'init-error') {
      initFailure = payload;
      isAlive = false;
      settleInit('failed');
    }
  };
  const node = spawnInstance({ taskRoot, environment, memoryMb: version.memoryMb, onFrame, onOutput: printTo(unframed) });
  const ended = node.gone.then(() => {
    isAlive = false;
    settleInit('failed');
    if (current) void endWithProcess(current.requestId).then(current.end);
  });

  const kill = async () => {
    isAlive = false;
    node.setBusy(true);
    node.kill();
    await node.gone;
  };

  const initTimer = setTimeout(() => {
    settleInit('timed out');
    void kill();
  }, initPhase.seconds * 1000);
  void initialised.then((outcome) => {
    clearTimeout(initTimer);
    initMs = performance.now() - startedAtMs;
    if (outcome === 'timed out') {
      log.write(`INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: ${initPhase.name}\tStatus: timeout\t\n`);
    }
    if (!current && isAlive) node.setBusy(false);
  });

  const endWithTimeout = (requestId: string): Ending => {
    log.write(`${new Date().toISOString()} ${requestId} Task timed out after ${version.timeoutSeconds.toFixed(2)} seconds\n\n`);
    const payload = JSON.stringify(timedOut(requestId, version.timeoutSeconds));
    return { payload, isError: true, durationMs: timeoutMs, failure: 'timeout' };
  };

  const endWithProcess = async (requestId: string): Promise<Ending> => {
    const { exitCode, signal, isOutOfMemory } = await node.gone;
    const failure: InstanceFailure = exited(requestId, exitCode, signal);
    log.write(`${failure.errorMessage}\n${failure.errorType}\n`);
    return {
      payload: JSON.stringify(failure),
      isError: true,
      failure: isOutOfMemory ? 'Runtime.OutOfMemory' : failure.errorType,
      ...(isOutOfMemory && { peakMemoryMb: version.memoryMb }),
    };
  };

  const run = ({ payload, ...call }: RuntimeCall): Promise<Ending> => {
    const { requestId } = call;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        current?.end(endWithTimeout(requestId));
        void kill();
      }, timeoutMs);
      const end = (ending: Ending) => {
        clearTimeout(timer);
        current = undefined;
        resolve(ending);
      };
      current = { requestId, end };
      node.send({ ...call, deadlineMs: Date.now() + timeoutMs }, payload);
    });
  };

  const failedInit = async ({ requestId }: RuntimeCall): Promise<Ending> => {
    if (initFailure) return { payload: initFailure, isError: true };
    return (await initialised) === 'timed out' ? endWithTimeout(requestId) : endWithProcess(requestId);
  };

  return {
    initialised,
    isAlive: () => isAlive,
    kill,
    ended,
    async invoke(call) {
      const calledAtMs = performance.now();
      const functionStartMs = Date.now();
      log.start(call.requestId, version.version);
      const isCold = isAlive && initMs !== undefined;
      if (isAlive) node.setBusy(true);
      const { payload, isError, peakMemoryMb, failure, ...ending } = await (isAlive ? run(call) : failedInit(call));
      if (isAlive) node.setBusy(false);
      const durationMs = ending.durationMs ?? performance.now() - calledAtMs;
      const report = { durationMs, memoryMb: version.memoryMb, peakMemoryMb, failure, ...(isCold && { initMs }) };
      initMs = undefined;
      return {
        payload: Buffer.from(payload as Uint8Array),
        ...(isError && { functionError: 'Unhandled' as const }),
        durationMs,
        logTail: log.end(call.requestId, report),
        metricLines: [...framed.take(), ...unframed.take()],
        functionStartMs,
      };
    },
  };
}
