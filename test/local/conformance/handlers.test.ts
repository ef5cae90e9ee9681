import {
  CreateAliasCommand,
  type CreateFunctionCommandInput,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAccount } from './account.ts';
import { createFunction, invoke, untilReady } from './functions.ts';

// Lambda developer guide, "Define Lambda function handler in Node.js", "Troubleshoot invocation issues in Lambda",
// "Lambda quotas"; API reference, Invoke. The error JSON is what the runtime interface client for Node.js writes
// (github.com/aws/aws-lambda-nodejs-runtime-interface-client).

const account = await openAccount({ functionsRun: 'in processes' });
afterAll(account.close);

let count = 0;
/** A function with this code, as a caller of it. */
async function aFunctionOf(code: string | Record<string, string>, changes: Partial<CreateFunctionCommandInput> = {}) {
  const FunctionName = account.name(`handler-${++count}`);
  await createFunction(account, FunctionName, code, { MemorySize: 256, ...changes });
  return (event: unknown = {}, more = {}) => invoke(account, FunctionName, event, more);
}

/** One function that ends in every way that its event asks for. */
let end: Awaited<ReturnType<typeof aFunctionOf>>;
const ENDS = `
class OutOfStock extends Error { name = 'OutOfStock' }
const never = () => new Promise(() => {});
const ends = {
  nothing() {},
  throw: async () => { throw new OutOfStock('no more shoes') },
  throwText: () => { throw 'sorry' },
  reject: () => Promise.reject(new OutOfStock('no more hats')),
  bigInt: () => ({ big: 1n }),
  exit0: () => { console.log('last words'); process.exit(0) },
  exit3: () => { console.log('last words'); process.exit(3) },
  kill: () => { process.kill(process.pid, 'SIGKILL'); return never() },
  forget: () => { Promise.reject(new TypeError('forgotten')); return never() },
  later: () => { setTimeout(() => { throw new RangeError('later') }); return never() },
  long: ({ bytes }) => 'x'.repeat(bytes - 2),
};
exports.handler = (event) => ends[event.end](event);`;

beforeAll(async () => {
  end = await aFunctionOf(ENDS);
});

test.each([
  ['a CommonJS module', { 'functions/plan.js': 'exports.handler = async (event) => event.a + 1;' }],
  ['a .cjs module', { 'functions/plan.cjs': 'module.exports = { handler: async (event) => event.a + 1 };' }],
  ['a .mjs module', { 'functions/plan.mjs': 'export const handler = async (event) => event.a + 1;' }],
  [
    'an ES module by its package',
    { 'package.json': '{"type":"module"}', 'functions/plan.js': 'export const handler = (event) => event.a + 1;' },
  ],
  [
    'exports that no lexer sees',
    { 'functions/plan.js': 'const all = { ["hand" + "ler"]: (event) => event.a + 1 }; module.exports = all;' },
  ],
])('a handler may be in %s', async (_, files: Record<string, string>) => {
  const call = await aFunctionOf(files, { Handler: 'functions/plan.handler' });
  expect(await call({ a: 1 })).toMatchObject({ StatusCode: 200, FunctionError: undefined, payload: 2 });
});

test('a handler that returns nothing answers null', async () => {
  expect(await end({ end: 'nothing' })).toMatchObject({ FunctionError: undefined, payload: null });
});

test('a thrown Error is FunctionError Unhandled in an answer of 200, with errorType, errorMessage and trace', async () => {
  const { payload, ...answer } = await end({ end: 'throw' });
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled', ExecutedVersion: '$LATEST' });
  expect(payload).toMatchObject({ errorType: 'OutOfStock', errorMessage: 'no more shoes' });
  expect(Object.keys(payload)).toEqual(['errorType', 'errorMessage', 'trace']);
  expect(payload.trace[0]).toMatch(/^(OutOfStock|Error): no more shoes$/);
  expect(payload.trace[1]).toMatch(/^ {4}at .*index\.js:\d+/);
});

test('a rejected promise is the same as a thrown Error', async () => {
  expect(await end({ end: 'reject' })).toMatchObject({
    FunctionError: 'Unhandled',
    payload: { errorType: 'OutOfStock', errorMessage: 'no more hats' },
  });
});

test('a thrown text has its type as errorType and no trace', async () => {
  const { FunctionError, payload } = await end({ end: 'throwText' });
  expect({ FunctionError, payload }).toEqual({
    FunctionError: 'Unhandled',
    payload: { errorType: 'string', errorMessage: 'sorry', trace: [] },
  });
});

test('a result that is no JSON is Runtime.JSONStringifyError', async () => {
  expect(await end({ end: 'bigInt' })).toMatchObject({
    FunctionError: 'Unhandled',
    payload: { errorType: 'Runtime.JSONStringifyError', errorMessage: 'Unable to stringify response body' },
  });
});

test('a timeout is Sandbox.Timedout, also of a handler that never yields, and the next request is served', async () => {
  const call = await aFunctionOf('exports.handler = (event) => { if (event.hang) while (true); return 1; };', { Timeout: 1 });
  await call();
  const { FunctionError, payload } = await call({ hang: true });
  expect(FunctionError).toBe('Unhandled');
  expect(payload).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
  });
  expect((await call()).payload).toBe(1);
});

test.each([
  ['exit0', 'Runtime exited without providing a reason'],
  ['exit3', 'Runtime exited with error: exit status 3'],
  ['kill', 'Runtime exited with error: signal: killed'],
])('a process that ends (%s) is Runtime.ExitError', async (how, reason) => {
  const { FunctionError, payload, LogResult } = await end({ end: how }, { LogType: 'Tail' });
  expect(FunctionError).toBe('Unhandled');
  expect(payload.errorType).toBe('Runtime.ExitError');
  expect(payload.errorMessage).toMatch(/^RequestId: [0-9a-f-]{36} Error: /);
  expect(payload.errorMessage).toContain(reason);
  if (how !== 'kill') expect(String(Buffer.from(LogResult!, 'base64'))).toContain('last words');
});

