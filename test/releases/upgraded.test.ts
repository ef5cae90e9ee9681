import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { FORMAT_VERSION } from '../../functions/release/format.ts';
import { olderDefinition } from '../world/older-definition.ts';
import { createWorldWith, type World } from '../world.ts';

const request = { targets: ['orders-api'], plan: '10% 10m, 100% 10m', alarms: ['orders-errors'] };

/** From here on executions run the state machine of the Teal before this one. Returns this one's. */
async function becomeOlder({ sfn, stateMachineArn }: World): Promise<string> {
  const { definition } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition: olderDefinition(definition!) }));
  return definition!;
}

/** A release of the Teal before this one, in its first bake, when this one is deployed. */
async function beforeUpgrade() {
  const world = await createWorldWith('orders-api');
  await world.anAlarm('orders-errors');
  const { stateMachineArn } = world;
  const definition = await becomeOlder(world);
  const id = await world.start(request);
  await setFormat(world, id, FORMAT_VERSION - 1);
  await world.untilBaking(id);
  await world.sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
  await setFormat(world, id, FORMAT_VERSION - 1);
  return { world, id };
}

const setFormat = (world: World, id: string, version: number) =>
  world.dynamodb.send(
    new UpdateItemCommand({
      TableName: world.tableName,
      Key: { pk: { S: `release#${id}` }, sk: { S: 'record' } },
      UpdateExpression: 'SET formatVersion = :version',
      ExpressionAttributeValues: { ':version': { N: String(version) } },
    }),
  );

describe('a release that is to start later, on a state machine that knows of no time', () => {
  it.each<[string, (world: World, request: Record<string, unknown>) => Promise<string>]>([
    ['by the API', (world, later) => world.start(later)],
    ['by hand', (world, later) => world.startByHand(later)],
  ])('does not begin at once: started %s it is rejected, and says why', async (_, start) => {
    const world = await createWorldWith('orders-api');
    await becomeOlder(world);
    const id = await start(world, { targets: ['orders-api'], plan: '10% 5m', startAt: '2026-01-15T14:00:00Z' });
    expect(await world.untilOver(id)).toMatchObject({
      status: 'rejected',
      reason: { code: 'preflight', message: expect.stringMatching(/^it begins at 2026-01-15 14:00 UTC, and its execution does not wait/) },
    });
    expect(await world.versions('orders-api')).toEqual(['1']);
  });
});

describe('Teal is upgraded while a bake is open', () => {
  it('and the release goes on to its end', async () => {
    const { world, id } = await beforeUpgrade();
    expect(await world.untilOver(id)).toMatchObject({ status: 'promoted' });
    expect(await world.alias('orders-api')).toEqual({ version: '2', weights: {} });
  });

  it('and an alarm reverts the release', async () => {
    const { world, id } = await beforeUpgrade();
    await world.setAlarm('orders-errors', 'ALARM');
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'alarm' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });

  it('and rolled back while a newer release is in flight: others go on, it is blind and so goes back to blue once a Teal is there that reads it', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start({ targets: ['orders-api'], plan: '10% 10m, 100% 2m' });
    await world.untilBaking(id);
    await world.settled();
    await setFormat(world, id, FORMAT_VERSION + 1);
    // Others are looked at as ever.
    await world.aFunction('payments');
    expect(await world.runRelease({ targets: ['payments'], plan: '10% 2m, 100% 2m' })).toMatchObject({ status: 'promoted' });
    expect((await world.call('GET', `/releases/${id}`)).status).toBe(500);
    await setFormat(world, id, FORMAT_VERSION);
    expect(await world.untilOver(id)).toMatchObject({ status: 'reverted', reason: { code: 'blind' } });
    expect(await world.alias('orders-api')).toEqual({ version: '1', weights: {} });
  });
});
