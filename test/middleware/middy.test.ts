import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { reportFailures, withReportedFailures } from '../../middleware/report-failures.ts';
import { aContext, CAME_IN_MS, readStdout } from './lambda-request.ts';

const event = {} as APIGatewayProxyEventV2;
const ok = async (): Promise<APIGatewayProxyStructuredResultV2> => ({ statusCode: 200 });
const fail = async (): Promise<APIGatewayProxyStructuredResultV2> => {
  throw new Error('the table is gone');
};
/** Turns an error into an answer, as @middy/http-error-handler does. */
const answerErrorsWith = (statusCode: number): middy.MiddlewareObj => ({
  onError: (request) => {
    request.response = { statusCode };
  },
});

describe('the middleware', () => {
  it('counts an answered request once, by function, alias and version', async () => {
    const stdout = readStdout();
    const handler = middy(ok).use(reportFailures());
    expect(await handler(event, aContext())).toEqual({ statusCode: 200 });
    expect(stdout.documents()).toMatchObject([
      { _aws: { Timestamp: CAME_IN_MS }, FunctionName: 'orders-api', Resource: 'orders-api:live', ExecutedVersion: '42', bad: 0 },
    ]);
  });

  it('counts a returned 500', async () => {
    const stdout = readStdout();
    await middy(async () => ({ statusCode: 500 })).use(reportFailures())(event, aContext());
    expect(stdout.bad()).toEqual([1]);
  });

  it('counts a request in the minute in which it came in', async () => {
    const stdout = readStdout();
    const handler = middy(async () => vi.setSystemTime(CAME_IN_MS + 90_000) && { statusCode: 200 }).use(reportFailures());
    await handler(event, aContext());
    expect(stdout.documents()).toMatchObject([{ _aws: { Timestamp: CAME_IN_MS } }]);
  });

  it('counts an error that nobody answers, and it is thrown on', async () => {
    const stdout = readStdout();
    await expect(middy(fail).use(reportFailures())(event, aContext())).rejects.toThrow('the table is gone');
    expect(stdout.bad()).toEqual([1]);
  });

  it.each([
    [404, 0],
    [500, 1],
  ])('counts an error that another middleware answers with %i by that status', async (statusCode, bad) => {
    const stdout = readStdout();
    const handler = middy(fail).use(reportFailures()).use(answerErrorsWith(statusCode));
    expect(await handler(event, aContext())).toEqual({ statusCode });
    expect(stdout.bad()).toEqual([bad]);
  });

  it('counts what is answered after the other middlewares changed it', async () => {
    const stdout = readStdout();
    const handler = middy(ok)
      .use(reportFailures())
      .after((request) => {
        request.response!.statusCode = 500;
      });
    await handler(event, aContext());
    expect(stdout.bad()).toEqual([1]);
  });

  it.each(['before', 'after'] as const)('counts once when another middleware throws in its %s', async (hook) => {
    const stdout = readStdout();
    const thrower = { [hook]: fail };
    await expect(middy(ok).use(reportFailures()).use(thrower)(event, aContext())).rejects.toThrow();
    await middy(ok).use(reportFailures()).use(thrower).use(answerErrorsWith(400))(event, aContext());
    expect(stdout.bad()).toEqual([1, 0]);
  });

  it('counts once when it is not the first and one before it throws', async () => {
    const stdout = readStdout();
    await expect(middy(ok).after(fail).use(reportFailures())(event, aContext())).rejects.toThrow();
    await expect(middy(ok).before(fail).use(reportFailures())(event, aContext())).rejects.toThrow();
    expect(stdout.bad()).toHaveLength(2);
  });

  it.each(['before', 'after', 'onError'] as const)('counts once what another middleware answers early in its %s', async (hook) => {
    const stdout = readStdout();
    const inner = hook === 'onError' ? fail : ok;
    const returning = middy(inner)
      .use(reportFailures())
      .use({ [hook]: () => ({ statusCode: 503 }) });
    const setting = middy(inner)
      .use(reportFailures())
      .use({
        [hook]: (request: middy.Request) => {
          request.earlyResponse = { statusCode: 401 };
        },
      });
    expect(await returning(event, aContext())).toEqual({ statusCode: 503 });
    expect(await setting(event, aContext())).toEqual({ statusCode: 401 });
    expect(stdout.bad()).toEqual([1, 0]);
  });

  it('counts by what is thrown in the end when an early answer is given up', async () => {
    const stdout = readStdout();
    const handler = middy(ok)
      .use(reportFailures())
      .before((request) => {
        request.earlyResponse = { statusCode: 200 };
        throw new Error('no, not that');
      });
    await expect(handler(event, aContext())).rejects.toThrow('no, not that');
    expect(stdout.bad()).toEqual([1]);
  });

  it('fails no request when the context is not one of Lambda', async () => {
    const stdout = readStdout();
    expect(await middy(ok).use(reportFailures())(event, {} as never)).toEqual({ statusCode: 200 });
    await expect(middy(fail).use(reportFailures())(event, {} as never)).rejects.toThrow('the table is gone');
    expect(stdout.text()).toBe('');
  });

  it('lets the user say what a failure is, and refuses an option that does not exist', async () => {
    const stdout = readStdout();
    const handler = middy(ok).use(reportFailures({ isFailure: (answer) => answer.statusCode === 200 }));
    await handler(event, aContext());
    expect(stdout.bad()).toEqual([1]);
    expect(() => reportFailures({ isfailure: () => true } as object)).toThrow('there is no option isfailure, only isFailure');
  });

  it('serves many handlers, each request on its own', async () => {
    const stdout = readStdout();
    const reporter = reportFailures();
    const [good, bad] = [middy(ok).use(reporter), middy(fail).use(reporter)];
    await Promise.allSettled([good(event, aContext()), bad(event, aContext()), good(event, aContext())]);
    expect(stdout.bad().sort()).toEqual([0, 0, 1]);
  });
});

it('the wrapper counts once whatever middy answers', async () => {
  const stdout = readStdout();
  const handler = withReportedFailures(middy(ok).before(() => ({ statusCode: 503 })));
  expect(await handler(event, aContext())).toEqual({ statusCode: 503 });
  expect(stdout.bad()).toEqual([1]);
});
