import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { putAnswer } from '../../functions/aws/stack-answer.ts';

/** A bucket that answers with this status; what it was sent. */
async function aBucket(status: number) {
  const sent: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    sent.push({ method: request.method, url: request.url, headers: request.headers, body: await text(request) });
    response.writeHead(status).end(status === 200 ? '' : '<Error><Code>AccessDenied</Code></Error>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { sent, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket/request%7C1?X-Amz-Signature=abc` };
}

it('answers CloudFormation with a PUT of an empty content type, as the URL is signed for', async () => {
  const { url, sent } = await aBucket(200);
  await putAnswer(url, '{"Reason":"größer"}');
  expect(sent).toMatchObject([
    {
      method: 'PUT',
      url: '/bucket/request%7C1?X-Amz-Signature=abc',
      headers: { 'content-type': '', 'content-length': '21' },
      body: '{"Reason":"größer"}',
    },
  ]);
});

it('says what S3 says when it does not take the answer', async () => {
  const { url } = await aBucket(403);
  await expect(putAnswer(url, '{}')).rejects.toThrow('403 <Error><Code>AccessDenied</Code></Error>');
});
