import type { WireResponse } from './service.ts';

/** An HTTP API's CORS configuration, as API Gateway names its parts. */
export interface Cors {
  AllowOrigins?: string[];
  AllowMethods?: string[];
  AllowHeaders?: string[];
  ExposeHeaders?: string[];
  AllowCredentials?: boolean;
  MaxAge?: number;
}

/** The answer to an OPTIONS request that no route takes: the gateway gives it by itself. */
export function answerPreflight(cors: Cors, origin: string | undefined): WireResponse {
  const headers = isAllowed(cors, origin)
    ? {
        ...sharedHeaders(cors, origin),
        ...listHeader('access-control-allow-methods', cors.AllowMethods),
        ...listHeader('access-control-allow-headers', cors.AllowHeaders),
        ...(cors.MaxAge !== undefined && { 'access-control-max-age': String(cors.MaxAge) }),
      }
    : {};
  return { status: 204, headers, body: '' };
}

/** `response` as the gateway hands it on: with the CORS headers of the API, never with the function's own. */
export function withCors(response: WireResponse, cors: Cors, origin: string | undefined): WireResponse {
  const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  const added = isAllowed(cors, origin)
    ? { ...sharedHeaders(cors, origin), ...listHeader('access-control-expose-headers', cors.ExposeHeaders) }
    : {};
  return { ...response, headers: { ...Object.fromEntries(own), ...added } };
}

/** `*`, an origin, or one with a wildcard behind its scheme (`https://*`). */
function isAllowed({ AllowOrigins = [] }: Cors, origin: string | undefined): origin is string {
  return (
    origin !== undefined &&
    AllowOrigins.some((allowed) => allowed === origin || (allowed.endsWith('*') && origin.startsWith(allowed.slice(0, -1))))
  );
}

const sharedHeaders = ({ AllowOrigins = [], AllowCredentials }: Cors, origin: string) => ({
  'access-control-allow-origin': AllowOrigins.includes('*') ? '*' : origin,
  ...(AllowCredentials && { 'access-control-allow-credentials': 'true' }),
});

const listHeader = (name: string, values: string[] = []) => (values.length ? { [name]: values.join(',') } : {});
