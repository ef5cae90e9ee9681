/** What Lambda itself answers when an instance could not: JSON text of `errorType` and `errorMessage`. */

export const LARGEST_RESPONSE_BYTES = 6_291_556;

/** Node's exit code when nothing is left to do and a promise that is awaited was never settled. */
export const UNSETTLED_EXIT_CODE = 13;

export interface InstanceFailure {
  errorType: string;
  errorMessage: string;
}

export const timedOut = (requestId: string, timeoutSeconds: number): InstanceFailure => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
});

export const exited = (requestId: string, exitCode: number | null, signal: NodeJS.Signals | null): InstanceFailure => ({
  errorType: exitCode === UNSETTLED_EXIT_CODE ? 'Runtime.NodeJsExit' : 'Runtime.ExitError',
  errorMessage: `RequestId: ${requestId} Error: ${exitReason(exitCode, signal)}`,
});

export const responseTooLarge = (): InstanceFailure => ({
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
  if (exitCode === UNSETTLED_EXIT_CODE) {
    return 'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';
  }
  return exitCode === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${exitCode}`;
}
