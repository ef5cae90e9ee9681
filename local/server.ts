import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NoReply } from './faults.ts';
import type { UnsignedWireRequest } from './request-handler.ts';
import type { WireResponse } from './service.ts';

/** Room for the largest request of any service here, a function's zip in base64. */
const LARGEST_BODY_BYTES = 16 * 1024 * 1024;
/** Longer than the SDKs keep an idle connection, so that none of them writes into one that is just being closed. */
const KEEP_ALIVE_MS = 75_000;
/** How long requests under way may take once the server closes. */
const GRACE_MS = 1_000;

export interface LocalServer {
  /** Listens on the loopback address only; port 0 takes a free one. Rejects with EADDRINUSE when the port is taken. */
  listen(port: number): Promise<{ endpoint: string }>;
  /** Lets requests under way end, for a second at most, and closes every socket. */
  close(): Promise<void>;
}

/** The local AWS on one HTTP port. `GET /_health` answers without a signature. */
export function createLocalServer(route: (request: UnsignedWireRequest) => Promise<WireResponse>): LocalServer {
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      if (outgoing.headersSent) outgoing.destroy();
      else write(outgoing, json(500, { message: error instanceof Error ? error.message : String(error) }));
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { path, query } = parseTarget(incoming.url ?? '/');
    const method = incoming.method ?? 'GET';
    if (path === '/_health' && (method === 'GET' || method === 'HEAD')) return write(outgoing, json(200, { status: 'ok' }));
    const body = await readBody(incoming);
    if (body === undefined) {
      // The rest is read and dropped: a client that is cut off while it writes does not see the answer.
      incoming.resume();
      return write(outgoing, json(413, { message: `the local AWS takes requests of up to ${LARGEST_BODY_BYTES} bytes` }));
    }
    try {
      write(outgoing, await route({ method, path, query, headers: headersOf(incoming), body }));
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      // A client that is left hanging goes by its own timeout.
      if (error.kind !== 'hung') incoming.socket.destroy();
    }
  };

  return {
    async listen(port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(grace);
    },
  };
}

function parseTarget(url: string): Pick<UnsignedWireRequest, 'path' | 'query'> {
  const origin = /^https?:\/\/[^/?]*/.exec(url)?.[0] ?? '';
  const target = url.slice(origin.length) || '/';
  const at = target.indexOf('?');
  return at < 0
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, at), query: new URLSearchParams(target.slice(at + 1)) };
}

/** undefined when it is larger than the largest. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > LARGEST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]));
}

function write(outgoing: ServerResponse, { status, headers, body }: WireResponse): void {
  outgoing.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    outgoing.setHeader(name, name === 'set-cookie' ? value.split('\n') : value);
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  // Of what HEAD asks for there is the length alone.
  const isSaid = outgoing.req.method === 'HEAD' && outgoing.hasHeader('content-length');
  if (status !== 204 && status !== 304 && !isSaid) outgoing.setHeader('content-length', bytes.length);
  outgoing.end(bytes);
}

const json = (status: number, body: unknown): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
