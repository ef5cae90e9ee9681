import { format } from 'node:util';

const LEVELS = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE' } as const;

/** Gives everything that the function prints to `write`; console lines carry the time, request and level, as Lambda's do. */
export function captureOutput(requestId: () => string | undefined, write: (text: string) => void): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method as keyof typeof LEVELS] = (...values: unknown[]) => {
      write(`${new Date().toISOString()}\t${requestId() ?? 'undefined'}\t${level}\t${format(...values)}\n`);
    };
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: () => void) => {
      write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      const callback = typeof encoding === 'function' ? encoding : done;
      if (callback) process.nextTick(callback as () => void);
      return true;
    }) as typeof stream.write;
  }
}
