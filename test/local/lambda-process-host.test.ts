import { existsSync } from 'node:fs';
import { CreateAliasCommand, InvokeCommand, PublishVersionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterEach, expect, test, vi } from 'vitest';
import type { FunctionRuntime, HostedVersion } from '../../local/lambda/host.ts';
import { createProcessHost, type ProcessHostOptions } from '../../local/lambda/process-host.ts';
import { create, createWorld, zipOf } from './lambda-world.ts';

const requestId = '6f1b6f0e-0000-4000-8000-000000000001';
const invokedFunctionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:orders:live';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A version with these files (a text is its `index.js`), on a process host of its own. */
function open(files: string | Record<string, string>, changes: Partial<HostedVersion> = {}, options: Partial<ProcessHostOptions> = {}) {
  const host = createProcessHost({
    endpoint: () => 'http://127.0.0.1:4566',
    region: 'eu-west-1',
    credentialsFor: (role) => ({ accessKeyId: `key of ${role}`, secretAccessKey: 'secret', sessionToken: 'token' }),
    ...options,
  });
  closers.push(host.close);
  return host.open({
    functionName: 'orders',
    version: '7',
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:7',
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    memoryMb: 256,
    timeoutSeconds: 20,
    environment: { STAGE: 'test' },
    role: 'orders-role',
    codeSha256: 'sha',
    zip: zipOf(typeof files === 'string' ? { 'index.js': files } : files),
    ...changes,
  });
}

async function invoke(runtime: FunctionRuntime, event: unknown = {}) {
  const answer = await runtime.invoke({ payload: Buffer.from(JSON.stringify(event)), requestId, invokedFunctionArn });
  return { ...answer, payload: JSON.parse(Buffer.from(answer.payload).toString('utf8')) };
}

test('the context and the environment are those of Lambda', async () => {
  const runtime = open(
    `exports.handler = async (event, context) => ({
    ...context, remaining: context.getRemainingTimeInMillis(), send: typeof process.send, cwd: process.cwd(),
    env: process.env, node: process.version, maps: process.sourceMapsEnabled,
  });`,
    { environment: { STAGE: 'test', NODE_OPTIONS: '--enable-source-maps' } },
  );
  const { payload } = await invoke(runtime);
  expect(payload).toMatchObject({
    functionName: 'orders',
    functionVersion: '7',
    invokedFunctionArn,
    memoryLimitInMB: '256',
    awsRequestId: requestId,
    send: 'undefined',
    cwd: payload.env.LAMBDA_TASK_ROOT,
    node: process.version,
    maps: false,
    env: {
      STAGE: 'test',
      _HANDLER: 'index.handler',
      AWS_LAMBDA_FUNCTION_NAME: 'orders',
      AWS_LAMBDA_FUNCTION_VERSION: '7',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'key of orders-role',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    },
  });
  expect(payload.remaining).toBeGreaterThan(15_000);
  expect(payload.remaining).toBeLessThanOrEqual(20_000);
  expect(payload.env).not.toHaveProperty('NODE_COMPILE_CACHE');
  expect(payload.env).not.toHaveProperty('VITEST');
});

test('running out of memory takes down the instance and nothing else', async () => {
  const runtime = open(
    'exports.handler = (event) => { const all = []; while (event.leak) all.push(new Array(1e5).fill({})); return 1; };',
    { memoryMb: 128 },
  );
  expect((await invoke(runtime, { leak: true })).payload).toMatchObject({ errorType: 'Runtime.ExitError' });
  expect((await invoke(runtime)).payload).toBe(1);
});

test.each(['fs.writeSync(3, Buffer.alloc(64))', 'fs.writeSync(3, Buffer.alloc(64, 255))', 'fs.closeSync(3)', 'process.stderr.destroy()'])(
  'code that tampers with its pipes (%s) harms itself at most',
  async (statement) => {
    const runtime = open(`const fs = require('fs'); exports.handler = async (event) => { if (event.tamper) ${statement}; return 1; };`);
    const { payload, functionError } = await invoke(runtime, { tamper: true });
    if (functionError) expect(payload.errorType).toBe('Runtime.ExitError');
    expect((await invoke(runtime)).payload).toBe(1);
  },
);

