import type { Writable } from 'node:stream';

/**
 * Writes what functions print to `stream`, their names before it, as long as `signal` is not aborted. Who prints faster
 * than is read loses lines, which are counted and told of: else they would heap up in this process.
 */
export function createFunctionLog(stream: Writable, signal: AbortSignal): (entry: { functionName: string; text: string }) => void {
  const lost = new Map<string, number>();

  const tellLost = () => {
    if (signal.aborted) return;
    for (const [functionName, count] of lost) {
      const lines = count === 1 ? 'line of' : 'lines of';
      stream.write(`… ${count.toLocaleString('en')} ${lines} ${functionName} ${count === 1 ? 'was' : 'were'} not shown\n`);
    }
    lost.clear();
  };

  return ({ functionName, text }) => {
    if (signal.aborted) return;
    if (!stream.writableNeedDrain) stream.write(`${functionName} ${text}`);
    else {
      if (lost.size === 0) stream.once('drain', tellLost);
      lost.set(functionName, (lost.get(functionName) ?? 0) + Math.max(1, text.split('\n').length - 1));
    }
  };
}
