import { PutProvisionedConcurrencyConfigCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';

let world: World;
async function aWorld() {
  world = await createWorldWith('orders-api');
  return world;
}

/** Runs a release that must be rejected: no alias has moved, the execution is a failed one, and the reason says what and where. */
async function expectRejected(request: Record<string, unknown>, code: string, message: unknown) {
  const before = await world.alias('orders-api');
  const release = await world.runRelease({ targets: ['orders-api'], ...request });
  expect(release).toMatchObject({ status: 'rejected', reason: { code, message } });
  expect(release.path).not.toContain('ShiftTraffic');
  expect(release.path.at(-1)).toBe('Rejected');
  expect(release.eventTypes).toEqual(['Release Started', 'Release Rejected']);
  expect(await world.alias('orders-api')).toEqual(before);
  return release;
}

describe('a release is rejected, and says what and where', () => {
  afterEach(() => expect(world.aws.events.recent().filter((event) => event['detail-type'] === 'Traffic Shifted')).toEqual([]));

  it('when a smoke test gets a wrong answer', async () => {
    await aWorld();
    world.behaviours.good = () => ({ statusCode: 503, body: 'no database' });
    await expectRejected(
      { smokeTests: [{ target: 'orders-api', payload: { path: '/health' }, expect: { statusCode: 200 } }] },
      'smoke-test',
      'smoke test of version 2 of orders-api: expected statusCode to be 200 but found 503, in the response {"statusCode":503,"body":"no database"}',
    );
  });

  it('once: its timeline says that it is rejected and why, and nothing of a revert', async () => {
    await aWorld();
    await world.deployCode('orders-api', 'bad');
    const { reason, timeline } = await expectRejected(
      { smokeTests: [{ target: 'orders-api' }] },
      'smoke-test',
      expect.stringContaining('boom'),
    );
    const texts = timeline.map(({ text }) => text);
    expect(texts.filter((text) => text.includes(reason.message))).toEqual([`decided to reject: ${reason.message}`]);
    expect(texts.at(-1)).toBe('rejected');
    expect(texts.join()).not.toContain('revert');
  });

  it('when green fails in a smoke test', async () => {
    await aWorld();
    await world.deployCode('orders-api', 'bad');
    await expectRejected(
      { smokeTests: [{ target: 'orders-api' }] },
      'smoke-test',
      expect.stringContaining('it failed: {"errorType":"Error","errorMessage":"boom"'),
    );
  });

  it('when the response to a smoke test is not JSON', async () => {
    await aWorld();
    world.behaviours.good = () => 'raw:<html>';
    await expectRejected(
      { smokeTests: [{ target: 'orders-api' }] },
      'smoke-test',
      'smoke test of version 2 of orders-api: its response is not JSON: <html>',
    );
  });

  it('when an alarm does not exist', async () => {
    await aWorld();
    await world.anAlarm('orders-errors');
    await expectRejected(
      { alarms: ['orders-errors', 'orders-erors'] },
      'preflight',
      'alarm orders-erors does not exist in this account and region',
    );
  });

  it('when an alarm is red already', async () => {
    await aWorld();
    await world.anAlarm('orders-errors', 'ALARM');
    await expectRejected(
      { alarms: ['orders-errors'] },
      'preflight',
      expect.stringContaining('alarm orders-errors went to ALARM: the test says so (before any traffic moved'),
    );
  });

  it('when the role of the function has changed', async () => {
    await aWorld();
    await world.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'orders-api', Role: 'arn:aws:iam::123456789012:role/other' }),
    );
    await expectRejected(
      {},
      'preflight',
      expect.stringContaining('has changed its role from arn:aws:iam::123456789012:role/sample to arn:aws:iam::123456789012:role/other'),
    );
  });

  it('when the alias has provisioned concurrency of its own', async () => {
    await aWorld();
    await world.lambda.send(
      new PutProvisionedConcurrencyConfigCommand({ FunctionName: 'orders-api', Qualifier: 'live', ProvisionedConcurrentExecutions: 1 }),
    );
    await expectRejected({}, 'preflight', expect.stringContaining('alias live of orders-api has provisioned concurrency of its own'));
  });

  it('when the alias is split already', async () => {
    await aWorld();
    await world.publish('orders-api');
    await world.moveAlias('orders-api', '1', { 2: 0.3 });
    await expectRejected(
      {},
      'preflight',
      'alias live of orders-api is split already (version 1 with 30 % on version 2); put it on one version first',
    );
  });

  it('when the alias names $LATEST', async () => {
    await aWorld();
    await world.moveAlias('orders-api', '$LATEST');
    await expectRejected({}, 'preflight', expect.stringContaining('alias live of orders-api names $LATEST'));
  });

  it('when the function or the version does not exist, all told at once', async () => {
    await aWorld();
    await expectRejected(
      {
        targets: ['orders-api', 'no-such', { function: 'orders-api', alias: 'gamma', version: '99' }],
      },
      'preflight',
      'function no-such does not exist in this account and region; function orders-api has no version 99',
    );
  });

  it('when $LATEST is not the code that the request names', async () => {
    await aWorld();
    const codeSha256 = Buffer.alloc(32).toString('base64');
    await expectRejected(
      { targets: [{ function: 'orders-api', codeSha256 }] },
      'preflight',
      expect.stringContaining(`not ${codeSha256} as the release says`),
    );
  });

  it('when the code moves between plan and publish', async () => {
    await aWorld();
    world.before('publishVersion', 'PublishVersion', () => world.deployCode('orders-api', 'bad'));
    await expectRejected({}, 'preflight', expect.stringContaining('the code of orders-api has moved since the release began'));
  });

  it('when green never becomes active', async () => {
    await aWorld();
    world.slowToActivate(30);
    await expectRejected({}, 'preflight', expect.stringMatching(/^version 2 of orders-api is Pending, not Active/));
  });
});

describe('an alarm that goes red between plan and the first shift', () => {
  it('rejects: green never had any traffic', async () => {
    await aWorld();
    await world.anAlarm('orders-errors');
    world.before('smokeTest', 'GetItem', () => world.setAlarm('orders-errors', 'ALARM'));
    const release = await world.runRelease({ targets: ['orders-api'], alarms: ['orders-errors'] });
    expect(release).toMatchObject({ status: 'rejected', reason: { code: 'preflight' } });
    expect(release.eventTypes).not.toContain('Traffic Shifted');
  });
});

describe('an execution that was started by hand', () => {
  it('is rejected when another release holds its target', async () => {
    await aWorld();
    const id = await world.start({ targets: ['orders-api'] });
    await world.untilBaking(id);
    await world.startByHand({ targets: ['orders-api'] });
    await world.settled();
    expect(await world.show('by-hand')).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: `release ${id} is releasing orders-api:live; wait for it or abort it` },
    });
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
  });

  it('is a release like any other', async () => {
    await aWorld();
    await world.startByHand({ targets: ['orders-api'], plan: '100% 5m', unwatched: true });
    expect(await world.untilOver('by-hand')).toMatchObject({ status: 'promoted', startedBy: 'an execution started by hand' });
  });

  it('with a wrong input fails with what is wrong, and is no release', async () => {
    await aWorld();
    await world.startByHand({ target: 'orders-api' });
    await world.settled();
    const last = (await world.history('by-hand')).at(-1);
    expect(last).toMatchObject({
      type: 'ExecutionFailed',
      executionFailedEventDetails: { error: 'Rejected', cause: expect.stringContaining('targets: is missing') },
    });
    expect((await world.call('GET', '/releases/by-hand')).status).toBe(404);
  });
});
