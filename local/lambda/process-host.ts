import { mkdtempSync, realpathSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FunctionCredentials, functionEnvironment } from './function-environment.ts';
import type { FunctionHost, FunctionRuntime } from './host.ts';
import { type Instance, startInstance } from './instance.ts';
import { createProcessRuntime } from './process-runtime.ts';
import { removeFolder } from './remove-folder.ts';
import { endStrayProcesses } from './stray-processes.ts';
import { unpack } from './unpack.ts';

export interface ProcessHostOptions {
  /** The URL of the local AWS's socket server, asked for when an instance starts. */
  endpoint(): string;
  region: string;
  credentialsFor(role: string, session: string): FunctionCredentials;
  /** Everything that functions print, and Lambda's lines around it. */
  onLog?(entry: { functionName: string; version: string; text: string }): void;
  /** Machine time after which an instance without requests is ended. Default a minute. */
  idleMs?: number;
  /** Processes for one version at a time. Default 16. */
  maxInstances?: number;
  /** How long a version may initialise before that begins anew within a request. Default 10, as on Lambda. */
  initSeconds?: number;
}

/**
 * Runs functions in Node processes of their own: whatever their code does, this process goes on, and when it exits
 * without having closed the host, their processes and files go with it.
 */
export function createProcessHost(options: ProcessHostOptions): FunctionHost & { close(): Promise<void> } {
  const { endpoint, region, credentialsFor, onLog, idleMs = 60_000, maxInstances = 16, initSeconds = 10 } = options;
  const runtimes = new Set<FunctionRuntime>();
  const instances = new Set<Instance>();
  let root: string | undefined;
  let versionCount = 0;

  const makeRoot = () => {
    process.once('exit', abandon);
    return realpathSync(mkdtempSync(join(tmpdir(), 'teal-lambda-')));
  };
  /** Waits for nobody, as an `exit` listener must not: a looping function would go on for ever. */
  const abandon = () => {
    process.off('exit', abandon);
    for (const instance of instances) void instance.kill();
    if (root) endStrayProcesses(root);
    if (root) removeFolder(root);
    root = undefined;
  };

  return {
    open(version) {
      root ??= makeRoot();
      const compileCache = join(root, 'compile-cache');
      const taskRoot = join(root, String(++versionCount));
      let unpacked: Promise<void> | undefined;
      const runtime = createProcessRuntime({
        maxInstances,
        idleMs,
        async start(phase) {
          unpacked ??= unpack(version.zip, taskRoot);
          await unpacked;
          const environment = functionEnvironment(version, {
            taskRoot,
            endpoint: endpoint(),
            region,
            credentials: credentialsFor(version.role, version.functionName),
          });
          // Its own, as the /tmp of a sandbox is.
          const temporaryFolder = await mkdtemp(join(dirname(taskRoot), 'tmp-'));
          const instance = startInstance({
            version,
            taskRoot,
            initPhase: { name: phase, seconds: phase === 'init' ? initSeconds : version.timeoutSeconds },
            // The cache saves each instance the compilation (and type stripping) of the bootstrap and of the function's bundle.
            environment: { ...environment, TMPDIR: temporaryFolder, NODE_COMPILE_CACHE: compileCache },
            ...(onLog && { onLog: (text) => onLog({ functionName: version.functionName, version: version.version, text }) }),
          });
          instances.add(instance);
          void instance.ended
            .then(() => {
              instances.delete(instance);
              removeFolder(temporaryFolder);
            })
            // What a process that the function left writes there all the time goes when the host closes.
            .catch(() => {});
          return instance;
        },
      });
      const opened: FunctionRuntime = {
        invoke: runtime.invoke,
        async close() {
          await runtime.close();
          runtimes.delete(opened);
          removeFolder(taskRoot);
        },
      };
      runtimes.add(opened);
      return opened;
    },
    async close() {
      await Promise.all([...runtimes].map((runtime) => runtime.close()));
      abandon();
    },
  };
}
