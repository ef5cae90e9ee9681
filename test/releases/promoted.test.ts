import { describe, expect, it } from 'vitest';
import { createWorld } from '../world.ts';

describe('a release that goes well', () => {
  it('is promoted step by step, and green serves all traffic', async () => {
    const world = await createWorld();
    await world.aFunction('orders-api');
    await world.anAlarm('orders-errors');
    const release = await world.runRelease({ targets: ['orders-api'], alarms: ['orders-errors'], plan: '10% 10m, 50% 5m' });
    expect(release).toMatchObject({ status: 'promoted', reason: { code: 'passed' } });
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
    expect(release.path).toEqual([
      'Must it wait?',
      'Plan',
      'PublishVersion',
      'Anything changed?',
      'AwaitActive',
      'Preview?',
      'Hook before traffic?',
      'SmokeTest',
      'Approval before what?',
      'Blue provisioned?',
      'Warm green?',
      'ShiftTraffic',
      'Bake',
      'Which verdict?',
      'Next step',
      'ShiftTraffic',
      'Bake',
      'Which verdict?',
      'Next step',
      'ShiftTraffic',
      'Bake',
      'Which verdict?',
      'Promote',
      'How did it end?',
      'Promoted',
    ]);
    expect(release.eventTypes).toEqual([
      'Release Started',
      'Traffic Shifted',
      'Bake Passed',
      'Traffic Shifted',
      'Bake Passed',
      'Traffic Shifted',
      'Bake Passed',
      'Release Promoted',
    ]);
  });
});
