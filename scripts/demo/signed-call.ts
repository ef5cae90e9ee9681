import { createHash, createHmac } from 'node:crypto';

export interface Signer {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/** Calls an HTTP API with an IAM authorizer: signed with Signature Version 4, for paths without special characters. Throws when the API refuses. */
export async function callSigned<Body>(signer: Signer, method: string, url: string, body?: unknown): Promise<Body> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = sign(signer, method, new URL(url), text, new Date());
  const response = await fetch(url, { method, headers, ...(text && { body: text }) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname} answered ${response.status}: ${answer}`);
  return JSON.parse(answer) as Body;
}

/** The headers that sign a request; `host` is the one header besides that is signed. */
export function sign(
  { accessKeyId, secretAccessKey, region }: Signer,
  method: string,
  url: URL,
  body: string,
  now: Date,
): Record<string, string> {
  const date = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = [date.slice(0, 8), region, 'execute-api', 'aws4_request'];
  const signed = 'content-type;host;x-amz-date';
  const canonical = [
    method,
    url.pathname,
    [...url.searchParams]
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .sort()
      .join('&'),
    'content-type:application/json',
    `host:${url.host}`,
    `x-amz-date:${date}`,
    '',
    signed,
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  return {
    'content-type': 'application/json',
    'x-amz-date': date,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${signed}, Signature=${signature}`,
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
