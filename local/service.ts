import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Quotas } from './quotas/quotas.ts';
import type { Work } from './work.ts';

/** What every service of the local AWS stands on. */
export interface Ground {
  clock: Clock;
  work: Work;
  region: string;
  accountId: string;
  /** A number from 0 to 1: the only source of chance in the local AWS (weighted routing, jitter). */
  random(): number;
  /** A new id (UUID form). */
  newId(): string;
  /** What goes wrong on purpose. */
  faults?: Faults;
  /** What an account may do in a second. Without them everything. */
  quotas?: Quotas;
}

/** A request as it came over the wire, its signature checked by the router. */
export interface WireRequest {
  method: string;
  /** Without the query, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
  /** Whom the signature named. */
  caller: Caller;
}

export interface Caller {
  accessKeyId: string;
  arn: string;
}

export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** One AWS service over its wire protocol. */
export interface WireService {
  handle(request: WireRequest): Promise<WireResponse>;
  /** What the request says, where it is not in JSON. Throws a ServiceError when it cannot be read. */
  inputOf?(request: Omit<WireRequest, 'caller'>): Record<string, unknown> | Promise<Record<string, unknown>>;
}

/** A service that is loaded when it is first called: what few ask for, everyone else need not wait for. */
export function createLazyService(load: () => Promise<Required<WireService>>): Required<WireService> {
  let loading: Promise<Required<WireService>> | undefined;
  const loaded = () => {
    loading ??= load();
    return loading;
  };
  return {
    handle: async (request) => (await loaded()).handle(request),
    inputOf: async (request) => (await loaded()).inputOf(request),
  };
}

/** An error in the service's own words: `code` is its error type as an SDK reads it, `status` the HTTP status. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: Record<string, unknown>;
  constructor(code: string, message: string, status = 400, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = 'ServiceError';
    this.code = code;
    this.status = status;
    this.fields = fields;
  }
}

/** An event on the default bus, as rules match it and targets get it. */
export interface BusEvent {
  version: '0';
  id: string;
  source: string;
  account: string;
  /** ISO 8601 in whole seconds, as EventBridge writes it. */
  time: string;
  region: string;
  resources: string[];
  'detail-type': string;
  detail: unknown;
}

/** The default event bus, as the other services see it. */
export interface EventBus {
  /** Delivers to the targets of every matching rule, asynchronously. */
  publish(event: Pick<BusEvent, 'source' | 'detail-type' | 'detail'> & { resources?: string[] }): void;
}

/** CloudWatch metrics, as the other services see them. */
export interface MetricSink {
  record(datum: {
    namespace: string;
    metricName: string;
    dimensions: Record<string, string>;
    value: number;
    unit?: string;
    atMs: number;
  }): void;
}

/** Lambda, as the other services see it. */
export interface Invoker<Call = InvocationCall> {
  /** Synchronous invocation. */
  invoke(call: Call): Promise<Invocation>;
  /** Asynchronous invocation: queued at once, retried as Lambda retries (2 times, after 1 and 2 cloud minutes, unless configured). Throws a ServiceError when the function does not exist. */
  invokeAsync(call: Call): Promise<void>;
}

export interface InvocationCall {
  /** A name or an ARN, with or without a qualifier. */
  functionName: string;
  qualifier?: string | undefined;
  payload: Uint8Array;
  by: InvokedBy;
}

/** On whose right a service invokes: that of a role which it assumed, or its own, which the function's policy must give it. */
export type InvokedBy = { roleArn: string; session: string } | { service: string; sourceArn: string };

export interface Invocation {
  executedVersion: string;
  /** "Unhandled" when the handler threw, timed out or crashed; the payload is then the error JSON. */
  functionError?: 'Unhandled';
  payload: Uint8Array;
  /** The last 4 KB of what the function printed. */
  logTail: string;
}
