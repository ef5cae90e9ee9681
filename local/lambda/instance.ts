import type { HostedVersion, RuntimeAnswer, RuntimeCall } from './host.ts';
import type { Frame, FromInstance } from './instance-channel.ts';
import { exited, responseTooLarge, timedOut } from './instance-failure.ts';
import { spawnInstance } from './instance-process.ts';
import { createInvocationLog } from './invocation-log.ts';

/** Lambda gives initialisation ten seconds of its own; what is left of it then counts as the request's. */
const INIT_SECONDS = 10;

/** One process that runs one version, a request at a time. */
export interface Instance {
  /** Resolves when the handler is loaded; with `false` when it could not be, and `invoke` tells why. */
  ready: Promise<boolean>;
  /** Runs a request; on an instance that did not become ready, gives its failure. */
  invoke(call: RuntimeCall): Promise<RuntimeAnswer>;
  isAlive(): boolean;
  /** Resolves when the process has ended. */
  kill(): Promise<void>;
}

export interface InstanceOptions {
  version: HostedVersion;
  taskRoot: string;
  environment: Record<string, string>;
  onLog?: (text: string) => void;
}

/** How a request ended: by an answer, or by the end of the instance. */
interface Ending {
  payload: string | Uint8Array;
  isError: boolean;
  durationMs?: number;
}

export function startInstance({ version, taskRoot, environment, onLog }: InstanceOptions): Instance {
  const log = createInvocationLog(onLog);
  const timeoutMs = version.timeoutSeconds * 1000;
  const { promise: ready, resolve: settleReady } = Promise.withResolvers<boolean>();
  let initFailure: Buffer | undefined;
  let current: { requestId: string; end(ending: Ending): void } | undefined;
  let isAlive = true;

  const onFrame = ({ header, payload }: Frame<FromInstance>) => {
    if (header.type === 'log') log.write(payload.toString('utf8'));
    else if (header.type === 'ready') settleReady(true);
    else if (header.type === 'answer') {
      if (header.isLast) isAlive = false;
      current?.end({
        payload: header.isTooLarge ? responseTooLarge() : payload,
        isError: header.isError || header.isTooLarge,
        durationMs: header.durationMs,
      });
    } else if (header.type === 'init-error') {
      initFailure = payload;
      isAlive = false;
      settleReady(false);
    }
  };
  const node = spawnInstance({ taskRoot, environment, memoryMb: version.memoryMb, onFrame, onOutput: log.write });
  void node.gone.then(({ exitCode, signal }) => {
    isAlive = false;
    settleReady(false);
    current?.end({ payload: exited(current.requestId, exitCode, signal), isError: true });
  });

  const kill = async () => {
    isAlive = false;
    node.keepParentAlive(true);
    node.kill();
    await node.gone;
  };

  const initTimer = setTimeout(() => void kill(), INIT_SECONDS * 1000 + timeoutMs);
  void ready.then(() => {
    clearTimeout(initTimer);
    if (!current) node.keepParentAlive(false);
  });

  const run = ({ payload, ...call }: RuntimeCall): Promise<Ending> => {
    const { requestId } = call;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        log.write(`${new Date().toISOString()} ${requestId} Task timed out after ${version.timeoutSeconds.toFixed(2)} seconds\n\n`);
        current?.end({ payload: timedOut(requestId, version.timeoutSeconds), isError: true, durationMs: timeoutMs });
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
    const { exitCode, signal } = await node.gone;
    return { payload: exited(requestId, exitCode, signal), isError: true };
  };

  return {
    ready,
    isAlive: () => isAlive,
    kill,
    async invoke(call) {
      const startedAtMs = performance.now();
      log.start(call.requestId, version.version);
      node.keepParentAlive(true);
      const ending = await (isAlive ? run(call) : failedInit(call));
      if (isAlive) node.keepParentAlive(false);
      const durationMs = ending.durationMs ?? performance.now() - startedAtMs;
      return {
        payload: Buffer.from(ending.payload as Uint8Array),
        ...(ending.isError && { functionError: 'Unhandled' as const }),
        durationMs,
        logTail: log.end(call.requestId, durationMs, version.memoryMb),
      };
    },
  };
}
