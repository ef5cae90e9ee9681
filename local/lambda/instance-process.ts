import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  createFrameReader,
  FROM_INSTANCE_FD,
  type Frame,
  type FromInstance,
  readFromInstance,
  TO_INSTANCE_FD,
  type ToInstance,
  toBytes,
} from './instance-channel.ts';
import { type MemoryWatch, watchMemory } from './instance-memory.ts';

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.ts', import.meta.url));
/** How long what an ended process sent may take to be read: a process that it started may hold the pipe open. */
const DRAIN_MS = 500;
/**
 * Runs a command that the kernel ends when its parent ends, even by SIGKILL: a function that loops would not notice.
 * Linux only: elsewhere a function notices once it waits.
 */
const WITH_PARENT = ['/usr/bin/setpriv', '--pdeathsig', 'KILL'];
let launcher: string[] | undefined;

export interface InstanceProcess {
  send(header: ToInstance, payload: Uint8Array): void;
  /** Resolves once the process has ended and everything that it sent has been read. */
  gone: Promise<ProcessExit>;
  kill(): void;
  killForMemory(): void;
  /** An idle instance must not keep the local AWS from ending, and its memory does not grow. */
  setBusy(isBusy: boolean): void;
}

export interface ProcessExit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  isOutOfMemory: boolean;
}

export interface InstanceProcessOptions {
  taskRoot: string;
  environment: Record<string, string>;
  memoryMb: number;
  onFrame(frame: Frame<FromInstance>): void;
  /** What Node itself writes, such as its last words, and what bypasses Node's streams; the rest comes in frames. */
  onOutput(text: string): void;
}

/** Starts the pinned Node with the bootstrap. Whatever the process does or sends, nothing is thrown here. */
export function spawnInstance({ taskRoot, environment, memoryMb, onFrame, onOutput }: InstanceProcessOptions): InstanceProcess {
  // On the command line, so that they hold against a NODE_OPTIONS of the function's.
  const nodeOptions = ['--no-enable-source-maps', `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`];
  launcher ??= isWorking(WITH_PARENT) ? WITH_PARENT : [];
  const [command = '', ...parameters] = [...launcher, process.execPath, ...nodeOptions, BOOTSTRAP];
  const child = spawn(command, parameters, {
    cwd: taskRoot,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    // A process group of its own, so that what the function starts ends with it.
    detached: true,
  });
  const toInstance = child.stdio[TO_INSTANCE_FD] as Socket;
  const fromInstance = child.stdio[FROM_INSTANCE_FD] as Socket;
  const outputs = [child.stdout as Socket, child.stderr as Socket];
  const streams = [...outputs, toInstance, fromInstance];
  let isOutOfMemory = false;
  let memory: MemoryWatch | undefined;

  const { promise: gone, resolve: goneWith } = Promise.withResolvers<ProcessExit>();
  const kill = () => killGroup(child);
  const killForMemory = () => {
    isOutOfMemory = true;
    kill();
  };
  const read = new Promise((resolve) => fromInstance.once('close', resolve));
  child.once('exit', async (exitCode, signal) => {
    memory?.stop();
    kill();
    const drain = setTimeout(() => fromInstance.destroy(), DRAIN_MS);
    await read;
    clearTimeout(drain);
    for (const stream of streams) stream.destroy();
    goneWith({ exitCode, signal, isOutOfMemory });
  });
  child.on('error', (error) => {
    onOutput(`${error.message}\n`);
    if (child.pid === undefined) goneWith({ exitCode: 1, signal: null, isOutOfMemory });
  });
  // A pipe that breaks is a process that has ended, and `exit` says so.
  for (const stream of streams) stream.on('error', () => {});
  for (const stream of outputs) stream.on('data', (chunk: Buffer) => onOutput(chunk.toString('utf8')));

  const readFrames = createFrameReader<unknown>(({ header, payload }) => onFrame({ header: readFromInstance(header), payload }));
  fromInstance.on('data', (chunk: Buffer) => {
    try {
      readFrames(chunk);
    } catch (error) {
      onOutput(`the function broke the pipe to its host: ${(error as Error).message}\n`);
      kill();
      fromInstance.destroy();
    }
  });

  const setBusy = (isBusy: boolean) => {
    const call = isBusy ? 'ref' : 'unref';
    child[call]();
    for (const stream of streams) stream[call]();
    memory?.stop();
    memory = undefined;
    if (!isBusy || child.pid === undefined) return;
    memory = watchMemory(child.pid, memoryMb, killForMemory);
  };
  setBusy(true);

  return { send: (header, payload) => void toInstance.write(toBytes(header, payload)), gone, kill, killForMemory, setBusy };
}

function isWorking([command = '', ...parameters]: string[]): boolean {
  return spawnSync(command, [...parameters, 'true'], { stdio: 'ignore' }).status === 0;
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
