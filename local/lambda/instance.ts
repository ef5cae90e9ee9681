import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromChild, ToChild } from './child-protocol.ts';
import type { HostedVersion, RuntimeAnswer, RuntimeCall } from './host.ts';
import { exited, LARGEST_RESPONSE_BYTES, responseTooLarge, timedOut } from './instance-failure.ts';
import { createInvocationLog } from './invocation-log.ts';

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.ts', import.meta.url));
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

/** How an instance ended a request: by an answer, or by dying. */
type Ending = { payload: string; isError: boolean; durationMs?: number };

export function startInstance({ version, taskRoot, environment, onLog }: InstanceOptions): Instance {
  const child = fork(BOOTSTRAP, [], {
    cwd: taskRoot,
    env: environment,
    // On the command line, so that they hold against a NODE_OPTIONS of the function's.
    execArgv: ['--no-enable-source-maps', `--max-old-space-size=${Math.floor(version.memoryMb * 0.9)}`],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log = createInvocationLog(onLog);
  const { promise: ready, resolve: settleReady } = Promise.withResolvers<boolean>();
  let initFailure: string | undefined;
  let end: ((ending: Ending) => void) | undefined;
  let isAlive = true;
  let requestId = '';

  const gone = whenGone(child).then(({ exitCode, signal }) => {
    isAlive = false;
    settleReady(false);
    end?.({ payload: exited(requestId, exitCode, signal), isError: true });
    return { exitCode, signal };
  });
  child.on('message', (message: FromChild) => {
    if (message.type === 'log') log.write(message.text);
    else if (message.type === 'ready') settleReady(true);
    else if (message.type === 'answer') end?.(message);
    else {
      initFailure = message.payload;
      isAlive = false;
      settleReady(false);
    }
  });
  // What the handler prints comes as messages; what Node itself says when it dies comes here.
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => log.write(chunk.toString('utf8')));
  keepParentAlive(child, true);

  const kill = async () => {
    isAlive = false;
    child.kill('SIGKILL');
    await gone;
  };
  const initTimer = setTimeout(() => void kill(), (INIT_SECONDS + version.timeoutSeconds) * 1000);
  void ready.then(() => {
    clearTimeout(initTimer);
    if (!end) keepParentAlive(child, false);
  });

  const run = (call: RuntimeCall): Promise<Ending> => {
    requestId = call.requestId;
    const timeoutMs = version.timeoutSeconds * 1000;
    return new Promise<Ending>((resolve) => {
      const timer = setTimeout(() => {
        log.write(`${new Date().toISOString()} ${call.requestId} Task timed out after ${version.timeoutSeconds.toFixed(2)} seconds\n\n`);
        end?.({ payload: timedOut(call.requestId, version.timeoutSeconds), isError: true, durationMs: timeoutMs });
        void kill();
      }, timeoutMs);
      end = (ending) => {
        end = undefined;
        clearTimeout(timer);
        resolve(ending);
      };
      const message: ToChild = { ...call, deadlineMs: Date.now() + timeoutMs };
      // A failure to send means that the process is gone, which ends the request by itself.
      child.send(message, () => {});
    });
  };

  return {
    ready,
    isAlive: () => isAlive,
    kill,
    async invoke(call) {
      const startedAtMs = performance.now();
      log.start(call.requestId, version.version);
      if (isAlive) keepParentAlive(child, true);
      const ending = await (isAlive ? run(call) : failedInit(call));
      if (isAlive) keepParentAlive(child, false);
      const durationMs = ending.durationMs ?? performance.now() - startedAtMs;
      const isTooLarge = Buffer.byteLength(ending.payload) > LARGEST_RESPONSE_BYTES;
      return {
        payload: Buffer.from(isTooLarge ? responseTooLarge() : ending.payload),
        ...((ending.isError || isTooLarge) && { functionError: 'Unhandled' as const }),
        durationMs,
        logTail: log.end(call.requestId, durationMs, version.memoryMb),
      };
    },
  };

  async function failedInit(call: RuntimeCall): Promise<Ending> {
    if (initFailure) return { payload: initFailure, isError: true };
    const { exitCode, signal } = await gone;
    return { payload: exited(call.requestId, exitCode, signal), isError: true };
  }
}

/** Resolves once the process has ended and everything that it sent has been read. */
async function whenGone(child: ChildProcess): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> {
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', () => resolve({ exitCode: 1, signal: null }));
  });
  const disconnected = new Promise((resolve) => child.once('disconnect', resolve));
  const [ending] = await Promise.all([ended, disconnected]);
  return ending;
}

/** An idle instance must not keep the local AWS from ending. */
function keepParentAlive(child: ChildProcess, isBusy: boolean): void {
  const call = isBusy ? 'ref' : 'unref';
  child[call]();
  child.channel?.[call]();
  for (const stream of [child.stdout, child.stderr]) (stream as unknown as NodeJS.Timeout | null)?.[call]();
}
