import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { type Checkpoints, lastMinuteAt } from '../../functions/release/judge/judging.ts';
import { createWorld, type Shown, type World } from '../world.ts';

const REASON =
  /green failed \d+ of [\d,]+ requests while blue failed \d+ of [\d,]+: .* \(at blue's rate [\d.,]+ would have failed\); evidence [\d,.]+ to 1 \(limit 100 to 1\)/;

interface Judgement {
  evidence: number;
  limit: number;
  message: string;
  metrics: { target: string; metric: string; evidence: number; green: { bad: number; total: number }; couldHaveCaught: string }[];
}
const judgementOf = (shown: Shown) => shown.judgement as Judgement;
const texts = (shown: Shown) => shown.timeline.map(({ text }) => text);

/** Every nth request of a version fails. */
const failing = (every: number) => {
  let requests = 0;
  return () => {
    if (++requests % every === 0) throw new Error('boom');
    return { statusCode: 200 };
  };
};

/** Lets cloud minutes pass with so many requests of users in each. */
async function serveMinutes(world: World, minutes: number, requests = 40, name = 'orders-api') {
  for (let minute = 0; minute < minutes; minute++) {
    for (let request = 0; request < requests; request++) await world.request(name);
    await world.minutes(1);
  }
}

/** Serves until the release is over, and shows it then. */
async function serveUntilOver(world: World, id: string, requests = 40): Promise<Shown> {
  for (let minutes = 0; minutes < 60 && !(await world.show(id)).endedAt; minutes++) await serveMinutes(world, 1, requests);
  return world.untilOver(id);
}

/** A world whose function has served for some minutes, with newer code waiting. */
async function aServingWorld(behaviours: World['behaviours'] = {}): Promise<World> {
  const world = await createWorld();
  Object.assign(world.behaviours, behaviours);
  await world.aFunction('orders-api');
  await serveMinutes(world, 2);
  return world;
}

describe('a release that no alarm watches', () => {
  it('is reverted when green fails more than blue, for a reason in numbers', async () => {
    const world = await aServingWorld({ blue: failing(50), good: failing(4) });
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m' });
    const shown = await serveUntilOver(world, id);
    expect(shown).toMatchObject({ status: 'reverted', reason: { code: 'regression', message: expect.stringMatching(REASON) } });
    expect(shown.reason.message).toMatch(/^errors of orders-api since 12:03 UTC: green failed/);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });

    const { evidence, limit, metrics } = judgementOf(shown);
    expect(evidence).toBeGreaterThanOrEqual(limit);
    expect(metrics[0]).toMatchObject({ target: 'orders-api:live', metric: 'errors' });
    const reverted = world.events(id).find((event) => event['detail-type'] === 'Release Reverted');
    expect(reverted!.detail).toMatchObject({ judgement: { evidence, limit } });
    const outputs = (await world.history(id)).flatMap(({ stateExitedEventDetails }) => stateExitedEventDetails ?? []);
    expect(outputs.find(({ name }) => name === 'Bake')!.output).toContain(shown.reason.message);
    // The code is marked.
    expect((await world.runRelease({ targets: ['orders-api'], plan: '50% 30m' })).reason).toMatchObject({
      code: 'preflight',
      message: expect.stringContaining(`was reverted by release ${id}`),
    });
  });

  it('is promoted when green is as good as blue, and says how large a regression each bake could have caught', async () => {
    const world = await aServingWorld({ blue: failing(10), good: failing(10) });
    const id = await world.start({ targets: ['orders-api'], plan: '50% 12m, 100% 2m', judge: { latency: false } });
    const shown = await serveUntilOver(world, id);
    expect(shown.status).toBe('promoted');
    expect(texts(shown)).toContainEqual(
      expect.stringMatching(
        /^judged: errors of orders-api: green failed .*; would have caught an error rate of [\d.]+ % or more on green \(blue [\d.]+ %\) with 95 %$/,
      ),
    );
    expect(texts(shown)).toContain('no blue is left to compare green with: nothing but a person stops it from here on');
  });

  it('is reverted when green returns failures that its middleware reports', async () => {
    let version1 = 0;
    let version2 = 0;
    const reporting =
      (isBad: () => boolean): World['behaviours'][string] =>
      (_event, version, print) => {
        const dimensions = {
          FunctionName: version.functionName,
          Resource: `${version.functionName}:live`,
          ExecutedVersion: version.version,
        };
        const CloudWatchMetrics = [{ Namespace: 'Teal', Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: 'bad', Unit: 'Count' }] }];
        const bad = isBad() ? 1 : 0;
        print(JSON.stringify({ _aws: { Timestamp: world.aws.ground.clock.nowMs(), CloudWatchMetrics }, ...dimensions, bad }));
        return { statusCode: bad ? 500 : 200 };
      };
    const world = await createWorld();
    world.behaviours.blue = reporting(() => ++version1 % 50 === 0);
    world.behaviours.good = reporting(() => ++version2 % 4 === 0);
    await world.aFunction('orders-api');
    await serveMinutes(world, 2);
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m' });
    const shown = await serveUntilOver(world, id);
    expect(shown).toMatchObject({
      status: 'reverted',
      reason: { code: 'regression', message: expect.stringMatching(/^failed responses of orders-api since 12:03 UTC: green failed/) },
    });
  });

  it('is reverted when green is slow, by limits that blue’s day before gives', async () => {
    const taking = (slowMs: number): World['behaviours'][string] => {
      let requests = 0;
      return (_event, _version, _print, took) => took(++requests % 3 === 0 ? slowMs : 10 + (requests % 7));
    };
    const world = await aServingWorld({ blue: taking(20), good: taking(80) });
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m' });
    const shown = await serveUntilOver(world, id);
    expect(shown).toMatchObject({
      status: 'reverted',
      reason: {
        code: 'regression',
        message: expect.stringMatching(
          /^latency above \d+ ms \(1.5 times p\d0 of the day before\) of orders-api since .* UTC: green took longer than/,
        ),
      },
    });
  });

  it('is reverted by a metric of the user’s own, which is a pair with a version dimension', async () => {
    let green = 0;
    const world = await createWorld();
    const counting =
      (isDeclined: () => boolean): World['behaviours'][string] =>
      (_event, { version }, print) => {
        const CloudWatchMetrics = [{ Namespace: 'Shop', Dimensions: [['release']], Metrics: [{ Name: 'Declined' }, { Name: 'Payments' }] }];
        print(
          JSON.stringify({
            _aws: { Timestamp: world.aws.ground.clock.nowMs(), CloudWatchMetrics },
            release: version,
            Declined: isDeclined() ? 1 : 0,
            Payments: 1,
          }),
        );
        return { statusCode: 200 };
      };
    world.behaviours.blue = counting(() => false);
    world.behaviours.good = counting(() => ++green % 4 === 0);
    await world.aFunction('orders-api');
    const metrics = [{ name: 'declined payments', namespace: 'Shop', bad: 'Declined', total: 'Payments', versionDimension: 'release' }];
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m', judge: { metrics } });
    const shown = await serveUntilOver(world, id);
    expect(shown).toMatchObject({
      status: 'reverted',
      reason: {
        code: 'regression',
        message: expect.stringMatching(/^declined payments of orders-api since 12:01 UTC: green had a bad outcome in/),
      },
    });
  });

  it('tells what was judged also of a bake that a person ends', async () => {
    const world = await aServingWorld();
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m, 95% 30m', judge: { latency: false } });
    await serveMinutes(world, 8);
    await world.command(id, 'advance');
    await serveMinutes(world, 2);
    await world.command(id, 'abort');
    const shown = await world.untilOver(id);
    expect(texts(shown).filter((text) => text.startsWith('judged: errors of orders-api: green failed 0 of'))).toHaveLength(1);
    expect(judgementOf(shown).metrics[0]).toMatchObject({ metric: 'errors' });
    expect(world.events(id).at(-1)!.detail).toMatchObject({ judgement: { limit: 100 } });
  });

  it('shows at any time what is judged, metric by metric', async () => {
    const world = await aServingWorld();
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m' });
    await serveMinutes(world, 6);
    const { metrics, limit } = judgementOf(await world.show(id));
    expect(limit).toBe(100);
    expect(metrics.map(({ metric }) => metric)).toEqual(
      expect.arrayContaining(['errors', 'latency above 7.5 ms (1.5 times p50 of the day before)']),
    );
    expect(metrics[0]!.green.total).toBeGreaterThan(0);
    await world.command(id, 'abort');
    await world.untilOver(id);
  });
});

