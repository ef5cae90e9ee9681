import { Writable } from 'node:stream';
import { format } from 'node:util';

const LEVELS = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE' } as const;

/** Gives everything that the function prints to `write`; console lines carry the time, request and level, as Lambda's do. */
export function captureOutput(requestId: () => string | undefined, write: (text: string) => void): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method as keyof typeof LEVELS] = (...values: unknown[]) => {
      write(`${new Date().toISOString()}\t${requestId() ?? 'undefined'}\t${level}\t${format(...values)}\n`);
    };
  }
  // In the place of Node's own, which would make their pipes non-blocking once touched: then a function that writes to
  // file descriptor 1 itself gets EAGAIN.
  for (const [fd, name] of [
    [1, 'stdout'],
    [2, 'stderr'],
  ] as const) {
    const stream = Object.assign(
      new Writable({
        decodeStrings: false,
        write(chunk: string | Uint8Array, _encoding, done) {
          write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
          done();
        },
      }),
      { fd },
    );
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream });
  }
}
