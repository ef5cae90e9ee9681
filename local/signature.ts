import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { decodePath } from './http-api-format.ts';
import type { UnsignedWireRequest } from './request-handler.ts';
import { type Caller, ServiceError } from './service.ts';

/** Someone who may sign requests. */
export interface Identity extends Caller {
  secretAccessKey: string;
  /** Temporary credentials carry one, and requests signed with them must too. */
  sessionToken?: string;
}

/** What the `authorization` header or a presigned address says, before anything of it is believed. */
export interface Signature {
  accessKeyId: string;
  /** YYYYMMDD. */
  day: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  /** Of a presigned address. */
  expiresSeconds?: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const LARGEST_SKEW_MS = 5 * 60_000;

/** The request's signature; undefined when it is not signed. Throws IncompleteSignatureException; refuses presigned requests to others than S3. */
export function readSignature(request: UnsignedWireRequest): Signature | undefined {
  if (request.query.has('X-Amz-Algorithm')) return readPresigned(request.query);
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const [algorithm = '', ...rest] = header.trim().split(/[\s,]+/);
  if (!algorithm.startsWith('AWS4-')) return undefined;
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${algorithm}'`);

  const parts = new Map(rest.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parts.get(name));
  if (missing.length) {
    throw incomplete(missing.map((name) => `Authorization header requires '${name}' parameter.`).join(' '));
  }
  return readParts(parts.get('Credential')!, parts.get('SignedHeaders')!, parts.get('Signature')!);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function readPresigned(query: URLSearchParams): Signature {
  const [credential, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => query.get(`X-Amz-${name}`));
  const expiresSeconds = Number(query.get('X-Amz-Expires'));
  if (query.get('X-Amz-Algorithm') !== ALGORITHM || !credential || !signedHeaders || !signature || !(expiresSeconds > 0)) {
    throw incomplete(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  const read = readParts(credential, signedHeaders, signature);
  if (read.service !== 's3') {
    throw incomplete(
      'the local AWS does not support presigned requests (X-Amz-Algorithm in the query) but to S3: sign the headers instead',
    );
  }
  return { ...read, expiresSeconds };
}

function readParts(credential: string, signedHeaders: string, signature: string): Signature {
  const scope = credential.split('/');
  if (scope.length !== 5) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${scope.join('/')}'`,
    );
  }
  const [accessKeyId, day, region, service, terminator] = scope as [string, string, string, string, string];
  if (terminator !== 'aws4_request') {
    throw invalid(`Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'.`);
  }
  return { accessKeyId, day, region, service, signedHeaders: signedHeaders.toLowerCase().split(';'), signature };
}

/**
 * The caller, when the signature is theirs. Signature dates run on the machine's clock: `nowMs` is its time.
 * Throws UnrecognizedClientException, InvalidSignatureException or IncompleteSignatureException in AWS's words.
 */
export function checkSignature(
  request: UnsignedWireRequest,
  signature: Signature,
  find: (accessKeyId: string) => Identity | undefined,
  nowMs: number,
): Caller {
  const isPresigned = signature.expiresSeconds !== undefined;
  const said = (name: string) => (isPresigned ? (request.query.get(name) ?? undefined) : request.headers[name.toLowerCase()]);
  const date = said('X-Amz-Date') ?? '';
  checkDate(date, signature.day, nowMs, signature.expiresSeconds);
  if (!signature.signedHeaders.includes('host')) throw invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.");

  const identity = find(signature.accessKeyId);
  if (!identity || identity.sessionToken !== said('X-Amz-Security-Token')) {
    throw new ServiceError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
  }
  const scope = [signature.day, signature.region, signature.service, 'aws4_request'];
  const toSign = [ALGORITHM, date, scope.join('/'), sha256(canonicalRequest(request, signature))].join('\n');
  const key = signingKey(identity.secretAccessKey, scope);
  const expected = hmac(key, toSign);
  const given = Buffer.from(signature.signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw invalid(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return { accessKeyId: identity.accessKeyId, arn: identity.arn };
}

/** The same for a day: worth keeping, since it is four of a check's five HMACs. */
function signingKey(secretAccessKey: string, scope: string[]): string | Buffer {
  const name = [secretAccessKey, ...scope].join('/');
  const known = signingKeys.get(name);
  if (known) return known;
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  if (signingKeys.size >= MOST_SIGNING_KEYS) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

const signingKeys = new Map<string, string | Buffer>();
const MOST_SIGNING_KEYS = 1000;

function checkDate(date: string, day: string, nowMs: number, expiresSeconds?: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!match) throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`);
  if (!date.startsWith(day)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}'.`,
    );
  }
  const [, year, month, dayOfMonth, hour, minute, second] = match.map(Number) as [number, number, number, number, number, number, number];
  const skewMs = Date.UTC(year, month - 1, dayOfMonth, hour, minute, second) - nowMs;
  if (expiresSeconds !== undefined) {
    if (skewMs < -expiresSeconds * 1000) throw new ServiceError('AccessDenied', 'Request has expired', 403);
  } else if (skewMs < -LARGEST_SKEW_MS) {
    throw invalid(`Signature expired: ${date} is now earlier than ${basic(nowMs - LARGEST_SKEW_MS)} (${basic(nowMs)} - 5 min.)`);
  }
  if (skewMs > LARGEST_SKEW_MS) {
    throw invalid(`Signature not yet current: ${date} is still later than ${basic(nowMs + LARGEST_SKEW_MS)} (${basic(nowMs)} + 5 min.)`);
  }
}

/** The canonical request of Signature Version 4. Every service but S3 encodes the path a second time, and has the body itself hashed. */
function canonicalRequest(request: UnsignedWireRequest, { service, signedHeaders, expiresSeconds }: Signature): string {
  const { method, path, query, headers, body } = request;
  const isS3 = service === 's3';
  const pairs = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const);
  pairs.sort(([nameA, valueA], [nameB, valueB]) => byCodePoint(nameA, nameB) || byCodePoint(valueA, valueB));
  return [
    method,
    percentEncode(isS3 ? (decodePath(path) ?? path) : normalize(path)).replaceAll('%2F', '/'),
    pairs.map((pair) => pair.join('=')).join('&'),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    isS3 ? payloadHash(request, expiresSeconds !== undefined) : sha256(body),
  ].join('\n');
}

/** S3 takes the caller's word for the body's hash, and holds the body against it; or no word at all. */
function payloadHash({ headers, body }: UnsignedWireRequest, isPresigned: boolean): string {
  const said = headers['x-amz-content-sha256'] ?? (isPresigned ? UNSIGNED : '');
  if (said === UNSIGNED) return said;
  if (said.startsWith('STREAMING-'))
    throw new ServiceError('NotImplemented', `the local AWS does not support bodies of the kind ${said}`, 501);
  if (said !== sha256(body)) {
    throw new ServiceError('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return said;
}

const UNSIGNED = 'UNSIGNED-PAYLOAD';

/** `path` without empty and dot segments. */
function normalize(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}${segments.length && path.endsWith('/') ? '/' : ''}`;
}

const percentEncode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
const byCodePoint = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const basic = (ms: number) => new Date(ms).toISOString().replace(/\.\d+|[-:]/g, '');
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const incomplete = (message: string) => new ServiceError('IncompleteSignatureException', message, 403);
const invalid = (message: string) => new ServiceError('InvalidSignatureException', message, 403);
