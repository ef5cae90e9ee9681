import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Done, Job } from './worker.ts';

export interface Pool {
  size: number;
  run(job: Job): Promise<Done>;
  close(): Promise<unknown>;
}

/** A worker for each core, each with one job at a time; the others wait in line. */
export function createPool(folder: string, { isVerbose = false, size = availableParallelism() } = {}): Pool {
  const waiting: { job: Job; resolve: (done: Done) => void; reject: (error: unknown) => void }[] = [];
  const workers = Array.from({ length: size }, () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { folder, isVerbose },
      // What a call leaves behind is short-lived: room for it saves a tenth.
      resourceLimits: { maxYoungGenerationSizeMb: 128 },
    });
    let current: (typeof waiting)[number] | undefined;
    const take = () => {
      current = waiting.shift();
      if (current) worker.postMessage(current.job);
    };
    worker.on('message', (done: Done) => {
      current?.resolve(done);
      take();
    });
    worker.on('error', (error) => current?.reject(error));
    return { worker, wake: () => current ?? take() };
  });
  return {
    size,
    run: (job) =>
      new Promise((resolve, reject) => {
        waiting.push({ job, resolve, reject });
        for (const { wake } of workers) wake();
      }),
    close: () => Promise.all(workers.map(({ worker }) => worker.terminate())),
  };
}
