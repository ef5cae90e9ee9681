import { DeleteAlarmsCommand, PutCompositeAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { createWorldWith } from '../world.ts';

const onFunction = (name: string) => ({
  Namespace: 'AWS/Lambda',
  MetricName: 'Errors',
  Dimensions: [{ Name: 'FunctionName', Value: name }],
});

describe('"alarms": "auto"', () => {
  it('finds the alarms of the targets, keeps them in the record, and one of them reverts', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    await world.anAlarm('orders-errors', 'OK', onFunction('orders-api'));
    await world.anAlarm('others', 'OK', onFunction('others'));
    await world.cloudwatch.send(
      new PutCompositeAlarmCommand({ AlarmName: 'shop', AlarmRule: 'ALARM("orders-errors") OR ALARM("others")' }),
    );
    const id = await world.start({ targets: ['orders-api', 'payments'], alarms: 'auto', plan: '10% 10m, 100% 10m' });
    const baking = await world.untilBaking(id);
    expect(baking.alarms).toEqual(['orders-errors', 'shop']);
    const texts = baking.timeline.map(({ text }) => text);
    expect(texts).toContain('watching orders-errors, shop');
    expect(texts).toContain('no alarm names payments, by its dimensions, its metric math or its members');

    await world.setAlarm('others', 'ALARM');
    expect(await world.untilOver(id)).toMatchObject({
      status: 'reverted',
      reason: { code: 'alarm', message: expect.stringMatching(/^alarm shop/) },
    });
  });

  it('watches what there was when the release began', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors', 'OK', onFunction('orders-api'));
    const id = await world.start({ targets: ['orders-api'], alarms: 'auto', plan: '10% 5m' });
    await world.untilBaking(id);
    await world.anAlarm('orders-slow', 'ALARM', onFunction('orders-api'));
    const over = await world.untilOver(id);
    expect(over).toMatchObject({ status: 'promoted', alarms: ['orders-errors'] });
    expect(over.reason.message).toContain('watched: orders-errors');
  });

  it('reverts when an alarm that was found is deleted', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors', 'OK', onFunction('orders-api'));
    const id = await world.start({ targets: ['orders-api'], alarms: 'auto', plan: '10% 5m' });
    await world.untilBaking(id);
    await world.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['orders-errors'] }));
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'blind' } });
  });

  it('that finds one that is red already rejects', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors', 'ALARM', onFunction('orders-api'));
    expect(await world.runRelease({ targets: ['orders-api'], alarms: 'auto' })).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: expect.stringContaining('alarm orders-errors went to ALARM') },
    });
  });

  it('that finds none says so, and the judge watches', async () => {
    const world = await createWorldWith('orders-api');
    const over = await world.runRelease({ targets: ['orders-api'], alarms: 'auto', plan: '10% 2m' });
    expect(over.status).toBe('promoted');
    expect(over.timeline.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['no alarm is watched', 'no alarm names orders-api, by its dimensions, its metric math or its members']),
    );
  });

  it('that finds none rejects a release that nothing else can judge, unless somebody wants just that', async () => {
    const world = await createWorldWith('orders-api');
    const request = { targets: ['orders-api'], alarms: 'auto', plan: '100% 1m' };
    expect(await world.runRelease(request)).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'preflight',
        message: expect.stringMatching(
          /^"alarms": "auto" found no alarm that names orders-api, and green can be judged .* or say "unwatched": true$/,
        ),
      },
    });
    expect(await world.runRelease({ ...request, unwatched: true })).toMatchObject({ status: 'promoted' });
  });
});
