import type { FunctionHost, FunctionRuntime, HostedVersion, RuntimeAnswer, RuntimeCall } from './host.ts';

/** The runtimes of the versions that have had a request. */
export interface Runtimes {
  invoke(version: HostedVersion, call: RuntimeCall): Promise<RuntimeAnswer>;
  /** Closes a version's runtime once its last request has ended. */
  retire(version: HostedVersion): void;
  close(): Promise<void>;
}

interface Open {
  runtime: FunctionRuntime;
  running: number;
  isRetired: boolean;
}

export function createRuntimes(host: FunctionHost): Runtimes {
  const opened = new Map<HostedVersion, Open>();
  const closing = new Set<Promise<void>>();

  const closeIfDone = (version: HostedVersion, open: Open) => {
    if (!open.isRetired || open.running > 0) return;
    opened.delete(version);
    const closed: Promise<void> = open.runtime.close().finally(() => closing.delete(closed));
    closing.add(closed);
  };

  return {
    async invoke(version, call) {
      let open = opened.get(version);
      if (!open) {
        open = { runtime: host.open(version), running: 0, isRetired: false };
        opened.set(version, open);
      }
      open.running++;
      try {
        return await open.runtime.invoke(call);
      } finally {
        open.running--;
        closeIfDone(version, open);
      }
    },
    retire(version) {
      const open = opened.get(version);
      if (!open) return;
      open.isRetired = true;
      closeIfDone(version, open);
    },
    async close() {
      await Promise.all([...closing, ...[...opened.values()].map(({ runtime }) => runtime.close())]);
      opened.clear();
    },
  };
}
