import { connect } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpApi } from '../../local/http-api.ts';
import { createIdentities } from '../../local/identities.ts';
import { jsonResponse } from '../../local/json-protocol.ts';
import { createRouter } from '../../local/router.ts';
import { createLocalServer, type LocalServer } from '../../local/server.ts';
import type { WireRequest } from '../../local/service.ts';
import { aGround, anythingGoes } from './a-ground.ts';

let server: LocalServer | undefined;
afterEach(() => server?.close());

async function aServer() {
  const seen: WireRequest[] = [];
  const service = {
    async handle(request: WireRequest) {
      seen.push(request);
      return jsonResponse(200, {});
    },
  };
  const httpApi = {
    handle: async () => ({ status: 200, headers: { 'set-cookie': 'a=1\nb=2' }, body: 'hello' }),
  } as unknown as HttpApi;
  const identities = createIdentities('123456789012');
  server = createLocalServer(
    createRouter({
      ground: aGround(),
      services: { lambda: service, dynamodb: service },
      httpApi,
      iam: anythingGoes,
      findIdentity: identities.find,
      machineNowMs: Date.now,
    }),
  );
  const { endpoint } = await server.listen(0);
  const { accessKeyId, secretAccessKey } = identities.administrator;
  return { endpoint, seen, config: { region: 'eu-west-1', endpoint, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 } };
}

describe('the port of the local AWS', () => {
  it('takes what SDK clients sign and send over a socket', async () => {
    const { config, seen } = await aServer();
    const lambda = new LambdaClient(config);
    await lambda.send(new GetFunctionCommand({ FunctionName: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:live' }));
    await new DynamoDBClient(config).send(new ListTablesCommand({ Limit: 3 }));
    expect(seen.map(({ method, body }) => [method, String(body)])).toEqual([
      ['GET', ''],
      ['POST', '{"Limit":3}'],
    ]);
  });

  it('answers /_health without a signature', async () => {
    const { endpoint } = await aServer();
    const response = await fetch(`${endpoint}/_health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('writes each cookie as a header of its own', async () => {
    const { endpoint } = await aServer();
    const response = await fetch(`${endpoint}/execute-api/abc/`);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('is 413 to a body of more than 16 MB', async () => {
    const { endpoint } = await aServer();
    const body = Buffer.alloc(16 * 1024 * 1024 + 1);
    expect((await fetch(endpoint, { method: 'POST', body })).status).toBe(413);
  });

  it('closes connections that are kept alive, and says when its port is taken', async () => {
    const { endpoint } = await aServer();
    const port = Number(new URL(endpoint).port);
    await expect(createLocalServer(async () => jsonResponse(200, {})).listen(port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /_health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await server!.close();
    await ended;
  });
});
