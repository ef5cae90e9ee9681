const TAIL_BYTES = 4096;

/** What one instance prints, request by request, between the lines that Lambda writes around each. */
export function createInvocationLog(onLog: (text: string) => void = () => {}) {
  let text = '';
  const write = (line: string) => {
    text = (text + line).slice(-2 * TAIL_BYTES);
    onLog(line);
  };
  return {
    write,
    start(requestId: string, version: string) {
      write(`START RequestId: ${requestId} Version: ${version}\n`);
    },
    /** Returns the last 4 KB since the request before. */
    end(requestId: string, durationMs: number, memoryMb: number): string {
      write(`END RequestId: ${requestId}\n`);
      write(
        `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(durationMs)} ms\tMemory Size: ${memoryMb} MB\t\n`,
      );
      const tail = Buffer.from(text).subarray(-TAIL_BYTES).toString('utf8');
      text = '';
      return tail;
    },
  };
}
