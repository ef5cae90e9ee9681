import { describe, expect, it } from 'vitest';
import { createWorldWith, type Shown, type World } from '../world.ts';

const ADA = 'arn:aws:iam::123456789012:user/ada';
const GRACE = 'arn:aws:iam::123456789012:user/grace';
const ADAS_ROLE = 'arn:aws:sts::123456789012:assumed-role/deploy/ada';

const texts = ({ timeline }: Shown) => timeline.map(({ text }) => text);
const isWaiting = ({ status }: Shown) => status === 'awaiting-approval';
const questions = (world: World, id: string) => world.events(id).filter((event) => event['detail-type'] === 'Approval Requested');

async function aRelease(approval: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const world = await createWorldWith('orders-api');
  await world.anAlarm('orders-errors');
  const request = { targets: ['orders-api'], plan: '10% 5m, 100% 5m', alarms: ['orders-errors'], approval, ...more };
  return { world, id: await world.start(request) };
}

async function aReleaseThatWaits(approval: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const { world, id } = await aRelease(approval, more);
  return { world, id, waiting: await world.until(id, isWaiting) };
}

describe('an approval before traffic', () => {
  it('lets no request reach green until somebody approves, and keeps who, when and why', async () => {
    const { world, id, waiting } = await aReleaseThatWaits({ before: 'traffic', timeout: '4h' });
    expect(waiting.approval).toEqual({
      before: 'traffic',
      timeout: '4h',
      onTimeout: 'decline',
      askedAt: '2026-01-15T12:00:00.000Z',
      until: '2026-01-15T16:00:00.000Z',
    });
    await world.minutes(20);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    expect(questions(world, id)).toMatchObject([
      { detail: { status: 'awaiting-approval', approval: { until: '2026-01-15T16:00:00.000Z' } } },
    ]);

    expect(await world.command(id, 'approve', 'seen on staging', GRACE)).toMatchObject({ status: 202 });
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({
      status: 'promoted',
      approval: { answer: { verdict: 'approved', by: GRACE, reason: 'seen on staging', at: '2026-01-15T12:20:00.000Z' } },
    });
    expect(texts(shown)).toContain(`${GRACE} approved it: seen on staging`);
    expect(await world.path(id)).toEqual(expect.arrayContaining(['SmokeTest', 'AwaitApproval', 'Approved?', 'ShiftTraffic']));
    expect((await world.outputs(id)).AwaitApproval).toMatchObject({
      approval: { status: 'approved', message: `approved by ${GRACE}: seen on staging` },
    });
  });

  it('rejects what somebody declines: no alias was written', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'traffic' });
    await world.command(id, 'decline', 'the copy is wrong', GRACE);
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({
      status: 'rejected',
      reason: { code: 'declined', message: `${GRACE} declined it: the copy is wrong` },
      approval: { answer: { verdict: 'declined', by: GRACE } },
    });
    expect(await world.path(id)).not.toContain('ShiftTraffic');
  });

  it.each([
    ['decline', 'rejected', { code: 'declined', message: 'not approved: nobody answered within 30m' }],
    ['approve', 'promoted', { code: 'passed' }],
  ])('says %s when nobody has answered in time', async (onTimeout, status, reason) => {
    const { world, id } = await aReleaseThatWaits({ before: 'traffic', timeout: '30m', onTimeout });
    await world.minutes(29);
    expect(await world.show(id)).toMatchObject({ status: 'awaiting-approval' });
    const shown = await world.untilOver(id);
    expect(shown).toMatchObject({ status, reason });
    expect((shown.approval as { answer: object }).answer).toMatchObject({ reason: 'nobody answered within 30m' });
    expect((shown.approval as { answer: object }).answer).not.toHaveProperty('by');
  });

  it('takes an answer that was given before it was asked for, and asks nobody', async () => {
    const world = await createWorldWith('orders-api');
    let id = '';
    world.before('awaitActive', 'GetItem', () => world.command(id, 'approve', 'reviewed', GRACE));
    id = await world.start({ targets: ['orders-api'], plan: '10% 1m, 100% 1m', approval: { before: 'traffic' } });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted', approval: { answer: { by: GRACE } } });
    expect(questions(world, id)).toEqual([]);
  });

  it('is waited for no longer once it is there, while green is warmed', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'traffic' }, { warm: 1 });
    const shown: Shown[] = [];
    world.before('warmUp', 'Invoke', async () => void shown.push(await world.show(id)));
    await world.command(id, 'approve', 'seen on staging', GRACE);
    await world.untilOver(id);
    expect(shown.map(({ status, waiting }) => ({ status, waiting }))).toEqual([{ status: 'preparing', waiting: undefined }]);
  });

  it('goes on when the word that it is approved was lost on the way', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'traffic' });
    world.before('command', 'SendTaskSuccess', () => Promise.reject(Object.assign(new Error('lost'), { name: 'ThrottlingException' })));
    expect(await world.command(id, 'approve', undefined, GRACE)).toMatchObject({ status: 503 });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('is not skipped by a person who promotes, and tells them', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'traffic' });
    expect(await world.command(id, 'promote')).toMatchObject({
      status: 202,
      body: { status: 'awaiting-approval', message: `It gets no traffic before somebody has approved it: POST /releases/${id}/approve.` },
    });
    await world.minutes(10);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
    await world.command(id, 'approve', undefined, GRACE);
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted', step: { number: 1 } });
  });

  it('is over with an abort, and with its execution', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'traffic' });
    await world.command(id, 'abort');
    expect(await world.untilOver(id)).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    const second = await world.start({ targets: ['orders-api'], approval: { before: 'traffic' } });
    await world.until(second, isWaiting);
    await world.stop(second);
    expect(await world.untilOver(second)).toMatchObject({ status: 'rejected', reason: { code: 'stopped' } });
  });
});

