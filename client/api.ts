import { type Credentials, sign } from './sign.ts';

/** Teal's HTTP API as a person's machine calls it. */
export interface Api {
  /** Without a slash at its end. */
  url: string;
  region: string;
  /** Asked before every call: a bake outlives a session. */
  credentials(): Promise<Credentials>;
}

/** The world that a call needs. */
export interface Surroundings {
  fetch(url: string, init: RequestInit): Promise<Response>;
  nowMs(): number;
  wait(ms: number): Promise<void>;
  /** Prints a line: that a call is tried again is told once for each outage. */
  tell(line: string): void;
}

export interface ApiCall {
  method: 'GET' | 'POST';
  /** "/releases" */
  path: string;
  body?: unknown;
  /** Of a POST, which is only sent again under one: under a key that Teal knows already it does nothing. */
  idempotencyKey?: string;
  /** How long it is tried again; five minutes unless said. */
  patienceMs?: number;
}

/** How long a call is tried again when nobody answers, or with an error that passes. */
const PATIENCE_MS = 5 * 60_000;
/** API Gateway answers within 30 s. */
const TIMEOUT_MS = 35_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Teal's API said no, or nothing for minutes. */
export class ApiError extends Error {
  /** Of the last answer; undefined when there was none. */
  readonly status: number | undefined;
  /** The problem details (RFC 9457), or an empty object. */
  readonly problem: Record<string, unknown>;
  constructor(message: string, status?: number, problem: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }
}

/**
 * Calls the API and returns the parsed body of its answer. A lost connection, a 429 and a 5xx are tried again while the
 * call has patience. Throws an ApiError with a message for a person.
 */
export async function callApi<Body>(api: Api, call: ApiCall, surroundings: Surroundings): Promise<Body> {
  const { patienceMs = PATIENCE_MS } = call;
  const untilMs = surroundings.nowMs() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const answer = await callOnce(api, call, surroundings);
    if ('body' in answer) return answer.body as Body;
    const isSafeToRepeat = call.method === 'GET' || call.idempotencyKey !== undefined;
    if (!answer.isPassing || !isSafeToRepeat || surroundings.nowMs() + pauseMs > untilMs) throw answer.error;
    if (pauseMs === FIRST_PAUSE_MS)
      surroundings.tell(`${answer.error.message}: trying again${patienceMs === PATIENCE_MS ? ' for five minutes' : ''}`);
    await surroundings.wait(pauseMs);
  }
}

type Answer = { body: unknown } | { error: ApiError; isPassing: boolean };

async function callOnce(api: Api, { method, path, body, idempotencyKey }: ApiCall, { fetch, nowMs }: Surroundings): Promise<Answer> {
  const url = new URL(api.url + path);
  const text = body === undefined ? '' : JSON.stringify(body);
  // Outside of the try: who cannot sign need not try again.
  const signer = { ...(await api.credentials()), region: api.region };
  const headers = {
    ...sign(signer, method, url, text, new Date(nowMs())),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  };
  try {
    const response = await fetch(url.href, { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(text && { body: text }) });
    const said = await response.text();
    if (response.ok) return parseAnswer(`${method} ${path}`, response.status, said);
    return { error: refusal(`${method} ${path}`, response.status, said), isPassing: response.status >= 500 || response.status === 429 };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    return { error: new ApiError(`Teal's API at ${api.url} does not answer (${why})`, undefined, {}, { cause: error }), isPassing: true };
  }
}

function parseAnswer(call: string, status: number, said: string): Answer {
  try {
    return { body: JSON.parse(said) };
  } catch {
    return { error: new ApiError(`${call} was answered with what is no JSON: ${said.slice(0, 100)}`, status), isPassing: false };
  }
}

function refusal(call: string, status: number, said: string): ApiError {
  const problem = parseObject(said);
  // API Gateway's own answers have a message, Teal's have a detail.
  const detail = String(problem.detail ?? problem.message ?? said).slice(0, 2000);
  const hint =
    status === 403
      ? `. These credentials may not do that, or AWS does not take them: it needs execute-api:Invoke on ${call} of Teal's API. npx teal doctor --ci-policy prints a policy for a pipeline`
      : '';
  return new ApiError(`${call} was answered with ${status}: ${detail}${hint}`, status, problem);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
