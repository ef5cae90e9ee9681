import { Readable } from 'node:stream';
import { NoReply } from './faults.ts';
import type { Caller, WireResponse } from './service.ts';

/** A request before the router has looked at its signature. */
export interface UnsignedWireRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: Buffer;
}

interface SdkRequest {
  /** "dynamodb.eu-west-1.amazonaws.com" */
  hostname: string;
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

/** Who sends a request from inside this process, and to which service: what a signature would say. */
export interface Introduced {
  caller: Caller;
  service: string;
}

/** The `signer` of SDK clients whose handler introduces them: signing and checking are a fifth of a call. */
export const noSigner = { sign: async <Request>(request: Request): Promise<Request> => request };

/**
 * A `requestHandler` for AWS SDK clients that hands requests to `route` without a socket,
 * so that tests exercise the real serialisers, signatures and retries. With a caller it introduces every request as
 * theirs, and none has to be signed.
 */
export function createRequestHandler(
  route: (request: UnsignedWireRequest, introduced?: Introduced) => Promise<WireResponse>,
  caller?: Caller,
) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest, options?: { abortSignal?: AbortSignal }) {
      if (options?.abortSignal?.aborted) throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
      const wireRequest = {
        method: request.method,
        path: request.path,
        query: toSearchParams(request.query ?? {}),
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
        body: toBuffer(request.body),
      };
      const answer = route(wireRequest, caller && { caller, service: request.hostname.split('.')[0]! });
      const { status, headers, body } = await answer.catch(noReply);
      const bytes = Buffer.from(body as string);
      // Bytes, which the SDK takes beside streams: it would read a stream to its end first. An object of S3 it hands on as a stream.
      return { response: { statusCode: status, headers, body: OF_S3.test(request.hostname) ? Readable.from([bytes]) : bytes } };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}

function toSearchParams(query: Record<string, string | string[] | null>): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value ?? '']) params.append(name, item);
  }
  return params;
}

function toBuffer(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (typeof body === 'string') return Buffer.from(body);
  throw new Error(`the in-process request handler takes text and bytes, not ${typeof body}`);
}

/** "s3.eu-west-1.amazonaws.com", with or without a bucket before it. */
const OF_S3 = /(^|\.)s3\./;

/** A call without a reply, as the SDK's own handler tells of it. That its caller is killed is for whoever runs the caller. */
function noReply(error: unknown): never {
  if (!(error instanceof NoReply) || error.kind === 'killed') throw error;
  throw error.kind === 'hung'
    ? Object.assign(new Error('Request did not complete within 5000 ms'), { name: 'TimeoutError' })
    : Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