test('an unhandled rejection is Runtime.UnhandledPromiseRejection', async () => {
  expect(await end({ end: 'forget' })).toMatchObject({
    FunctionError: 'Unhandled',
    payload: { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'TypeError: forgotten' },
  });
});

test('question: is an uncaught exception outside of the handler told as itself? Assumed: by its own type and message', async () => {
  expect(await end({ end: 'later' })).toMatchObject({
    FunctionError: 'Unhandled',
    payload: { errorType: 'RangeError', errorMessage: 'later' },
  });
});

test.each([
  ['a module that is missing', {}, 'Runtime.ImportModuleError', "Error: Cannot find module 'index'"],
  [
    'a module that it requires is missing',
    { 'index.js': "require('nowhere')" },
    'Runtime.ImportModuleError',
    "Error: Cannot find module 'nowhere'",
  ],
  ['a syntax error', { 'index.js': 'exports.handler = (' }, 'Runtime.UserCodeSyntaxError', 'SyntaxError: '],
  ['a handler that is not exported', { 'index.js': '' }, 'Runtime.HandlerNotFound', 'index.handler is undefined or not exported'],
  [
    'a callback handler',
    { 'index.js': 'exports.handler = (event, context, done) => done()' },
    'Runtime.CallbackHandlerDeprecated',
    'ERROR: AWS Lambda has removed',
  ],
  ['a module that throws', { 'index.js': "throw new Error('not today')" }, 'Error', 'not today'],
])('at initialisation %s fails each request with its reason', async (_, files: Record<string, string>, errorType, message) => {
  const call = await aFunctionOf({ 'other.js': '', ...files });
  for (let request = 0; request < 2; request++) {
    const answer = await call();
    expect(answer).toMatchObject({ FunctionError: 'Unhandled', payload: { errorType } });
    expect(answer.payload.errorMessage.startsWith(message), answer.payload.errorMessage).toBe(true);
  }
});

test('a module that ends the process while loading is Runtime.ExitError', async () => {
  const { payload } = await (await aFunctionOf('process.exit(1);'))();
  expect(payload).toEqual({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 1$/),
  });
});

// Lambda quotas: 6 MB each for request and response, synchronous.
test('an answer over 6 MB is Function.ResponseSizeTooLarge', async () => {
  expect(await end({ end: 'long', bytes: 6_291_557 })).toMatchObject({
    FunctionError: 'Unhandled',
    payload: {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    },
  });
});

test('question: what is the largest answer, to the byte? Assumed: 6,291,556 bytes, as the error says', async () => {
  const { FunctionError, payload } = await end({ end: 'long', bytes: 6_291_556 });
  expect([FunctionError, payload.length]).toEqual([undefined, 6_291_554]);
});

test('with LogType Tail an answer carries the last 4 KB of the log in base64, between START and REPORT', async () => {
  const call = await aFunctionOf(`exports.handler = () => { for (let i = 0; i < 200; i++) console.log('line', i, { i }); };`);
  const { LogResult } = await call({}, { LogType: 'Tail' });
  const tail = Buffer.from(LogResult!, 'base64');
  expect(tail.length).toBeLessThanOrEqual(4096);
  expect(String(tail)).toMatch(/\tINFO\tline 199 \{ i: 199 \}\nEND RequestId: ([0-9a-f-]{36})\nREPORT RequestId: \1\tDuration: /);
  expect((await call()).LogResult).toBeUndefined();
});

test('the context tells the function, the version, the ARN that was asked for, the request and the time that is left', async () => {
  const FunctionName = account.name('context');
  const arn = await createFunction(
    account,
    FunctionName,
    'exports.handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis(), stage: process.env.STAGE });',
    { Timeout: 20, MemorySize: 256, Publish: true, Environment: { Variables: { STAGE: 'test' } } },
  );
  await account.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  const { payload } = await invoke(account, FunctionName, {}, { Qualifier: 'live' });
  expect(payload).toMatchObject({
    functionName: FunctionName,
    functionVersion: '1',
    invokedFunctionArn: `${arn}:live`,
    memoryLimitInMB: '256',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    logGroupName: `/aws/lambda/${FunctionName}`,
    stage: 'test',
  });
  expect(payload.left).toBeGreaterThan(10_000);
  expect(payload.left).toBeLessThanOrEqual(20_000);
});

test('a split alias runs both versions, each with its own code and environment', async () => {
  const FunctionName = account.name('split');
  const code = `exports.handler = async () => {
    if (process.env.COLOUR === 'green') throw new Error('not ripe');
    return [process.env.COLOUR, process.env.AWS_LAMBDA_FUNCTION_VERSION];
  };`;
  await createFunction(account, FunctionName, code, { Environment: { Variables: { COLOUR: 'blue' } }, Publish: true });
  await account.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { COLOUR: 'green' } } }));
  await untilReady(account, FunctionName);
  await account.lambda.send(new PublishVersionCommand({ FunctionName }));
  await untilReady(account, FunctionName, '2');
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.5 } };
  await account.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1', RoutingConfig }));
  const seen = new Set<string>();
  while (seen.size < 2) {
    const { ExecutedVersion, FunctionError, payload } = await invoke(account, FunctionName, {}, { Qualifier: 'live' });
    seen.add(ExecutedVersion!);
    if (ExecutedVersion === '1') expect([FunctionError, payload]).toEqual([undefined, ['blue', '1']]);
    else expect([FunctionError, payload.errorMessage]).toEqual(['Unhandled', 'not ripe']);
  }
});
