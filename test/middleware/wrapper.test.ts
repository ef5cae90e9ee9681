import { spawnSync } from 'node:child_process';
import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { withReportedFailures } from '../../middleware/report-failures.ts';
import { aContext, CAME_IN_MS, readStdout } from './lambda-request.ts';

const answering = (answer: unknown) => withReportedFailures(async () => answer);

describe('a wrapped handler', () => {
  it('writes one line for a request, a document of the embedded metric format with nothing else', async () => {
    const stdout = readStdout();
    await answering({ statusCode: 502, body: 'secret' })({ headers: { authorization: 'secret' } }, aContext());
    expect(stdout.text()).toMatch(/^\{.*\}\n$/);
    expect(stdout.documents()).toEqual([
      {
        _aws: {
          Timestamp: CAME_IN_MS,
          CloudWatchMetrics: [
            {
              Namespace: 'Teal',
              Dimensions: [['FunctionName', 'Resource', 'ExecutedVersion']],
              Metrics: [{ Name: 'bad', Unit: 'Count' }],
            },
          ],
        },
        FunctionName: 'orders-api',
        Resource: 'orders-api:live',
        ExecutedVersion: '42',
        bad: 1,
      },
    ]);
  });

  it.each([
    ['a 500', { statusCode: 500 }, 1],
    ['a 504', { statusCode: 504 }, 1],
    ['a "500"', { statusCode: '500' }, 1],
    ['a 200', { statusCode: 200 }, 0],
    ['a 404', { statusCode: 404 }, 0],
    ['a 499', { statusCode: 499 }, 0],
    ['an answer without a status', { message: 'hello' }, 0],
    ['a text', 'hello', 0],
    ['no answer', undefined, 0],
    ['null', null, 0],
    ['a status that is no number', { statusCode: 'broken' }, 0],
    ['a status that cannot be read', { statusCode: Symbol('500') }, 1],
  ])('counts %s', async (_, answer, bad) => {
    const stdout = readStdout();
    expect(await answering(answer)({}, aContext())).toBe(answer);
    expect(stdout.bad()).toEqual([bad]);
  });

  it.each([
    ['through an alias', 'orders-api:live', 'orders-api:live'],
    ['through a version', 'orders-api:42', 'orders-api:42'],
    ['without a qualifier', 'orders-api', 'orders-api'],
  ])('names the resource as AWS/Lambda does when called %s', async (_, suffix, Resource) => {
    const stdout = readStdout();
    await answering({})({}, aContext({ invokedFunctionArn: `arn:aws-cn:lambda:cn-north-1:123456789012:function:${suffix}` }));
    expect(stdout.documents()).toMatchObject([{ Resource }]);
  });

  it('counts a request in the minute in which it came in, however long it takes', async () => {
    const stdout = readStdout();
    const slow = withReportedFailures(async () => {
      vi.setSystemTime(CAME_IN_MS + 90_000);
      return { statusCode: 200 };
    });
    await slow({}, aContext());
    expect(stdout.documents()).toMatchObject([{ _aws: { Timestamp: CAME_IN_MS } }]);
  });

  it('counts what is thrown as a failure and throws it on unchanged', async () => {
    const stdout = readStdout();
    const error = new Error('the table is gone');
    const later = withReportedFailures(async () => {
      throw error;
    });
    const atOnce = withReportedFailures((): Promise<unknown> => {
      throw error;
    });
    await expect(later({}, aContext())).rejects.toBe(error);
    await expect(atOnce({}, aContext())).rejects.toBe(error);
    expect(stdout.bad()).toEqual([1, 1]);
    expect(stdout.text()).not.toContain('table');
  });

  it('counts requests apart that overlap', async () => {
    const stdout = readStdout();
    const handler = withReportedFailures(async ({ statusCode }: { statusCode: number }) => ({ statusCode }));
    await Promise.all([handler({ statusCode: 500 }, aContext()), handler({ statusCode: 200 }, aContext({ functionVersion: '41' }))]);
    expect(stdout.documents()).toMatchObject([
      { ExecutedVersion: '42', bad: 1 },
      { ExecutedVersion: '41', bad: 0 },
    ]);
  });

  it('lets the user say what a failure is', async () => {
    const stdout = readStdout();
    const handler = withReportedFailures(async (event: { ok: boolean }) => event, { isFailure: ({ ok }) => !ok });
    await handler({ ok: false }, aContext());
    await handler({ ok: true }, aContext());
    expect(stdout.bad()).toEqual([1, 0]);
  });

  it('answers, and counts a failure, when the user cannot say', async () => {
    const stdout = readStdout();
    const handler = withReportedFailures(async () => 'fine', {
      isFailure: (answer) => answer.no.such.field,
    });
    expect(await handler({}, aContext())).toBe('fine');
    expect(stdout.bad()).toEqual([1]);
  });

  it.each([
    ['without an ARN', aContext({ invokedFunctionArn: undefined })],
    ['with something else as its ARN', aContext({ invokedFunctionArn: 'local' })],
    ['without a version', aContext({ functionVersion: undefined })],
    ['that is empty', {}],
    ['that is not there', undefined],
  ])('answers, and writes nothing, in a context %s', async (_, context) => {
    const stdout = readStdout();
    expect(await answering('fine')({}, context)).toBe('fine');
    expect(stdout.text()).toBe('');
  });

  it('takes handlers with the types of aws-lambda', async () => {
    const stdout = readStdout();
    const typed: APIGatewayProxyHandlerV2 = async () => ({ statusCode: 503 });
    const handler: APIGatewayProxyHandlerV2 = withReportedFailures(typed);
    expect(await handler({} as Parameters<typeof handler>[0], aContext(), () => {})).toEqual({ statusCode: 503 });
    expect(stdout.bad()).toEqual([1]);
  });

  it('is refused with an option that does not exist, or is no function', () => {
    const handler = async () => 'fine';
    expect(() => withReportedFailures(handler, { isBad: () => true } as object)).toThrow('there is no option isBad, only isFailure');
    expect(() => withReportedFailures(handler, { isFailure: 500 } as object)).toThrow('isFailure is not a function');
  });

  it('is refused when it streams its response', () => {
    const streaming = Object.assign(async () => {}, { [Symbol.for('aws.lambda.runtime.handler.streaming')]: 'response' });
    expect(() => withReportedFailures(streaming)).toThrow('a handler that streams its response cannot be wrapped');
  });
});

describe('stdout that takes nothing', () => {
  const source = new URL('../../middleware/report-failures.ts', import.meta.url).href;
  /** A process that handles 20 requests and then says on stderr what became of them. */
  const program = (before: string) => `
    import { withReportedFailures } from ${JSON.stringify(source)};
    const handler = withReportedFailures(async () => ({ statusCode: 200 }));
    ${before}
    const answers = [];
    for (let i = 0; i < 20; i++) {
      answers.push(await handler({}, ${JSON.stringify(aContext())}));
      if (i % 5 === 0) await new Promise(setImmediate);
    }
    process.stderr.write(answers.length + ' answered, ' + process.stdout.listenerCount('error') + ' listeners left');`;

  it.each([
    ['ended', 'process.stdout.end();', ''],
    ['fails', '', '> /dev/full'],
    ['closed', '', '>&-'],
  ])('fails no request: %s', (_, before, redirection) => {
    const command = `exec "$0" --disable-warning=ExperimentalWarning --input-type=module -e "$1" ${redirection}`;
    const { status, stderr } = spawnSync('/bin/sh', ['-c', command, process.execPath, program(before)], { encoding: 'utf8' });
    expect(stderr).toBe('20 answered, 0 listeners left');
    expect(status).toBe(0);
  });
});
