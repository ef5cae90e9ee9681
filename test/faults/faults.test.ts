import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, PutFunctionConcurrencyCommand, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, inject, it } from 'vitest';
import { newRecord } from '../../functions/release/new-record.ts';
import { parseRequest } from '../../functions/release/request.ts';
import { noSigner } from '../../local/request-handler.ts';
import type { World } from '../world/open-world.ts';
import { createMonitor } from './monitor.ts';
import { play, type Stage } from './play.ts';
import { SCENARIOS, scenarioNamed } from './scenarios.ts';
import { planAll, playPlanned, record } from './sweep.ts';
import { formatTrouble, parseTrouble } from './troubles.ts';
import { formatWalk, WALK_FUNCTIONS } from './walk.ts';
import { runWalks } from './walk-run.ts';

const folder = inject('templateFolder');
/** One in so many plays of the whole sweep, another one for each scenario; as few as there are of the shortest. */
const SHARE = 540;

describe('one thing goes wrong', () => {
  it.each(SCENARIOS.map((scenario, index) => ({ scenario, name: scenario.name, index })))(
    '$name: a share of the whole sweep breaks no guarantee',
    async ({ scenario, index }) => {
      // The first play loads modules while it runs; what is recorded must be what is played again.
      await play(folder, scenario);
      const plays = planAll(scenario, await record(folder, scenario)).filter((_, nth) => nth % SHARE === (index * 17) % SHARE);
      expect(plays.length).toBeGreaterThan(1);
      const broken: string[] = [];
      for (const planned of plays) broken.push(...(await playPlanned(folder, scenario, planned)));
      expect(broken).toEqual([]);
    },
  );

  it('is told in a line that replays it', async () => {
    const scenario = scenarioNamed('promote');
    for (const { point, trouble } of planAll(scenario, await record(folder, scenario))) {
      expect(parseTrouble(formatTrouble(point, trouble), scenario.acts)).toEqual({ point, trouble });
    }
    expect(() => parseTrouble('nonsense')).toThrow('"nonsense" is not a trouble');
    expect(() => scenarioNamed('nonsense')).toThrow('there is no scenario "nonsense"; there are: promote, ');
  });
});

describe('many releases with many things going wrong', () => {
  it('break no guarantee', async () => {
    const { broken, releases, troubles } = await runWalks(folder, { seed: 20_260_115, releases: 80 });
    expect(broken).toEqual([]);
    expect(releases).toBeGreaterThanOrEqual(80);
    expect(troubles).toBeGreaterThan(80);
  }, 120_000);

  it('are told as a story', () => {
    const release = { afterSeconds: 120, functions: WALK_FUNCTIONS.slice(0, 2), code: 'good', plan: '100% 2m', isWatched: true } as const;
    const releases = [
      {
        ...release,
        isSmokeTested: false,
        asks: ['a preview' as const],
        troubles: [{ afterCalls: 9, name: 'killed' }],
        acts: [{ afterCalls: 12, what: 'stop' as const }],
      },
    ];
    expect(formatWalk({ chance: 1, releases })).toBe(
      [
        'second 120: release 1 of orders-api and payments, good code, 100% 2m, watched, a preview',
        '    9 calls later: killed',
        '    12 calls later: stop',
      ].join('\n'),
    );
  });
});

/** What leaves Teal, as if one of its functions did what it must not. */
const asTeal = ({ aws, resources }: World) => ({
  ...aws.clientConfig,
  signer: noSigner,
  requestHandler: aws.requestHandlerOf(aws.identities.forRole(resources.HealIamRoleLambdaExecution!.physicalId, 'teal-prod-heal')),
});

const writeAlias = (world: World, FunctionVersion: string, AdditionalVersionWeights: Record<string, number>) =>
  new LambdaClient(asTeal(world)).send(
    new UpdateAliasCommand({ FunctionName: 'orders-api', Name: 'live', FunctionVersion, RoutingConfig: { AdditionalVersionWeights } }),
  );

const putItem = (world: World, item: Record<string, unknown>) =>
  new DynamoDBClient(asTeal(world)).send(
    new PutItemCommand({ TableName: world.tableName, Item: marshall(item, { removeUndefinedValues: true }) }),
  );

async function changeRecord(world: World, id: string, change: Record<string, unknown>): Promise<void> {
  const record = (await world.record(id))!;
  await putItem(world, { ...record, ...change, revision: record.revision + 1 });
}

