const TAIL_BYTES = 4096;

/** What Lambda's REPORT line says of a request. */
export interface InvocationReport {
  durationMs: number;
  memoryMb: number;
  /** Unknown when the instance ended before it could say. */
  peakMemoryMb?: number;
  /** Of a cold start. */
  initMs?: number;
  /** Of a request that ended with its instance: "timeout", or an error's type. */
  failure?: string;
}

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
    end(requestId: string, report: InvocationReport): string {
      write(`END RequestId: ${requestId}\n`);
      write(`REPORT RequestId: ${requestId}\t${reportText(report)}\n`);
      const tail = Buffer.from(text).subarray(-TAIL_BYTES).toString('utf8');
      text = '';
      return tail;
    },
  };
}

/** Since August 2025 Lambda bills a cold start as well. */
function reportText({ durationMs, memoryMb, peakMemoryMb, initMs = 0, failure }: InvocationReport): string {
  return [
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + initMs)} ms`,
    `Memory Size: ${memoryMb} MB`,
    ...(peakMemoryMb === undefined ? [] : [`Max Memory Used: ${Math.min(Math.ceil(peakMemoryMb), memoryMb)} MB`]),
    ...(initMs ? [`Init Duration: ${initMs.toFixed(2)} ms`] : []),
    ...(failure === undefined ? [] : failure === 'timeout' ? ['Status: timeout'] : ['Status: error', `Error Type: ${failure}`]),
    '',
  ].join('\t');
}
