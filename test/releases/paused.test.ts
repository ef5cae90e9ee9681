import { describe, expect, it } from 'vitest';
import { createWorldWith, type Shown, START_MS } from '../world.ts';

const ADA = 'arn:aws:iam::123456789012:user/ada';
const texts = ({ timeline }: Shown) => timeline.map(({ text }) => text);

async function aBakingRelease(more: Record<string, unknown> = {}) {
  const world = await createWorldWith('orders-api');
  await world.anAlarm('orders-errors');
  const id = await world.start({ targets: ['orders-api'], plan: '10% 10m, 100% 10m', alarms: ['orders-errors'], ...more });
  await world.untilBaking(id);
  return { world, id, minutesSinceStart: () => (world.aws.ground.clock.nowMs() - START_MS) / 60_000 };
}

describe('a paused release', () => {
  it('stays at its weight, and its bake takes as long as it would have taken', async () => {
    const { world, id, minutesSinceStart } = await aBakingRelease();
    await world.minutes(4);
    expect(await world.command(id, 'pause', 'support asks for time')).toMatchObject({
      status: 202,
      body: { status: 'paused', pause: { by: ADA, reason: 'support asks for time' } },
    });
    await world.minutes(60);
    const paused = await world.show(id);
    expect(paused).toMatchObject({ status: 'paused', step: { number: 1, weight: 10 } });
    expect(texts(paused)).toContain(`${ADA} paused it: support asks for time`);
    expect(await world.command(id, 'resume')).toMatchObject({ status: 202, body: { status: 'baking' } });
    const before = minutesSinceStart();
    await world.untilBaking(id, 2);
    expect(minutesSinceStart() - before).toBeGreaterThan(5);
    expect(minutesSinceStart() - before).toBeLessThan(7.1);
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status: 'promoted' });
    expect(shown.pause).toBeUndefined();
  });

  it('is watched: an alarm reverts it', async () => {
    const { world, id } = await aBakingRelease();
    await world.command(id, 'pause');
    await world.minutes(30);
    await world.setAlarm('orders-errors', 'ALARM');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
  });

  it('is watched: the look that sees a moved alias ends it', async () => {
    const { world, id } = await aBakingRelease();
    await world.command(id, 'pause');
    await world.moveAlias('orders-api', '1', { 2: 0.33 });
    expect(await world.untilOver(id)).toMatchObject({ status: 'alias-moved' });
  });

  it('waits with a pause that was asked for between bakes until the next one', async () => {
    const { world, id } = await aBakingRelease();
    let answer: { body: Record<string, unknown> } | undefined;
    world.before('shiftTraffic', 'UpdateAlias', async () => {
      answer = await world.command(id, 'pause');
    });
    await world.until(id, ({ status }) => status === 'paused');
    expect(answer).toMatchObject({ status: 202, body: { status: 'shifting', pause: { by: ADA } } });
    await world.minutes(20);
    expect(await world.show(id)).toMatchObject({ status: 'paused', step: { number: 2 } });
    await world.command(id, 'resume');
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it.each([
    ['advance', 2],
    ['promote', 1],
  ] as const)('goes on with %s', async (name, number) => {
    const { world, id, minutesSinceStart } = await aBakingRelease();
    await world.command(id, 'pause');
    await world.minutes(5);
    await world.command(id, name);
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted', step: { number } });
    expect(minutesSinceStart()).toBeLessThan(20);
  });

  it('is paused once however often it is asked, and cannot be resumed twice', async () => {
    const { world, id } = await aBakingRelease();
    await world.command(id, 'pause', 'first');
    await world.minutes(3);
    expect(await world.command(id, 'pause', 'second')).toMatchObject({ status: 202, body: { pause: { reason: 'first' } } });
    expect(await world.command(id, 'resume')).toMatchObject({ status: 202 });
    expect(await world.command(id, 'resume')).toMatchObject({
      status: 409,
      body: { title: 'Not paused', detail: `Release ${id} is not paused; it is baking. To pause it: POST /releases/${id}/pause.` },
    });
    expect(texts(await world.show(id)).filter((text) => text.includes('paused it'))).toHaveLength(1);
  });

  it('gives an approval that it waits for its time back', async () => {
    const { world, id } = await aBakingRelease({ approval: { before: 'promote', timeout: '30m' } });
    await world.command(id, 'promote');
    await world.until(id, ({ status }) => status === 'awaiting-approval');
    await world.command(id, 'pause');
    await world.minutes(40);
    expect(await world.show(id)).toMatchObject({ status: 'paused' });
    expect(await world.command(id, 'resume')).toMatchObject({ body: { status: 'awaiting-approval' } });
    await world.minutes(25);
    expect(await world.show(id)).toMatchObject({ status: 'awaiting-approval' });
    await world.minutes(10);
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'declined' } });
  });
});
