/** As long as Teal's SDK clients wait for one try. */
const TIMEOUT_MS = 5_000;

/**
 * Answers CloudFormation, which waits for an object at a presigned URL of S3. Throws when S3 did not take it.
 * The empty content type is part of what AWS signed (its own cfn-response module sends the same).
 */
export async function putAnswer(url: string, body: string): Promise<void> {
  const taken = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body: Buffer.from(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!taken.ok) throw new Error(`S3 did not take the answer to CloudFormation: ${taken.status} ${await taken.text()}`);
}