test('the log tail is the last 4 KB, and onLog gets everything', async () => {
  let everything = '';
  const runtime = open(
    `exports.handler = () => { console.warn('begin'); process.stdout.write('raw\\n'); for (let i = 0; i < 200; i++) console.log('line', i, { i }); };`,
    {},
    {
      onLog: ({ functionName, version, text }) => {
        everything += `${functionName}:${version} ${text}`;
      },
    },
  );
  const { logTail } = await invoke(runtime);
  expect(Buffer.byteLength(logTail)).toBe(4096);
  expect(logTail).toMatch(
    new RegExp(`\\tINFO\\tline 199 \\{ i: 199 \\}\\nEND RequestId: ${requestId}\\nREPORT RequestId: ${requestId}\\tDuration: `),
  );
  expect(everything).toContain(`orders:7 START RequestId: ${requestId} Version: 7\n`);
  expect(everything).toMatch(new RegExp(`orders:7 \\S+Z\\t${requestId}\\tWARN\\tbegin\\n`));
  expect(everything).toContain('orders:7 raw\n');
});

test('an instance runs one request at a time and is used again; requests at once get instances of their own', async () => {
  const runtime = open(`
    let count = 0;
    exports.handler = async ({ wait = 0 }) => { const nth = ++count; await new Promise((resolve) => setTimeout(resolve, wait)); return { pid: process.pid, nth, count }; };`);
  const first = (await invoke(runtime)).payload;
  const second = (await invoke(runtime)).payload;
  expect(second).toEqual({ pid: first.pid, nth: 2, count: 2 });
  const atOnce = (await Promise.all([1, 2, 3].map(() => invoke(runtime, { wait: 500 })))).map(({ payload }) => payload);
  expect(new Set(atOnce.map(({ pid }) => pid)).size).toBe(3);
  for (const { nth, count } of atOnce) expect(nth).toBe(count);
});

test('beyond maxInstances requests wait for an instance', async () => {
  const runtime = open('exports.handler = async () => process.pid;', {}, { maxInstances: 2 });
  const pids = await Promise.all(Array.from({ length: 20 }, async () => (await invoke(runtime)).payload));
  expect(new Set(pids).size).toBeLessThanOrEqual(2);
});

test('through the service: a split alias runs both versions, each in processes of its own, and the clock waits for them', async () => {
  const host = createProcessHost({
    endpoint: () => 'http://127.0.0.1:4566',
    region: 'eu-west-1',
    credentialsFor: () => ({ accessKeyId: 'key', secretAccessKey: 'secret' }),
  });
  closers.push(host.close);
  const { client, lambda, clock, metrics } = createWorld({ host });
  const source = `exports.handler = async () => {
    if (process.env.COLOUR === 'green') throw new Error('not ripe');
    return [process.env.COLOUR, process.env.AWS_LAMBDA_FUNCTION_VERSION];
  };`;
  const FunctionName = 'orders';
  const blue = { Environment: { Variables: { COLOUR: 'blue' } } };
  await create(client, { ...blue, Code: { ZipFile: zipOf({ 'index.js': source }) }, Timeout: 20, Publish: true });
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { COLOUR: 'green' } } }));
  await client.send(new PublishVersionCommand({ FunctionName }));
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.5 } };
  await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1', RoutingConfig }));

  const seen = new Set<string>();
  while (seen.size < 2) {
    const { ExecutedVersion, FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName, Qualifier: 'live' }));
    seen.add(ExecutedVersion!);
    const answer = JSON.parse(Payload!.transformToString());
    if (ExecutedVersion === '1') expect([FunctionError, answer]).toEqual([undefined, ['blue', '1']]);
    else expect([FunctionError, answer.errorMessage]).toEqual(['Unhandled', 'not ripe']);
  }

  metrics.length = 0;
  await lambda.invokeAsync({ functionName: FunctionName, qualifier: '2', payload: Buffer.alloc(0) });
  await clock.advanceTo(clock.nowMs() + 600_000);
  const tries = metrics.filter(({ metricName, dimensions }) => metricName === 'Errors' && dimensions.Resource === 'orders:2');
  expect(tries.map(({ atMs }) => (atMs - tries[0]!.atMs) / 60_000)).toEqual([0, 1, 3]);
  await lambda.close();
});

test('an idle instance is ended', async () => {
  const runtime = open('exports.handler = async () => process.pid;', {}, { idleMs: 1 });
  const { payload: pid } = await invoke(runtime);
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 5000);
  expect((await invoke(runtime)).payload).not.toBe(pid);
});

test('close ends the instances and removes their files', async () => {
  const runtime = open('exports.handler = async () => [process.pid, process.env.LAMBDA_TASK_ROOT];');
  const {
    payload: [pid, taskRoot],
  } = await invoke(runtime);
  expect([isRunning(pid), existsSync(taskRoot)]).toEqual([true, true]);
  await closers.pop()!();
  expect([isRunning(pid), existsSync(taskRoot)]).toEqual([false, false]);
  await expect(invoke(runtime)).rejects.toThrow('closed');
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
