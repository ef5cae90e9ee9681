import type { FunctionRuntime, RuntimeAnswer, RuntimeCall } from './host.ts';
import type { InitPhase, Instance } from './instance.ts';

interface Waiting {
  call: RuntimeCall;
  resolve(answer: RuntimeAnswer): void;
  reject(error: unknown): void;
}

export interface ProcessRuntimeOptions {
  start(phase: InitPhase['name']): Promise<Instance>;
  /** Beyond this many processes, requests wait. */
  maxInstances: number;
  /** Machine time after which an instance without requests is ended. */
  idleMs: number;
}

/** Runs a version's requests, each on an instance of its own while it lasts: an idle one, else a new one. */
export function createProcessRuntime({ start, maxInstances, idleMs }: ProcessRuntimeOptions): FunctionRuntime {
  const instances = new Set<Instance>();
  const idle: { instance: Instance; reaper: NodeJS.Timeout }[] = [];
  const waiting: Waiting[] = [];
  const additions = new Set<Promise<void>>();
  /** Instances that are not ready yet, and those of them that are no process yet. */
  let starting = 0;
  let unspawned = 0;
  let isClosed = false;

  const dispatch = () => {
    while (waiting.length) {
      const instance = takeIdle();
      if (!instance) break;
      void run(instance, waiting.shift()!);
    }
    while (waiting.length > starting && unspawned + instances.size < maxInstances) {
      const addition: Promise<void> = add().finally(() => additions.delete(addition));
      additions.add(addition);
    }
  };

  const takeIdle = (): Instance | undefined => {
    for (let last = idle.pop(); last; last = idle.pop()) {
      clearTimeout(last.reaper);
      if (last.instance.isAlive()) return last.instance;
      instances.delete(last.instance);
    }
    return undefined;
  };

  const release = (instance: Instance) => {
    if (!instance.isAlive() || isClosed) {
      instances.delete(instance);
      return;
    }
    const reaper = setTimeout(() => {
      idle.splice(
        idle.findIndex((entry) => entry.reaper === reaper),
        1,
      );
      instances.delete(instance);
      void instance.kill();
    }, idleMs);
    idle.push({ instance, reaper: reaper.unref() });
  };

  const run = async (instance: Instance, { call, resolve, reject }: Waiting) => {
    try {
      const answer = await instance.invoke(call);
      release(instance);
      resolve(answer);
    } catch (error) {
      instances.delete(instance);
      void instance.kill();
      reject(error);
    }
    dispatch();
  };

  const add = async () => {
    starting++;
    unspawned++;
    let instance: Instance | undefined;
    let outcome: Awaited<Instance['initialised']> | undefined;
    const initialise = async (phase: InitPhase['name']) => {
      instance = await start(phase);
      instances.add(instance);
      unspawned--;
      if (isClosed) await instance.kill();
      outcome = await instance.initialised;
    };
    try {
      await initialise('init');
      if (outcome === 'timed out' && !isClosed) {
        await instance!.kill();
        instances.delete(instance!);
        unspawned++;
        await initialise('invoke');
      }
    } catch (error) {
      unspawned--;
      waiting.shift()?.reject(error);
    }
    starting--;
    if (isClosed) await instance?.kill();
    else if (instance && outcome === 'ready') release(instance);
    else if (instance) {
      instances.delete(instance);
      const first = waiting.shift();
      if (first) void run(instance, first); // answers with the reason
    }
    dispatch();
  };

  return {
    invoke: (call) =>
      new Promise((resolve, reject) => {
        if (isClosed) throw new Error('the runtime is closed');
        waiting.push({ call, resolve, reject });
        dispatch();
      }),
    async close() {
      isClosed = true;
      for (const { reaper } of idle.splice(0)) clearTimeout(reaper);
      for (const { reject } of waiting.splice(0)) reject(new Error('the runtime was closed'));
      await Promise.all([...instances].map((instance) => instance.kill()));
      await Promise.all(additions);
      instances.clear();
    },
  };
}
