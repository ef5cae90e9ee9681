/** Whether an error of the SDK may be gone at the next try: throttling, a 5xx, or no answer in time. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $fault, $retryable, $metadata, code } = error as Error & {
    $fault?: string;
    $retryable?: unknown;
    $metadata?: { httpStatusCode?: number };
    code?: string;
  };
  return (
    $fault === 'server' ||
    $retryable !== undefined ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    $metadata?.httpStatusCode === 429 ||
    TRANSIENT_NAMES.has(error.name) ||
    TRANSIENT_CODES.has(code ?? '')
  );
}

/** Throttling that services answer with 400, and what the SDK calls its own timeouts. */
const TRANSIENT_NAMES = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'TimeoutError',
  'RequestTimeout',
  'InternalFailure',
]);
const TRANSIENT_CODES = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT']);

/** Whether AWS says that Teal may not; the older services leave out the "Exception". */
export const isDenied = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AccessDeniedException' || error.name === 'AccessDenied');