describe('a release with too few requests to judge', () => {
  const quiet = async (judge: Record<string, unknown>) => {
    const world = await aServingWorld();
    const startedMs = world.aws.ground.clock.nowMs();
    const id = await world.start({ targets: ['orders-api'], plan: '50% 5m', judge });
    const shown = await serveUntilOver(world, id, 2);
    return { shown, minutes: (Date.parse(shown.endedAt as string) - startedMs) / 60_000 };
  };

  it('is promoted, and says that it was not judged', async () => {
    const { shown, minutes } = await quiet({});
    expect(shown.status).toBe('promoted');
    expect(minutes).toBeLessThan(9);
    expect(shown.reason.message).toMatch(/^all bakes passed; no alarm was watched; not judged: orders-api had \d+ requests on green/);
    expect(texts(shown)).toContainEqual(
      expect.stringMatching(/^not judged: orders-api had \d+ requests on green and \d+ on blue in the minutes judged, each needs 100$/),
    );
  });

  it('waits for them at most three times as long when the request says so', async () => {
    const { shown, minutes } = await quiet({ tooFewRequests: 'wait' });
    expect(shown.status).toBe('promoted');
    expect(minutes).toBeGreaterThanOrEqual(15);
    expect(minutes).toBeLessThan(19);
    expect(texts(shown).filter((text) => text === 'too few requests to judge: the bake is extended')).toHaveLength(1);
    expect(texts(shown)).toContainEqual(expect.stringMatching(/^not judged: /));
  });

  it('is reverted when the request says so', async () => {
    const { shown } = await quiet({ tooFewRequests: 'revert' });
    expect(shown).toMatchObject({
      status: 'reverted',
      reason: { code: 'too-few-requests', message: expect.stringContaining('each needs 100') },
    });
  });
});