describe('an approval before promote', () => {
  it('keeps the last bake open and watched after its time, asks once, and promotes when it is there', async () => {
    const { world, id, waiting } = await aReleaseThatWaits({ before: 'promote', timeout: '4h' });
    expect(waiting).toMatchObject({ step: { number: 2, weight: 100 }, approval: { askedAt: '2026-01-15T12:10:00Z' } });
    await world.minutes(20);
    expect(await world.show(id)).toMatchObject({ status: 'awaiting-approval' });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 1 } });
    expect(questions(world, id)).toHaveLength(1);
    await world.command(id, 'approve', 'numbers are fine', GRACE);
    await world.settled();
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
    expect(await world.untilOver(id)).toMatchObject({
      status: 'promoted',
      approval: { answer: { by: GRACE, reason: 'numbers are fine' } },
    });
  });

  it('reverts by itself while it waits', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'promote' });
    await world.minutes(3);
    await world.setAlarm('orders-errors', 'ALARM');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('gives users blue again when somebody declines', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'promote' });
    await world.command(id, 'decline', undefined, GRACE);
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'declined', message: `${GRACE} declined it` } });
  });

  it.each([
    ['decline', 'reverted'],
    ['approve', 'promoted'],
  ])('says %s when nobody has answered in time: %s', async (onTimeout, status) => {
    const { world, id } = await aReleaseThatWaits({ before: 'promote', timeout: '10m', onTimeout });
    await world.minutes(8);
    expect(await world.show(id)).toMatchObject({ status: 'awaiting-approval' });
    await world.minutes(3);
    expect(await world.untilOver(id)).toMatchObject({ status, approval: { answer: { reason: 'nobody answered within 10m' } } });
  });

  it('is not asked for when it is there before the last bake is over', async () => {
    const { world, id } = await aRelease({ before: 'promote' });
    await world.untilBaking(id);
    await world.command(id, 'approve', undefined, GRACE);
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(questions(world, id)).toEqual([]);
  });

  it('is all that a person who promotes waits for: the bakes are skipped, and it is watched where it is', async () => {
    const { world, id } = await aRelease({ before: 'promote' }, { plan: '10% 2h, 100% 2h' });
    await world.untilBaking(id);
    expect(await world.command(id, 'promote')).toMatchObject({
      status: 202,
      body: { status: 'awaiting-approval', message: `It is not promoted before somebody has approved it: POST /releases/${id}/approve.` },
    });
    await world.minutes(20);
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: { 2: 0.1 } });
    await world.command(id, 'approve', undefined, GRACE);
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted', step: { number: 1 } });
  });
});

describe('who may approve', () => {
  it('is nobody who may be the starter, where the release asks for four eyes', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'traffic', notBy: 'starter' });
    expect(await world.command(id, 'approve', undefined, ADA)).toMatchObject({
      status: 403,
      body: { title: 'Approval by the starter', releaseId: id },
    });
    expect(await world.show(id)).toMatchObject({ status: 'awaiting-approval', approval: { notBy: 'starter' } });
    expect(await world.command(id, 'approve', undefined, ADAS_ROLE)).toMatchObject({ status: 202 });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('counts the first who does; a second changes nothing, and a later no comes too late', async () => {
    const { world, id } = await aReleaseThatWaits({ before: 'promote' });
    await world.command(id, 'pause');
    await world.command(id, 'approve', 'first', GRACE);
    expect(await world.command(id, 'approve', 'second', ADA)).toMatchObject({
      status: 202,
      body: { approval: { answer: { by: GRACE, reason: 'first' } } },
    });
    expect(await world.command(id, 'decline', undefined, ADA)).toMatchObject({ status: 409, body: { title: 'Approved already' } });
  });

  it.each(['approve', 'decline'] as const)('is told by a release that asks nobody when they %s it', async (name) => {
    const world = await createWorldWith('orders-api');
    const id = await world.start({ targets: ['orders-api'], plan: '10% 1h, 100% 1h' });
    expect(await world.command(id, name)).toMatchObject({ status: 409, body: { title: 'No approval asked for' } });
  });
});
