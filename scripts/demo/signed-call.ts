import { type Signer, sign } from '../../client/sign.ts';

/** Calls an HTTP API with an IAM authorizer. Throws when the API refuses. */
export async function callSigned<Body>(signer: Signer, method: string, url: string, body?: unknown): Promise<Body> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = sign(signer, method, new URL(url), text, new Date());
  const response = await fetch(url, { method, headers, ...(text && { body: text }) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname} answered ${response.status}: ${answer}`);
  return JSON.parse(answer) as Body;
}