describe('a release whose green stops reporting a metric that blue reports', () => {
  it('is reverted where too few requests revert, though its errors are as rare as blue’s', async () => {
    const world = await createWorld();
    const reporting = (mostReports: number): World['behaviours'][string] => {
      const fails = failing(10);
      let reports = 0;
      return (_event, { version }, print) => {
        const CloudWatchMetrics = [{ Namespace: 'Shop', Dimensions: [['release']], Metrics: [{ Name: 'Declined' }] }];
        const _aws = { Timestamp: world.aws.ground.clock.nowMs(), CloudWatchMetrics };
        if (++reports <= mostReports) print(JSON.stringify({ _aws, release: version, Declined: 0 }));
        return fails();
      };
    };
    Object.assign(world.behaviours, { blue: reporting(Number.POSITIVE_INFINITY), good: reporting(50) });
    await world.aFunction('orders-api');
    const metrics = [{ name: 'declined payments', namespace: 'Shop', bad: 'Declined', versionDimension: 'release' }];
    const judge = { latency: false, metrics, tooFewRequests: 'revert' };
    const id = await world.start({ targets: ['orders-api'], plan: '50% 12m', judge });
    expect(await serveUntilOver(world, id)).toMatchObject({
      status: 'reverted',
      reason: { code: 'too-few-requests', message: 'green of orders-api reports nothing of declined payments, and blue does' },
    });
  });
});

