/** Runs the code of function versions. */
export interface FunctionHost {
  /** A place to run one version: called when the version gets its first request; instances beneath it are the host's affair. */
  open(version: HostedVersion): FunctionRuntime;
}

/** One version as the host needs it: what does not change while it serves. */
export interface HostedVersion {
  functionName: string;
  version: string;
  functionArn: string;
  handler: string;
  runtime: string;
  memoryMb: number;
  timeoutSeconds: number;
  environment: Record<string, string>;
  role: string;
  codeSha256: string;
  zip: Uint8Array;
}

export interface FunctionRuntime {
  /** Runs one request. A handler that fails is an answer with `functionError`; it rejects only when the host itself cannot run. */
  invoke(call: RuntimeCall): Promise<RuntimeAnswer>;
  close(): Promise<void>;
}

export interface RuntimeCall {
  payload: Uint8Array;
  requestId: string;
  invokedFunctionArn: string;
  traceId?: string;
}

export interface RuntimeAnswer {
  payload: Uint8Array;
  functionError?: 'Unhandled';
  /** The last 4 KB of what the function printed. */
  logTail: string;
  /** How long the handler ran, without the cold start before it, as Lambda's `Duration` has it. Unknown: the whole call is taken. */
  durationMs?: number;
  /** Of what it printed, the lines that may be metrics in the embedded metric format. */
  metricLines?: readonly string[];
  /** When the request began on the function's own clock (milliseconds since 1970). Absent when that is cloud time. */
  functionStartMs?: number;
}
