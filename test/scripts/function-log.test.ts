import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createFunctionLog } from '../../scripts/function-log.ts';

/** A reader of the log who reads when told to. */
function aReader() {
  const read: string[] = [];
  let pending: (() => void) | undefined;
  const stream = new Writable({
    highWaterMark: 10,
    write(chunk: Buffer, _encoding, done) {
      read.push(chunk.toString());
      pending = done;
    },
  });
  /** Until nothing more waits to be read. */
  const readOn = async () => {
    for (let done = pending; done; done = pending) {
      pending = undefined;
      done();
      await new Promise(setImmediate);
    }
  };
  return { stream, read, readOn };
}

it('what a function prints faster than it is read is dropped, counted and told of', async () => {
  const { stream, read, readOn } = aReader();
  const log = createFunctionLog(stream, new AbortController().signal);
  const line = 'a long line\n';
  log({ functionName: 'orders', text: line });
  for (let i = 0; i < 617; i++) log({ functionName: 'evil', text: line + line });
  log({ functionName: 'orders', text: line });
  await readOn();
  log({ functionName: 'orders', text: 'end\n' });
  await readOn();
  expect(read).toEqual([
    'orders a long line\n',
    '… 1,234 lines of evil were not shown\n',
    '… 1 line of orders was not shown\n',
    'orders end\n',
  ]);
});

it('nothing is printed once the local AWS is interrupted', async () => {
  const { stream, read, readOn } = aReader();
  const interrupted = new AbortController();
  const log = createFunctionLog(stream, interrupted.signal);
  for (let i = 0; i < 3; i++) log({ functionName: 'orders', text: 'a long line\n' });
  interrupted.abort();
  log({ functionName: 'orders', text: 'a long line\n' });
  await readOn();
  expect(read).toEqual(['orders a long line\n']);
});
