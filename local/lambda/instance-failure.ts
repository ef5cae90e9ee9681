/** What Lambda itself answers when an instance could not: JSON text of `errorType` and `errorMessage`. */

export const LARGEST_RESPONSE_BYTES = 6_291_556;

export const timedOut = (requestId: string, timeoutSeconds: number) =>
  JSON.stringify({
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  });

export const exited = (requestId: string, exitCode: number | null, signal: NodeJS.Signals | null) =>
  JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${exitReason(exitCode, signal)}` });

export const responseTooLarge = () =>
  JSON.stringify({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${LARGEST_RESPONSE_BYTES} bytes).`,
  });

/** Lambda names signals as Go does. */
const SIGNAL_NAMES: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
};

function exitReason(exitCode: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `Runtime exited with error: signal: ${SIGNAL_NAMES[signal] ?? signal}`;
  return exitCode === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${exitCode}`;
}
