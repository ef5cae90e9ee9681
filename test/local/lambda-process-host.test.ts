import { existsSync } from 'node:fs';
import { CreateAliasCommand, InvokeCommand, PublishVersionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterEach, expect, test, vi } from 'vitest';
import type { FunctionRuntime, HostedVersion } from '../../local/lambda/host.ts';
import { toBytes } from '../../local/lambda/instance-channel.ts';
import { createProcessHost, type ProcessHostOptions } from '../../local/lambda/process-host.ts';
import { isRunning } from '../is-running.ts';
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

test.each([
  ["process.kill(process.pid, 'SIGKILL')", 'Runtime exited with error: signal: killed'],
  ["process.kill(process.pid, 'SIGSEGV')", 'Runtime exited with error: signal: segmentation fault'],
  ['process.abort()', 'Runtime exited with error: signal: aborted'],
])('%s is Runtime.ExitError, and what was printed before is in the log', async (statement, reason) => {
  const answer = await invoke(
    open(`exports.handler = async () => { console.log('last words'); ${statement}; await new Promise(() => {}); };`),
  );
  expect(answer).toMatchObject({
    functionError: 'Unhandled',
    payload: { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${reason}` },
  });
  expect(answer.logTail).toContain('last words');
});

test('running out of memory takes down the instance and nothing else', async () => {
  const runtime = open(
    'exports.handler = (event) => { const all = []; while (event.leak) all.push(new Array(1e5).fill({})); return 1; };',
    { memoryMb: 128 },
  );
  expect((await invoke(runtime, { leak: true })).payload).toMatchObject({ errorType: 'Runtime.ExitError' });
  expect((await invoke(runtime)).payload).toBe(1);
});

test('memory outside of the heap is bounded too', async () => {
  const runtime = open('exports.handler = (event) => { const all = []; while (event.leak) all.push(Buffer.alloc(1e6, 1)); return 1; };', {
    memoryMb: 128,
  });
  const answer = await invoke(runtime, { leak: true });
  expect(answer.payload).toEqual({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
  });
  expect(answer.logTail).toContain('\tMax Memory Used: 128 MB\t');
  expect(answer.logTail).toContain('\tStatus: error\tError Type: Runtime.OutOfMemory\t\n');
  expect((await invoke(runtime)).payload).toBe(1);
});

test('memory that leaks request by request is bounded too', async () => {
  const runtime = open('const all = []; exports.handler = () => { all.push(Buffer.alloc(2e7, 1)); return all.length; };', {
    memoryMb: 160,
  });
  const answers = [];
  while (answers.at(-1)?.functionError === undefined && answers.length < 20) answers.push(await invoke(runtime));
  expect(answers.at(-1)!.logTail).toContain('Error Type: Runtime.OutOfMemory');
  expect((await invoke(runtime)).payload).toBe(1);
});

test.each([
  ['the console', "console.log('x'.repeat(1e5))"],
  ['a stream', "process.stdout.write('x'.repeat(1e5))"],
  ['the file descriptor', "require('fs').writeSync(1, 'x'.repeat(1e5))"],
])("200 MB printed to %s do not count as the function's memory", async (_, statement) => {
  const runtime = open(`exports.handler = () => { for (let i = 0; i < 2000; i++) ${statement}; return 1; };`, { memoryMb: 160 });
  expect((await invoke(runtime)).payload).toBe(1);
});

test.each([
  'fs.writeSync(3, Buffer.alloc(64))',
  'fs.closeSync(3)',
  'fs.writeSync(4, Buffer.alloc(64))',
  'fs.writeSync(4, Buffer.alloc(64, 255))',
  'fs.closeSync(4)',
  'process.stderr.destroy()',
])('code that tampers with its pipes (%s) harms itself at most', async (statement) => {
  const runtime = open(`const fs = require('fs'); exports.handler = async (event) => { if (event.tamper) ${statement}; return 1; };`);
  const { payload, functionError } = await invoke(runtime, { tamper: true });
  if (functionError) expect(payload.errorType).toBe('Runtime.ExitError');
  expect((await invoke(runtime)).payload).toBe(1);
});

const ANSWER = { type: 'answer', isError: false, isTooLarge: false, isLast: false, durationMs: 1, peakMemoryMb: 1 };
test.each([
  null,
  'answer',
  {},
  { type: 'toString' },
  { ...ANSWER, isError: undefined },
  { ...ANSWER, isLast: 1 },
  { ...ANSWER, durationMs: 'long' },
  { ...ANSWER, durationMs: -1 },
  { ...ANSWER, peakMemoryMb: null },
])('a forged header %j breaks the pipe as garbage does', async (header) => {
  const forged = toBytes(header, '2').toString('base64');
  const runtime = open(
    `exports.handler = ({ forge }) => { if (forge) require('fs').writeSync(4, Buffer.from('${forged}', 'base64')); return 1; };`,
  );
  expect(await invoke(runtime, { forge: true })).toMatchObject({ functionError: 'Unhandled', payload: { errorType: 'Runtime.ExitError' } });
  expect((await invoke(runtime)).payload).toBe(1);
});

test('an instance that ends with its answer gets no further request', async () => {
  const runtime = open(
    'exports.handler = ({ crash }) => (crash ? new Promise(() => { setImmediate(() => { throw new Error(`crash`) }) }) : 1);',
  );
  for (let round = 0; round < 5; round++) {
    expect((await invoke(runtime, { crash: true })).payload.errorMessage).toBe('crash');
    expect((await invoke(runtime)).payload).toBe(1);
  }
});

test('a promise that nothing will settle is Runtime.NodeJsExit, at once', async () => {
  const answer = await invoke(open('exports.handler = () => new Promise(() => {});'));
  expect(answer).toMatchObject({
    functionError: 'Unhandled',
    payload: {
      errorType: 'Runtime.NodeJsExit',
      errorMessage: expect.stringContaining('most commonly caused by a Promise that was never settled'),
    },
  });
});

test('initialisation that takes too long begins anew within the request, and has its timeout then', async () => {
  const slow = open(
    { 'index.mjs': 'setInterval(() => {}, 1000); await new Promise(() => {});' },
    { timeoutSeconds: 1 },
    { initSeconds: 0.2 },
  );
  const answer = await invoke(slow);
  expect(answer.payload.errorMessage).toBe(`RequestId: ${requestId} Error: Task timed out after 1.00 seconds`);
  expect(answer.logTail).toMatch(/INIT_REPORT Init Duration: \S+ ms\tPhase: invoke\tStatus: timeout/);
  expect(answer.logTail).toMatch(/\tStatus: timeout\t\n$/);
});

test('a cold start is in its first REPORT', async () => {
  const runtime = open('exports.handler = () => 1;');
  const report = /\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t\n$/;
  expect((await invoke(runtime)).logTail).toMatch(report);
  expect((await invoke(runtime)).logTail).not.toContain('Init Duration');
});

test.each([
  [
    'required',
    { 'index.js': "const { DynamoDBClient: found } = require('@aws-sdk/client-dynamodb'); exports.handler = () => found.name;" },
  ],
  [
    'imported',
    { 'index.mjs': "import { DynamoDBClient as found } from '@aws-sdk/client-dynamodb'; export const handler = () => found.name;" },
  ],
  [
    'brought along',
    {
      'index.mjs': "import found from '@aws-sdk/client-dynamodb'; export const handler = () => found;",
      'node_modules/@aws-sdk/client-dynamodb/index.js': "module.exports = 'DynamoDBClient'",
    },
  ],
])('the AWS SDK is there as in the runtime: %s', async (_, files: Record<string, string>) => {
  expect((await invoke(open(files))).payload).toBe('DynamoDBClient');
});

test('response streaming is refused by name', async () => {
  const { payload } = await invoke(open('exports.handler = awslambda.streamifyResponse(async () => {});'));
  expect(payload.errorMessage).toBe('the local AWS does not support response streaming: awslambda.streamifyResponse');
});

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

test.each([
  ['in its process group', '{ stdio: "ignore" }'],
  ['in a group of its own', '{ stdio: "ignore", detached: true }'],
])('what a function starts %s ends with it', async (_, options) => {
  const runtime = open(
    `exports.handler = () => { const child = require('child_process').spawn('sleep', ['600'], ${options}); child.unref(); return child.pid; };`,
  );
  const { payload: pid } = await invoke(runtime);
  expect(isRunning(pid)).toBe(true);
  await closers.pop()!();
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 5000);
});

test('a process that holds the pipes of the one that started it holds nobody up', async () => {
  const statement = "require('child_process').spawn('sleep', ['600'], { detached: true, stdio: ['ignore', 1, 2, 3, 4] })";
  const runtime = open(`exports.handler = () => { ${statement}; process.exit(2); };`);
  expect((await invoke(runtime)).payload.errorMessage).toContain('exit status 2');
  await closers.pop()!();
});

test('what one version does to its globals, environment and temporary files no other sees', async () => {
  const source = `const { join } = require('path'); const file = join(require('os').tmpdir(), 'left'); const fs = require('fs');
    exports.handler = () => {
      const seen = [globalThis.left, process.env.LEFT, fs.existsSync(file)];
      globalThis.left = process.env.LEFT = 'here'; fs.writeFileSync(file, '');
      return [...seen, file];
    };`;
  const one = (await invoke(open(source))).payload;
  const other = (await invoke(open(source))).payload;
  expect([one.slice(0, 3), other.slice(0, 3)]).toEqual([
    [null, null, false],
    [null, null, false],
  ]);
  await Promise.all(closers.splice(0).map((close) => close()));
  expect([existsSync(one[3]), existsSync(other[3])]).toEqual([false, false]);
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

test('the code of a function is read-only to it, and goes all the same', async () => {
  const runtime = open({
    'index.js': `const fs = require('fs'); const root = process.env.LAMBDA_TASK_ROOT;
      exports.handler = () => [root, ...[root, root + '/lib', root + '/lib/own.js'].map((path) => (fs.statSync(path).mode & 0o777).toString(8))];`,
    'lib/own.js': '',
  });
  const [root, ...modes] = (await invoke(runtime)).payload;
  expect(modes).toEqual(['555', '555', '444']);
  await closers.pop()!();
  expect(existsSync(root)).toBe(false);
});

test('lines in the embedded metric format come with the request that printed them, also when it ends its process', async () => {
  const runtime = open(`
    console.log('{"_aws":"at initialisation"}');
    exports.handler = async (how) => {
      process.stdout.write('no metric\\n{"_aws":');
      process.stdout.write('"in pieces"}\\n');
      require('fs').writeSync(1, '{"_aws":"past the streams"}\\n');
      process.stdout.write('{"_aws":"without an end"}');
      if (how === 'exit') process.exit(1);
    };`);
  const beforeMs = Date.now();
  const first = await invoke(runtime);
  expect(first.functionStartMs).toBeGreaterThanOrEqual(beforeMs);
  const second = await invoke(runtime, 'exit');
  expect(second.functionError).toBe('Unhandled');
  const documentsOf = (lines: readonly string[] = []) => lines.map((line) => line.slice(line.indexOf('{')));
  // What goes past the streams takes another way, and may come a request later.
  const past = '{"_aws":"past the streams"}';
  const each = ['{"_aws":"in pieces"}', '{"_aws":"without an end"}'];
  const [one, two] = [documentsOf(first.metricLines), documentsOf(second.metricLines)];
  expect(one.filter((line) => line !== past)).toEqual(['{"_aws":"at initialisation"}', ...each]);
  expect(two.filter((line) => line !== past)).toEqual(each);
  expect([...one, ...two]).toContain(past);
});
