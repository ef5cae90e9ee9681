import type { Context } from 'aws-lambda';
import { onTestFinished, vi } from 'vitest';

/** When each test's requests come in, half a second before the minute ends. */
export const CAME_IN_MS = Date.parse('2026-03-01T10:00:59.500Z');

export const aContext = (fields: Partial<Context> = {}): Context =>
  ({
    functionName: 'orders-api',
    functionVersion: '42',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api:live',
    awsRequestId: '6bc28136-xmpl-4365-b021-0ce6b2e64ab0',
    ...fields,
  }) as Context;

/** Stops the clock at `CAME_IN_MS` for one test and gives what it writes to stdout from now on. */
export function readStdout(): { text(): string; documents(): Record<string, unknown>[]; bad(): unknown[] } {
  let written = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += chunk;
    return true;
  });
  vi.useFakeTimers({ toFake: ['Date'], now: CAME_IN_MS });
  onTestFinished(() => {
    write.mockRestore();
    vi.useRealTimers();
  });
  const documents = () =>
    written
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return { text: () => written, documents, bad: () => documents().map(({ bad }) => bad) };
}
