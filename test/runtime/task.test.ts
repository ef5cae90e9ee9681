import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ReleaseError } from '../../functions/release/errors.ts';
import { task } from '../../functions/runtime/task.ts';

const context = { awsRequestId: 'r-1', functionName: 'teal-prod-plan' } as Context;
const lines: string[] = [];

function listen() {
  for (const level of ['info', 'error'] as const) vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
}

afterEach(() => {
  vi.restoreAllMocks();
  lines.length = 0;
});

describe('the stack of tasks', () => {
  it('logs a line of JSON when a call begins and when it ends, without tokens and what users put into requests', async () => {
    listen();
    const handler = task(async (_: object) => ({ message: 'done' }));
    await handler(
      {
        releaseId: 'r',
        token: 'secret-token',
        ResponseURL: 'https://x/?X-Amz-Signature=secret',
        input: { smokeTests: [{ payload: { authorization: 'Bearer secret' } }] },
      },
      context,
    );
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['begins', 'ends']);
    expect(lines.join()).toContain('"releaseId":"r"');
    expect(lines.join()).not.toContain('secret');
  });

  it('fails with the name that a release error has, so that the state machine can tell it', async () => {
    listen();
    const handler = task(async (_: object) => {
      throw new ReleaseError('PreflightFailed', 'no such function');
    });
    await expect(handler({}, context)).rejects.toMatchObject({ name: 'PreflightFailed', message: 'no such function' });
  });

  it.each([
    ['throttling', Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' })],
    ['a 5xx', Object.assign(new Error('oops'), { name: 'ServiceException', $fault: 'server' })],
    ['a connection that breaks', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ])('calls %s AwsUnavailable, which the state machine tries again', async (_, error) => {
    listen();
    const handler = task(async (__: object) => {
      throw error;
    });
    await expect(handler({}, context)).rejects.toMatchObject({ name: 'AwsUnavailable', message: `${error.name}: ${error.message}` });
  });

  it('leaves every other error as it is', async () => {
    listen();
    const handler = task(async (_: object) => {
      throw new TypeError('a bug');
    });
    await expect(handler({}, context)).rejects.toMatchObject({ name: 'TypeError', message: 'a bug' });
  });
});
