/** What the host tells an instance: one request at a time. */
export interface ToChild {
  payload: Uint8Array;
  requestId: string;
  invokedFunctionArn: string;
  traceId?: string;
  /** Machine time in milliseconds since 1970 at which the function times out. */
  deadlineMs: number;
}

/** What an instance tells the host. Payloads are JSON text. */
export type FromChild =
  | { type: 'ready' }
  | { type: 'init-error'; payload: string }
  | { type: 'log'; text: string }
  | { type: 'answer'; payload: string; isError: boolean; durationMs: number };
