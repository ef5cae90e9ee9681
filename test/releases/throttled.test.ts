import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 50% 10m, 100% 10m' };
const busy = () => Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });

/** What an alarm on the metric would see of the last minutes. */
async function stuckReleases(world: World): Promise<number> {
  const nowMs = world.aws.ground.clock.nowMs();
  const { Datapoints } = await world.cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'Teal',
      MetricName: 'StuckReleases',
      Statistics: ['Maximum'],
      Period: 60,
      StartTime: new Date(nowMs - 120_000),
      EndTime: new Date(nowMs),
    }),
  );
  return Math.max(...Datapoints!.map(({ Maximum }) => Maximum!));
}

describe('throttling', () => {
  it('of a shift is tried again and reverts nothing', async () => {
    const world = await createWorldWith('orders-api');
    for (let times = 0; times < 5; times++) world.before('shiftTraffic', 'UpdateAlias', () => Promise.reject(busy()));
    expect(await world.runRelease(request)).toMatchObject({ status: 'promoted' });
  });

  it.each([
    ['plan', 'DescribeAlarms'],
    ['plan', 'GetAlias'],
    ['publishVersion', 'PublishVersion'],
    ['awaitActive', 'GetFunction'],
    ['shiftTraffic', 'GetAlias'],
    ['bake', 'PutItem'],
    ['promote', 'UpdateAlias'],
  ])('of %s by %s for an hour delays a healthy release and does not end it', async (from, operation) => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors');
    const recover = world.failing(from, operation, busy);
    const id = await world.start({ ...request, alarms: ['orders-errors'] });
    await world.minutes(60);
    expect(await world.show(id)).not.toHaveProperty('endedAt');
    recover();
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('of a revert for hours leaves it reverting, and it comes back as soon as it can', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start(request);
    await world.untilBaking(id);
    const recover = world.failing('revert', 'UpdateAlias', busy);
    await world.command(id, 'abort');
    await world.minutes(90);
    expect(await world.show(id)).toMatchObject({ status: 'reverting' });
    recover();
    await world.minutes(2);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'aborted' } });
  });

  it('of a revert beyond that is stuck: it says so, keeps its targets, and the sweep ends it', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start(request);
    await world.untilBaking(id);
    const recovers = [world.failing('revert', 'UpdateAlias', busy), world.failing('heal', 'UpdateAlias', busy)];
    await world.command(id, 'abort');
    await world.until(id, (shown) => shown.status === 'stuck', 24 * 60);
    expect((await world.path(id)).at(-1)).toBe('RevertStuck');
    expect(world.events(id).at(-1)).toMatchObject({ 'detail-type': 'Release Stuck' });
    expect((await world.call('POST', '/releases', request)).status).toBe(409);
    await world.minutes(2);
    expect(await stuckReleases(world)).toBe(1);
    for (const recover of recovers) recover();
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'aborted' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(world.events(id).filter((event) => event['detail-type'] === 'Release Stuck')).toHaveLength(1);
  }, 60_000);

  it('of events leaves them in the outbox, and the sweep sends them, each with the same id', async () => {
    const world = await createWorldWith('orders-api');
    const recovers = ['plan', 'shiftTraffic', 'promote', 'heal'].map((name) => world.failing(name, 'PutEvents', busy));
    const id = await world.start(request);
    await world.minutes(10);
    for (const recover of recovers) recover();
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    const ids = world.events(id).map((event) => (event.detail as { eventId: string }).eventId);
    expect(new Set(ids).size).toBeGreaterThanOrEqual(8);
  });
});

describe('a reply that is lost', () => {
  it.each([
    ['shiftTraffic', 'UpdateAlias'],
    ['shiftTraffic', 'PutItem'],
    ['promote', 'UpdateAlias'],
    ['promote', 'PutItem'],
    ['promote', 'UpdateItem'],
    ['publishVersion', 'PublishVersion'],
    ['bake', 'SendTaskSuccess'],
    ['bake', 'PutItem'],
  ])('by %s of %s is found out and changes nothing', async (from, operation) => {
    const world = await createWorldWith('orders-api');
    world.after(from, operation, () => Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })));
    expect(await world.runRelease(request)).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });
});
