import aws4 from 'aws4';

export interface Signer {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/** Calls an HTTP API with an IAM authorizer. Throws when the API refuses. */
export async function callSigned<Body>(signer: Signer, method: string, url: string, body?: unknown): Promise<Body> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = sign(signer, method, new URL(url), text, new Date());
  const response = await fetch(url, { method, headers, ...(text && { body: text }) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname} answered ${response.status}: ${answer}`);
  return JSON.parse(answer) as Body;
}

/** The headers that sign a request with Signature Version 4, but for `host`, which whoever sends it adds. */
export function sign(
  { region, ...credentials }: Signer,
  method: string,
  url: URL,
  body: string,
  now: Date,
  service = 'execute-api',
): Record<string, string> {
  const date = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const headers = { 'content-type': 'application/json', 'x-amz-date': date };
  const request = { service, region, method, host: url.host, path: url.pathname + url.search, headers, body };
  const signed = Object.entries(aws4.sign(request, credentials).headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return Object.fromEntries(signed.filter(([name]) => name !== 'host'));
}
