import { type FlexibleTimeWindow, type Target, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';

/** Until the returned function is called: no ticks, but a heartbeat of the open bake every four minutes. */
async function onlyHeartbeats({ aws, resources, scheduler, record }: World, id: string) {
  const { clock, work } = aws.ground;
  const schedule = resources.TickSchedule!;
  const { ScheduleExpression, Target, FlexibleTimeWindow } = schedule.properties as never as {
    ScheduleExpression: string;
    Target: Target;
    FlexibleTimeWindow: FlexibleTimeWindow;
  };
  const update = (State: 'ENABLED' | 'DISABLED') =>
    scheduler.send(new UpdateScheduleCommand({ Name: schedule.physicalId, ScheduleExpression, Target, FlexibleTimeWindow, State }));
  await update('DISABLED');
  const taskToken = (await record(id))!.bake!.token;
  // Straight to the service: ten thousand of these need no serialiser.
  const sendHeartbeat = () =>
    aws.stepFunctions.handle({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'x-amz-target': 'AWSStepFunctions.SendTaskHeartbeat', 'content-type': 'application/x-amz-json-1.0' },
      body: Buffer.from(JSON.stringify({ taskToken })),
      caller: { accessKeyId: 'AKIAEXAMPLE', arn: 'arn:aws:iam::123456789012:user/ada' },
    });
  let isOn = true;
  const beat = () => {
    if (!isOn) return;
    void work.track(sendHeartbeat());
    clock.at(clock.nowMs() + 240_000, beat);
  };
  beat();
  return async () => {
    isOn = false;
    await update('ENABLED');
  };
}

describe('a bake of 30 days', () => {
  it('costs under 100 history events', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors');
    const id = await world.start({ targets: ['orders-api'], alarms: ['orders-errors'], plan: '10% 30d, 100% 1h' });
    await world.untilBaking(id);
    await world.minutes(60);
    // A look is the same in each of 43,200 minutes; in between only its heartbeat is played.
    const lookAgain = await onlyHeartbeats(world, id);
    await world.minutes(30 * 24 * 60 - 120);
    await lookAgain();
    await world.minutes(55);
    expect(await world.show(id)).toMatchObject({ status: 'baking', step: { number: 1 } });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    const history = await world.history(id);
    expect(history.length).toBeLessThan(100);
  }, 120_000);
});