describe('the monitor sees what breaks', () => {
  const scenario = scenarioNamed('promote');
  const decision = { side: 'revert', reason: { code: 'error', message: 'the test says so' }, at: '2026-01-15T12:00:00Z' };

  it.each<[string, RegExp, (stage: Stage) => Promise<unknown>]>([
    [
      'G1: an alias that is let go half-shifted',
      /^G1: .* lets go of orders-api:live on version 1 with {"2":0.1}/m,
      ({ world, id }) => changeRecord(world, id, { claim: 'released' }),
    ],
    ['G3: more green than the step allows', /^G3: .* 10 % are allowed/m, ({ world }) => writeAlias(world, '1', { 2: 0.5 })],
    ['G3: green before the decision', /^G3: .* before the decision to promote/m, ({ world }) => writeAlias(world, '2', {})],
    [
      'G3: green before its smoke test',
      /^G3: .* before its smoke test/m,
      async ({ world, id }) => {
        const { request } = (await world.record(id))!;
        await changeRecord(world, id, {
          request: { ...request, smokeTests: [{ target: 'orders-api:live' }] },
          targets: [{ function: 'orders-api', alias: 'live', blue: '1', green: '3' }],
        });
        await world.deployCode('orders-api', 'good again');
        await world.publish('orders-api');
        await writeAlias(world, '1', { 3: 0.1 });
      },
    ],
    [
      'G3: green before blue was called to compare with',
      /^G3: .* before its smoke tests: 0 of 2 calls of version 1/m,
      async ({ world, id }) => {
        const { request } = (await world.record(id))!;
        const test = { target: 'orders-api', compareWithBlue: true, matrix: { a: [1, 2] } };
        await changeRecord(world, id, { request: { ...request, smokeTests: [test] } });
        await writeAlias(world, '1', { 2: 0.1 });
      },
    ],
    [
      'G4: a write over what a person set',
      /^G4: orders-api:live was set by a person to version \$LATEST, and is written over/m,
      async ({ world }) => {
        await world.moveAlias('orders-api', '$LATEST');
        await writeAlias(world, '1', {});
      },
    ],
    [
      'G5: a write of an alias that nobody holds',
      /^G5: orders-api:live is written .* and no release holds it/m,
      async ({ world, id }) => {
        await changeRecord(world, id, { claim: 'none' });
        await writeAlias(world, '1', { 2: 0.1 });
      },
    ],
    [
      'G5: two that hold the same target',
      /^G5: orders-api:live is held by .* and by another/m,
      async ({ world, id }) => changeRecord(world, id, { id: 'another', pk: 'release#another' }),
    ],
    [
      'G6: a watched alarm that outlives its release',
      /^G6: watch of alarm#other of .* is left behind/m,
      ({ world, id }) => putItem(world, { pk: 'alarm#other', sk: `release#${id}`, releaseId: id }),
    ],
    [
      'G7: a decision that changes',
      /^G7: .* decided twice/m,
      async ({ world, id }) => {
        await changeRecord(world, id, { decision });
        await changeRecord(world, id, { decision: { ...decision, side: 'promote' } });
      },
    ],
    [
      'G7: two ends',
      /^G7: an event tells another end/m,
      async ({ world, id }) => world.aws.events.publish({ source: 'teal', 'detail-type': 'Release Rejected', detail: { id } }),
    ],
    ['G7: no end', /^G7: .* does not end/m, async ({ world, id }) => changeRecord(world, id, { formatVersion: 99 })],
    [
      'G8: a version that cannot serve',
      /^G8: orders-api does not serve: Rate Exceeded/m,
      ({ world }) => world.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'orders-api', ReservedConcurrentExecutions: 0 })),
    ],
  ])('%s', async (_, said, meanwhile) => {
    const during = async (stage: Stage) => {
      await stage.untilBaking();
      await meanwhile(stage);
    };
    expect((await play(folder, { ...scenario, meanwhile: during })).broken.join('\n')).toMatch(said);
  });

  it.each([
    ['inside a freeze that Teal knew', '2026-01-15T12:03:00.000Z', {}, 1],
    ['just as it was told of the freeze', '2026-01-15T12:02:00.000Z', {}, 0],
    ['once the freeze was over', '2026-01-15T12:06:00.000Z', {}, 0],
    ['of a release that overrides the freeze', '2026-01-15T12:03:00.000Z', { overrideFreeze: 'the shop is down' }, 0],
  ])('a first shift %s', (_, from, more, said) => {
    const monitor = createMonitor();
    monitor.frozen({ fromMs: Date.parse('2026-01-15T12:02:00.000Z'), untilMs: Date.parse('2026-01-15T12:06:00.000Z') });
    const parsed = parseRequest({ targets: ['orders-api'], ...more });
    if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
    const record = newRecord({ id: 'one', ...parsed, at: '2026-01-15T12:00:00.000Z', startedBy: 'ada' });
    const Item = marshall({ ...record, sk: 'record', step: 0, shifts: [{ from }] }, { removeUndefinedValues: true });
    const call = { caller: 'arn:aws:sts::123456789012:assumed-role/teal-prod-shiftTraffic/x', service: 'dynamodb', operation: 'PutItem' };
    monitor.onAnswer(call, { body: Buffer.from(JSON.stringify({ Item })) } as never, { status: 200 } as never);
    expect(monitor.broken.filter((text) => text.includes('inside a freeze'))).toHaveLength(said);
  });
});
