import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../functions/release/request.ts';
import { callsOf } from '../../functions/release/smoke-test/calls.ts';
import { warmUpPayload } from '../../functions/release/warm.ts';
import { aRelease } from '../release/judge/a-judged-release.ts';
import { createWorldWith, type World } from '../world.ts';

const request = { targets: ['orders-api'], plan: '100% 2m', unwatched: true };

/** What each version is asked from now on, and how many requests wait in it at once. */
function watchRequests(world: World, answer: () => unknown = () => ({ statusCode: 200 })) {
  const seen = { events: [] as unknown[], together: 0 };
  let inside = 0;
  world.behaviours.good = async (event) => {
    seen.events.push(event);
    seen.together = Math.max(seen.together, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    return answer();
  };
  return seen;
}

/** The requests that the judge would count of green. */
async function judgedRequests(world: World): Promise<number> {
  const Dimensions = [
    { Name: 'FunctionName', Value: 'orders-api' },
    { Name: 'Resource', Value: 'orders-api:live' },
    { Name: 'ExecutedVersion', Value: '2' },
  ];
  const nowMs = world.aws.ground.clock.nowMs();
  const { Datapoints } = await world.cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Dimensions,
      Statistics: ['Sum'],
      Period: 60,
      StartTime: new Date(nowMs - 3_600_000),
      EndTime: new Date(nowMs + 60_000),
    }),
  );
  return Datapoints!.reduce((sum, { Sum }) => sum + Sum!, 0);
}

describe('a release that warms green', () => {
  it('sends it so many requests at once before its first traffic, and the judge counts none', async () => {
    const world = await createWorldWith('orders-api');
    const seen = watchRequests(world);
    const release = await world.runRelease({ ...request, warm: 5 });
    expect(release).toMatchObject({ status: 'promoted' });
    expect(release.path.slice(release.path.indexOf('SmokeTest'), release.path.indexOf('Bake'))).toEqual([
      'SmokeTest',
      'Approval before what?',
      'Blue provisioned?',
      'Warm green?',
      'WarmUp',
      'ShiftTraffic',
    ]);
    expect(seen).toEqual({ events: Array.from({ length: 5 }, () => ({ source: 'teal.warm-up' })), together: 5 });
    expect(await judgedRequests(world)).toBe(0);
    expect(release.timeline.map(({ text }) => text)).toContain('green of orders-api was warmed with 5 requests at once');
  });

  it('notes that it answers with errors, or is throttled, and goes on', async () => {
    const world = await createWorldWith('orders-api');
    watchRequests(world, () => Promise.reject(new Error('what is that?')));
    await world.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'orders-api', ReservedConcurrentExecutions: 3 }));
    const release = await world.runRelease({ ...request, warm: { count: 4, payload: { ping: true } } });
    expect(release).toMatchObject({ status: 'promoted' });
    expect(release.timeline.map(({ text }) => text)).toContain(
      'green of orders-api was warmed with 4 requests at once; 3 ended in an error, which alarms of the whole function count; the judge does not; 1 were throttled: the account, or the function, has no more concurrency',
    );
  });

  it('is rejected where green cannot be invoked at all', async () => {
    const world = await createWorldWith('orders-api');
    world.before('warmUp', 'Invoke', () =>
      Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException', $fault: 'client' })),
    );
    expect(await world.runRelease({ ...request, warm: 1 })).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'preflight',
        message: 'version 2 of orders-api could not be invoked for its warm-up: AccessDeniedException: not authorized',
      },
    });
  });

  it('is tried again while Lambda is unavailable', async () => {
    const world = await createWorldWith('orders-api');
    const seen = watchRequests(world);
    world.before('warmUp', 'Invoke', () =>
      Promise.reject(Object.assign(new Error('try later'), { name: 'ServiceException', $fault: 'server' })),
    );
    expect(await world.runRelease({ ...request, warm: 2 })).toMatchObject({ status: 'promoted' });
    expect(seen.events.length).toBeGreaterThanOrEqual(2);
    expect(await world.lambda.send(new InvokeCommand({ FunctionName: 'orders-api', Qualifier: 'live' }))).toMatchObject({
      ExecutedVersion: '2',
    });
  });
});

describe('what a release says of its warm-up', () => {
  const parse = (warm: unknown) => parseRequest({ targets: ['orders-api'], warm });

  it.each([
    [3, { count: 3 }],
    [
      { count: 100, payload: null },
      { count: 100, payload: null },
    ],
    [undefined, undefined],
  ])('%j is read, and reads the same again', (said, read) => {
    const parsed = parse(said);
    if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
    expect(parsed.request.warm).toEqual(read);
    expect('warm' in parsed.request).toBe(read !== undefined);
    expect(parseRequest(parsed.request)).toMatchObject({ request: parsed.request });
  });

  it.each([
    [0, 'warm', 'is at least 1'],
    [101, 'warm', 'is at most 100'],
    [2.5, 'warm', 'is a whole number'],
    ['5', 'warm', 'is a number from 1 to 100, or { "count": 5, "payload": … }'],
    [{ count: 0 }, 'warm.count', 'is at least 1'],
    [{ payload: {} }, 'warm.count', 'is missing'],
    [{ count: 1, size: 2 }, 'warm.size', 'is not a field of a release that this version of Teal knows'],
  ])('%j is refused', (said, field, message) => {
    expect(parse(said)).toEqual({ wrong: [{ field, message }] });
  });

  it('a smoke test that only reads is its payload, unless another is said', () => {
    const release = aRelease({ targets: ['orders-api', 'payments'] });
    const record = {
      ...release,
      request: {
        ...release.request,
        smokeTests: [
          { target: 'payments', compareWithBlue: true },
          { target: 'orders-api', payload: { write: true } },
          { target: 'orders-api:live', payload: { read: 'x' }, matrix: { read: ['a', 'b'] }, compareWithBlue: true },
        ],
      },
    };
    const calls = callsOf(record, '2026-01-15T12:00:00Z');
    const target = { function: 'orders-api', alias: 'live' };
    expect(warmUpPayload({ count: 1 }, calls, target)).toEqual({ read: 'a' });
    expect(warmUpPayload({ count: 1 }, calls.slice(0, 2), target)).toEqual({ source: 'teal.warm-up' });
    expect(warmUpPayload({ count: 1, payload: 7 }, calls, target)).toBe(7);
  });
});
