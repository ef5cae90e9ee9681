import aws4 from 'aws4';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string;
}

export interface Signer extends Credentials {
  region: string;
}

/** The headers that sign a request with Signature Version 4, but for `host`, which whoever sends it adds. */
export function sign(
  { region, accessKeyId, secretAccessKey, sessionToken }: Signer,
  method: string,
  url: URL,
  body: string,
  now: Date,
  service = 'execute-api',
): Record<string, string> {
  const date = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const headers = { 'content-type': 'application/json', 'x-amz-date': date };
  const request = { service, region, method, host: url.host, path: url.pathname + url.search, headers, body };
  const signed = aws4.sign(request, { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }).headers ?? {};
  return Object.fromEntries(
    Object.entries(signed).flatMap(([name, value]) => (name.toLowerCase() === 'host' ? [] : [[name.toLowerCase(), String(value)]])),
  );
}
