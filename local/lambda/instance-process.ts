import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createFrameReader, type Frame, type FromInstance, type ToInstance, toBytes } from './instance-channel.ts';

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.ts', import.meta.url));

export interface InstanceProcess {
  send(header: ToInstance, payload: Uint8Array): void;
  /** Resolves once the process has ended and everything that it sent has been read. */
  gone: Promise<ProcessExit>;
  kill(): void;
  /** An idle instance must not keep the local AWS from ending. */
  keepParentAlive(isBusy: boolean): void;
}

export interface ProcessExit {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

export interface InstanceProcessOptions {
  taskRoot: string;
  environment: Record<string, string>;
  memoryMb: number;
  onFrame(frame: Frame<FromInstance>): void;
  /** What Node itself writes, such as its last words; what the function prints comes in frames. */
  onOutput(text: string): void;
}

/** Starts the pinned Node with the bootstrap. Whatever the process does or sends, nothing is thrown here. */
export function spawnInstance({ taskRoot, environment, memoryMb, onFrame, onOutput }: InstanceProcessOptions): InstanceProcess {
  // On the command line, so that they hold against a NODE_OPTIONS of the function's.
  const nodeOptions = ['--no-enable-source-maps', `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`];
  const child = spawn(process.execPath, [...nodeOptions, BOOTSTRAP], {
    cwd: taskRoot,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const channel = child.stdio[3] as Socket;
  const outputs = [child.stdout as Socket, child.stderr as Socket];
  const streams = [...outputs, channel];

  const { promise: gone, resolve: goneWith } = Promise.withResolvers<ProcessExit>();
  const channelClosed = new Promise((resolve) => channel.once('close', resolve));
  child.once('exit', (exitCode, signal) => void channelClosed.then(() => goneWith({ exitCode, signal })));
  child.on('error', (error) => {
    onOutput(`${error.message}\n`);
    if (child.pid === undefined) goneWith({ exitCode: 1, signal: null });
  });
  // A pipe that breaks is a process that has ended, and `exit` says so.
  for (const stream of streams) stream.on('error', () => {});
  for (const stream of outputs) stream.on('data', (chunk: Buffer) => onOutput(chunk.toString('utf8')));

  const read = createFrameReader<FromInstance>(onFrame);
  channel.on('data', (chunk: Buffer) => {
    try {
      read(chunk);
    } catch (error) {
      onOutput(`the function broke the pipe to its host: ${(error as Error).message}\n`);
      child.kill('SIGKILL');
      channel.destroy();
    }
  });

  return {
    send: (header, payload) => void channel.write(toBytes(header, payload)),
    gone,
    kill: () => void child.kill('SIGKILL'),
    keepParentAlive(isBusy) {
      const call = isBusy ? 'ref' : 'unref';
      child[call]();
      for (const stream of streams) stream[call]();
    },
  };
}
