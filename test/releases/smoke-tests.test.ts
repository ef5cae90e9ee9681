import { expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';

let world: World;
const target = 'orders-api';
const run = (...smokeTests: object[]) =>
  world.runRelease({ targets: [target], plan: '10% 1m', smokeTests: smokeTests.map((test) => ({ target, ...test })) });

interface HttpEvent {
  rawPath: string;
  headers: Record<string, string>;
  body?: string;
  requestContext: { requestId: string; time: string };
}
const http = (body: unknown, statusCode = 200) => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
/** What the state SmokeTest handed on. */
async function outputOf(id: string): Promise<string> {
  const exited = (await world.history(id)).find(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === 'SmokeTest');
  return JSON.parse(exited!.stateExitedEventDetails!.output!).message;
}

it('an app version that green fails is named, and no user meets green', async () => {
  world = await createWorldWith(target);
  const received: HttpEvent[] = [];
  world.behaviours.good = (event) => {
    const { rawPath, headers, body } = event as HttpEvent;
    received.push(event as HttpEvent);
    return http({ rawPath, sent: JSON.parse(body!) }, headers['x-app-version'] === '3.8' ? 500 : 200);
  };
  const test = {
    request: { method: 'POST', path: '/orders?limit=1', body: { item: 7 } },
    matrix: { 'headers.x-app-version': ['3.8', '4.1'] },
    expect: { headers: { 'Content-Type': 'application/json' }, body: { rawPath: '/orders', sent: { item: 7 } } },
  };
  const release = await run(test);
  expect(release).toMatchObject({ status: 'rejected', reason: { code: 'smoke-test' } });
  expect(release.reason.message).toBe(
    'smoke test of version 2 of orders-api (POST /orders?limit=1, headers.x-app-version "3.8"): expected a statusCode of 200 to 399 but ' +
      String.raw`found 500, in the response {"statusCode":500,"headers":{"content-type":"application/json"},"body":"{\"rawPath\":\"/orders\",\"sent\":{\"item\":7}}"}`,
  );
  expect(received.map(({ requestContext }) => requestContext)).toEqual([
    expect.objectContaining({ requestId: `${release.id}-smoke-1`, time: '15/Jan/2026:12:00:00 +0000' }),
    expect.objectContaining({ requestId: `${release.id}-smoke-2` }),
  ]);
  expect(release.timeline.map(({ text }) => text).join('\n')).toContain('smoke tests: 2');
});

it('blue and green that answer differently are told apart, and what is ignored is not', async () => {
  world = await createWorldWith(target);
  let served = 0;
  world.behaviours.blue = () => http({ total: 1250, servedAt: served++ });
  world.behaviours.good = () => http({ total: 1250, servedAt: served++ });
  const request = { path: '/cart' };
  expect(await run({ request, compareWithBlue: true })).toMatchObject({
    status: 'rejected',
    reason: {
      code: 'smoke-test',
      message: expect.stringMatching(
        /^smoke test of version 2 of orders-api \(GET \/cart\): its answer is not as that of blue \(version 1\): body\.servedAt is \d, and blue has \d$/,
      ),
    },
  });
  const release = await run({ request, compareWithBlue: { ignore: ['body.servedAt'] } }, { request });
  expect(release.status).toBe('promoted');
  expect(await outputOf(release.id)).toBe('2 of 2 smoke tests passed, 1 of them compared with blue');
});

it('green that takes longer than its test allows is rejected by what Lambda reports', async () => {
  world = await createWorldWith(target);
  world.behaviours.good = (_event, _version, _print, took) => {
    took(900);
    return {};
  };
  expect(await run({ maxDurationMs: 800 })).toMatchObject({
    status: 'rejected',
    reason: { code: 'smoke-test', message: 'smoke test of version 2 of orders-api: it took 900 ms, and maxDurationMs is 800' },
  });
  expect(await run({ maxDurationMs: 900 })).toMatchObject({ status: 'promoted' });
});

it('smoke tests that Teal has not the time for are named, before its own function ends', async () => {
  world = await createWorldWith(target);
  const { clock, work } = world.aws.ground;
  world.behaviours.good = () => work.hold(new Promise((resolve) => clock.at(clock.nowMs() + 300_000, () => resolve({}))));
  const release = await run({ request: { path: '/report' }, matrix: { path: Array.from({ length: 20 }, (_, page) => `/report/${page}`) } });
  expect(release).toMatchObject({ status: 'rejected', reason: { code: 'smoke-test' } });
  expect(release.reason.message).toMatch(
    /^12 of 20 smoke tests had no answer after 890 s, which is all the time that there is for them: smoke test of version 2 of orders-api \(GET \/report\/8\); .+; and 9 more\. Have fewer/,
  );
});
