import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { callSigned } from '../../../scripts/demo/signed-call.ts';
import { runFramework } from '../../plugin/package-fixture.ts';

const TEAL = fileURLToPath(new URL('../../..', import.meta.url));
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

interface Ready {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  api: string;
}

/** The service, with Teal's tarball installed in it. */
let folder: string;
let local: ReturnType<typeof spawn>;
let ready: Ready;
let lambda: LambdaClient;
/** Where users call the service. */
let users: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'teal-deploy-'));
  cpSync(fileURLToPath(new URL('./service', import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "private": true }');
  const npm = (cwd: string, ...args: string[]) => execFileSync('npm', [...args, '--loglevel', 'error'], { cwd, stdio: 'pipe' });
  npm(TEAL, 'pack', '--pack-destination', folder);
  npm(folder, 'install', '--offline', '--no-audit', '--no-fund', `./${globSync('teal-*.tgz', { cwd: folder })[0]}`);

  const args = ['scripts/local.ts', '--port', '0', '--speed', '60', '--json', '--package', inject('packageFolder')];
  local = spawn(process.execPath, args, { cwd: TEAL, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: local.stdout! }), 'line');
  ready = JSON.parse(line as string) as Ready;
  lambda = new LambdaClient({ region: ready.region, endpoint: ready.endpoint, credentials: ready.credentials });
}, 120_000);

afterAll(async () => {
  local.kill();
  await once(local, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `serverless` in the service, with the local AWS for its account. */
const serverless = (args: string[], interruptAt?: string) =>
  runFramework(SERVERLESS, folder, args, {
    variables: {
      AWS_ENDPOINT_URL: ready.endpoint,
      AWS_REGION: ready.region,
      AWS_ACCESS_KEY_ID: ready.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ready.credentials.secretAccessKey,
      TEAL_API: ready.api,
    },
    interruptAt,
  });

const writeCode = (body: string, before = '') =>
  writeFileSync(
    join(folder, 'orders.mjs'),
    `export const handler = async (event) => { ${before} return { statusCode: 200, body: '${body}' }; };\n`,
  );

const ask = async () => (await fetch(users)).text();
const aliasOf = async (name: string) => {
  const { FunctionVersion, RoutingConfig } = await lambda.send(new GetAliasCommand({ FunctionName: name, Name: 'live' }));
  return { version: FunctionVersion, weights: RoutingConfig?.AdditionalVersionWeights ?? {} };
};

/** Calls the service, as users do, until `done` is settled; and what they got, but for `200`. */
async function withUsers<T>(done: Promise<T>): Promise<T & { failures: string[] }> {
  let isOver = false;
  const failures: string[] = [];
  const calls = (async () => {
    while (!isOver) {
      const answer = await fetch(users);
      const said = await answer.text();
      if (!answer.ok) failures.push(`${answer.status} ${said}`);
      await wait(20);
    }
  })();
  try {
    return { ...(await done), failures };
  } finally {
    isOver = true;
    await calls;
  }
}

const statusOf = (id: string) => async () =>
  (await callSigned<{ status: string }>({ ...ready.credentials, region: ready.region }, 'GET', `${ready.api}/releases/${id}`)).status;
const PATIENCE = { timeout: 60_000, interval: 500 };

/** One service through its life: each deploy follows the one before. */
describe('serverless deploy with the plugin', () => {
  it('moves a service that users call already to the alias, without failing one of their requests', async () => {
    writeCode('one');
    const file = join(folder, 'serverless.yml');
    const service = readFileSync(file, 'utf8');
    writeFileSync(file, service.replace('plugins: [teal]', 'plugins: []'));
    const before = await serverless(['deploy']);
    expect(before.code, before.said).toBe(0);
    users = `${ready.endpoint}/execute-api/${/https:\/\/(\w+)\.execute-api/.exec(before.said)?.[1]}/orders`;
    expect(await ask()).toBe('one');
    await expect(aliasOf('shop-prod-orders')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

    writeFileSync(file, service);
    const { code, said, failures } = await withUsers(serverless(['deploy']));
    expect(code, said).toBe(0);
    expect(failures).toEqual([]);
    expect(said).toContain('alias live serves this code already: shop-prod-orders (version 1), shop-prod-refunds (version 1)');
    expect(await ask()).toBe('one');
    expect(await aliasOf('shop-prod-orders')).toEqual({ version: '1', weights: {} });
  });

  it('releases changed code of both functions together, tells how it goes, and ends when users have it', async () => {
    writeCode('two');
    const { code, said, failures } = await withUsers(serverless(['deploy']));
    expect(code, said).toBe(0);
    expect(failures).toEqual([]);
    expect(said).toMatch(/teal: release shop-prod-orders-\S+ of shop-prod-orders, shop-prod-refunds/);
    expect(said).toMatch(/teal: {11}◐ baking/);
    expect(said).toMatch(/teal: \d\d:\d\d:\d\d {2}· .*OrdersErrors/);
    expect(said).toMatch(/is promoted/);
    expect(await ask()).toBe('two');
    expect([await aliasOf('shop-prod-orders'), await aliasOf('shop-prod-refunds')]).toEqual([
      { version: '2', weights: {} },
      { version: '2', weights: {} },
    ]);
  });

  it('fails when the new code fails, with users on the version before', async () => {
    writeCode('three', "if (event.routeKey) throw new Error('three');");
    const { code, said } = await withUsers(serverless(['deploy']));
    expect(code, said).toBe(1);
    expect(said).toMatch(/Release shop-prod-orders-\S+ was reverted: /);
    expect(said).toContain('--again');
    expect(await ask()).toBe('two');
    expect(await aliasOf('shop-prod-orders')).toEqual({ version: '2', weights: {} });
  });

  it('only deploys with --no-release', async () => {
    writeCode('four');
    const { code, said } = await serverless(['deploy', '--no-release']);
    expect(code, said).toBe(0);
    expect(said).toContain('deployed and not released');
    expect(await ask()).toBe('two');
  });

  it('releases what was only deployed with the next deploy, also of a package, and with --detach does not wait for it', async () => {
    const packaged = await serverless(['package', '--package', 'packaged']);
    expect(packaged.code, packaged.said).toBe(0);
    const { code, said } = await serverless(['deploy', '--package', 'packaged', '--detach']);
    expect(code, said).toBe(0);
    const id = /teal: release (\S+) of/.exec(said)?.[1] ?? '';
    expect(said).toContain(`npx teal abort ${id} --api http`);
    await expect.poll(statusOf(id), PATIENCE).toBe('promoted');
    expect(await ask()).toBe('four');
  });

  it('leaves the release running on Ctrl-C, and says so', async () => {
    writeCode('five');
    const { code, said } = await serverless(['deploy'], '◐ baking');
    expect(code, said).toBe(130);
    const id = /interrupted: release (\S+) goes on by itself/.exec(said)?.[1] ?? '';
    await expect.poll(statusOf(id), PATIENCE).toBe('promoted');
    expect(await ask()).toBe('five');
  });

  it('says that serverless deploy function releases nothing', async () => {
    writeCode('six');
    const { code, said } = await serverless(['deploy', 'function', '--function', 'orders']);
    expect(code, said).toBe(0);
    expect(said).toContain('moves no alias');
    expect(await ask()).toBe('five');
  });

  it('takes the alias away with its function on serverless remove', async () => {
    const { code, said } = await serverless(['remove']);
    expect(code, said).toBe(0);
    await expect(aliasOf('shop-prod-orders')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
