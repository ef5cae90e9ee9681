import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { createWorldWith, type World } from '../world.ts';

interface DryRun {
  wouldBegin: boolean;
  plan: { weight: number; bake: string }[];
  targets: { function: string; blue?: string; unchanged?: boolean; differences?: string[] }[];
  checks: { check: string; passed: boolean; problem?: string }[];
  alarms?: string[];
  notes: string[];
  cost?: Record<string, number>;
  foresight?: { step: number; target: string; greenRate?: number; message: string }[];
}

async function dryRun(world: World, request: Record<string, unknown>): Promise<DryRun> {
  const { status, body } = await world.call<DryRun>('POST', '/dry-runs', { targets: ['orders-api'], ...request });
  expect(status).toBe(200);
  return body;
}
const failed = ({ checks }: DryRun) => checks.filter(({ passed }) => !passed).map(({ problem }) => problem);

describe('a dry run', () => {
  it('tells what a release would do, and writes nothing', async () => {
    const world = await createWorldWith('orders-api');
    await world.anAlarm('orders-errors', 'OK', { Dimensions: [{ Name: 'FunctionName', Value: 'orders-api' }] });
    await world.lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'orders-api',
        MemorySize: 512,
        Environment: { Variables: { FLAG: 'secret' } },
      }),
    );
    const before = { alias: await world.alias('orders-api'), records: (await world.call('GET', '/releases')).body };
    const told = await dryRun(world, { alarms: 'auto', plan: '10% 10m, 100% 5m' });
    expect(told).toMatchObject({
      wouldBegin: true,
      plan: [
        { weight: 10, bake: '10m' },
        { weight: 100, bake: '5m' },
      ],
      targets: [
        {
          function: 'orders-api',
          blue: '1',
          unchanged: false,
          differences: ['other code', 'MemorySize: 128 → 512', 'environment: + FLAG'],
        },
      ],
      alarms: ['orders-errors'],
    });
    expect(told.checks.map(({ check }) => check)).toEqual([
      'no release in flight holds orders-api:live',
      'orders-api exists',
      'orders-api has an alias live',
      'alias live of orders-api is on one published version',
      'alias live of orders-api has no provisioned concurrency of its own',
      'no update of orders-api is under way',
      'blue and green of orders-api have the same role',
      'blue and green of orders-api have the same dead-letter queue',
      'the code of orders-api was not reverted before',
      'alarm orders-errors is not red',
    ]);
    expect(told.notes).toContain('watching orders-errors');
    expect(JSON.stringify(told)).not.toContain('secret');
    expect({ alias: await world.alias('orders-api'), records: (await world.call('GET', '/releases')).body }).toEqual(before);
  });

  it.each([
    [0, {}],
    [4, { warm: 4 }],
  ])('counts what the release then takes, %i warm-ups too', async (warmUps, more) => {
    const world = await createWorldWith('orders-api');
    const request = { targets: ['orders-api'], plan: '10% 2m, 50% 1m, 100% 0m', ...more };
    const { cost } = await dryRun(world, request);
    const { path, status } = await world.runRelease(request);
    expect(status).toBe('promoted');
    expect(cost).toMatchObject({ bakeMinutes: 3, stateTransitions: path.length, smokeTests: 0, warmUps });
  });

  it('counts its hooks, those after a revert apart', async () => {
    const world = await createWorldWith('orders-api', 'expand', 'contract');
    const hooks = { beforeTraffic: ['expand', 'expand'], afterTraffic: 'contract', afterRevert: 'contract' };
    const request = { targets: ['orders-api'], plan: '10% 2m, 100% 0m', hooks };
    const { cost } = await dryRun(world, request);
    const { path, status } = await world.runRelease(request);
    expect(status).toBe('promoted');
    expect(cost).toMatchObject({ stateTransitions: path.length, hooks: 3 });
  });

  it('counts its wait for approval', async () => {
    const world = await createWorldWith('orders-api');
    const approval = { before: 'traffic', timeout: '4h' };
    const request = { targets: ['orders-api'], plan: '10% 2m, 100% 0m', approval };
    const told = await dryRun(world, request);
    expect(told).toMatchObject({ approval: { ...approval, onTimeout: 'decline' } });
    const id = await world.start(request);
    await world.until(id, ({ status }) => status === 'awaiting-approval');
    await world.command(id, 'approve');
    await world.untilOver(id);
    expect(told.cost).toMatchObject({ stateTransitions: (await world.path(id)).length });
  });

  it('says what a release would be rejected for, as the release does', async () => {
    const world = await createWorldWith('orders-api', 'payments');
    await world.anAlarm('orders-errors', 'ALARM');
    await world.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: 'orders-api', Role: 'arn:aws:iam::123456789012:role/other' }),
    );
    const request = { targets: ['orders-api', 'payments', 'nobody'], alarms: ['orders-errors'] };
    const told = await dryRun(world, request);
    expect(told).toMatchObject({ wouldBegin: false, notes: [] });
    expect(told.cost).toBeUndefined();
    expect(failed(told)).toHaveLength(3);
    const { reason } = await world.runRelease(request);
    expect(reason.message).toBe(failed(told).join('; '));
  });

  it('says which release holds a target', async () => {
    const world = await createWorldWith('orders-api');
    const id = await world.start({ targets: ['orders-api'], plan: '10% 5m' });
    expect(failed(await dryRun(world, {}))).toContain(`release ${id} is releasing orders-api:live; wait for it or abort it`);
    const { wouldBegin, checks } = await dryRun(world, { ifBusy: 'wait' });
    expect([wouldBegin, checks[0]!.check]).toEqual([true, `release ${id} is releasing orders-api:live: this one waits`]);
    await world.command(id, 'abort');
    await world.untilOver(id);
  });

  it('foresees how large a regression each bake would catch, at the traffic of the last week', async () => {
    const world = await createWorldWith('orders-api');
    expect((await dryRun(world, { plan: '10% 30m, 100% 5m' })).foresight).toEqual([
      {
        step: 1,
        target: 'orders-api:live',
        message:
          'step 1 (10 % for 30m) of orders-api would catch no error rate with 95 %: too few requests, or too many errors on blue (no requests in the last week)',
      },
    ]);
  });

  it('refuses what the API refuses', async () => {
    const world = await createWorldWith('orders-api');
    expect(await world.call('POST', '/dry-runs', { targets: [], plan: 'x' })).toMatchObject({ status: 400 });
  });
});