describe('a plan that nothing can judge', () => {
  it('is refused unless it says so, and the record then says who stops it', async () => {
    const world = await createWorld();
    await world.aFunction('orders-api');
    for (const request of [
      { plan: '100% 5m' },
      { plan: '10% 0m, 100% 5m' },
      { plan: '10% 5m', judge: { errors: false, latency: false } },
    ]) {
      const { status, body } = await world.call('POST', '/releases', { targets: ['orders-api'], ...request });
      expect([status, (body.errors as { field: string }[]).map(({ field }) => field)]).toEqual([400, ['unwatched']]);
    }
    const release = await world.runRelease({ targets: ['orders-api'], plan: '100% 5m', unwatched: true });
    expect(release.status).toBe('promoted');
    expect(texts(release)).toContain(
      'green is not judged against blue: no step below 100 % bakes; nothing but a person stops this release',
    );
  });
});

describe('a function that is called over HTTP', () => {
  it('is warned of when nothing reports its status codes', async () => {
    const world = await createWorld();
    await world.aFunction('orders-api');
    await world.allowInvoke('orders-api', 'apigateway.amazonaws.com');
    const id = await world.start({ targets: ['orders-api'], plan: '10% 1m' });
    expect(texts(await world.untilOver(id))).toContainEqual(expect.stringMatching(/^Teal sees only crashes and timeouts of orders-api/));
  });
});

describe('looks at a bake that is judged', () => {
  it('judge a minute once, however many look at once', async () => {
    const world = await aServingWorld({ blue: failing(10), good: failing(10) });
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m' });
    await serveMinutes(world, 4);
    const event = {
      releaseId: id,
      step: 0,
      at: new Date(world.aws.ground.clock.nowMs() + 60_000).toISOString(),
      alarms: [],
      readsAliases: false,
    };
    await serveMinutes(world, 1);
    await Promise.all(Array.from({ length: 4 }, () => world.invoke('bake', event)));
    const once = judgementOf(await world.show(id)).metrics.find(({ metric }) => metric === 'errors')!.green.total;
    await world.invoke('bake', event);
    expect(judgementOf(await world.show(id)).metrics.find(({ metric }) => metric === 'errors')!.green.total).toBe(once);
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('write nothing when they find no minute that is whole', async () => {
    const world = await aServingWorld();
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m' });
    await serveMinutes(world, 4);
    // Of a minute without requests nobody knows for three minutes whether its datapoints are still to come.
    await world.minutes(2);
    const at = new Date(world.aws.ground.clock.nowMs()).toISOString();
    const lookAgain = () => world.invoke('bake', { releaseId: id, step: 0, at, alarms: [], readsAliases: false });
    const kept = async () => (await world.items()).find(({ pk, sk }) => pk!.S === `release#${id}` && sk!.S === 'checkpoints')!;
    await lookAgain();
    const before = await kept();
    const { checkpoints } = unmarshall(before as never) as { checkpoints: Checkpoints };
    expect(checkpoints['orders-api:live']!.errors!.throughMinute).toBeLessThan(lastMinuteAt(Date.parse(at)));
    await lookAgain();
    expect(await kept()).toEqual(before);
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('revert for a red alarm although CloudWatch has no metrics for them', async () => {
    const isAlarmEvent = ({ what }: { what: string }) => what === 'CloudWatch Alarm State Change';
    const world = await createWorld({ faults: { onDelivery: (delivery) => (isAlarmEvent(delivery) ? 'dropped' : undefined) } });
    await world.aFunction('orders-api');
    await world.anAlarm('orders-errors');
    const id = await world.start({ targets: ['orders-api'], alarms: ['orders-errors'], plan: '50% 30m' });
    await serveMinutes(world, 4);
    world.failing('bake', 'GetMetricData', () => Object.assign(new Error('denied'), { name: 'AccessDenied' }));
    await serveMinutes(world, 1);
    await world.setAlarm('orders-errors', 'ALARM');
    expect(await serveUntilOver(world, id)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
  });

  it('are blind without metrics, and blind means revert', async () => {
    const world = await aServingWorld();
    const id = await world.start({ targets: ['orders-api'], plan: '50% 30m' });
    await world.untilBaking(id);
    world.failing('bake', 'GetMetricData', () => Object.assign(new Error('denied'), { name: 'AccessDenied' }));
    expect(await serveUntilOver(world, id)).toMatchObject({ status: 'reverted', reason: { code: 'blind' } });
  });
});
