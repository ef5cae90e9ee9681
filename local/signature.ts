import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { UnsignedWireRequest } from './request-handler.ts';
import { type Caller, ServiceError } from './service.ts';

/** Someone who may sign requests. */
export interface Identity extends Caller {
  secretAccessKey: string;
  /** Temporary credentials carry one, and requests signed with them must too. */
  sessionToken?: string;
}

/** What the `authorization` header says, before anything of it is believed. */
export interface Signature {
  accessKeyId: string;
  /** YYYYMMDD. */
  day: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const LARGEST_SKEW_MS = 5 * 60_000;

/** The request's signature; undefined when it is not signed. Throws IncompleteSignatureException; refuses presigned requests. */
export function readSignature(request: UnsignedWireRequest): Signature | undefined {
  if (request.query.has('X-Amz-Algorithm')) {
    throw incomplete('the local AWS does not support presigned requests (X-Amz-Algorithm in the query): sign the headers instead');
  }
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
  const scope = parts.get('Credential')!.split('/');
  if (scope.length !== 5) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${scope.join('/')}'`,
    );
  }
  const [accessKeyId, day, region, service, terminator] = scope as [string, string, string, string, string];
  if (terminator !== 'aws4_request') {
    throw invalid(`Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'.`);
  }
  const signedHeaders = parts.get('SignedHeaders')!.toLowerCase().split(';');
  return { accessKeyId, day, region, service, signedHeaders, signature: parts.get('Signature')! };
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
  const date = request.headers['x-amz-date'] ?? '';
  checkDate(date, signature.day, nowMs);
  if (!signature.signedHeaders.includes('host')) throw invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.");

  const identity = find(signature.accessKeyId);
  if (!identity || identity.sessionToken !== request.headers['x-amz-security-token']) {
    throw new ServiceError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
  }
  const scope = [signature.day, signature.region, signature.service, 'aws4_request'];
  const toSign = [ALGORITHM, date, scope.join('/'), sha256(canonicalRequest(request, signature.signedHeaders))].join('\n');
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

function checkDate(date: string, day: string, nowMs: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!match) throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`);
  if (!date.startsWith(day)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}'.`,
    );
  }
  const [, year, month, dayOfMonth, hour, minute, second] = match.map(Number) as [number, number, number, number, number, number, number];
  const skewMs = Date.UTC(year, month - 1, dayOfMonth, hour, minute, second) - nowMs;
  if (skewMs < -LARGEST_SKEW_MS) {
    throw invalid(`Signature expired: ${date} is now earlier than ${basic(nowMs - LARGEST_SKEW_MS)} (${basic(nowMs)} - 5 min.)`);
  }
  if (skewMs > LARGEST_SKEW_MS) {
    throw invalid(`Signature not yet current: ${date} is still later than ${basic(nowMs + LARGEST_SKEW_MS)} (${basic(nowMs)} + 5 min.)`);
  }
}

/** The canonical request of Signature Version 4. Every service here but S3's kind encodes the path a second time. */
function canonicalRequest({ method, path, query, headers, body }: UnsignedWireRequest, signedHeaders: string[]): string {
  const pairs = [...query].map(([name, value]) => [percentEncode(name), percentEncode(value)] as const);
  pairs.sort(([nameA, valueA], [nameB, valueB]) => byCodePoint(nameA, nameB) || byCodePoint(valueA, valueB));
  return [
    method,
    percentEncode(normalize(path)).replaceAll('%2F', '/'),
    pairs.map((pair) => pair.join('=')).join('&'),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
}

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
