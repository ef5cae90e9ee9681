import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { FORMAT_VERSION } from '../../functions/release/format.ts';
import { olderDefinition } from '../world/older-definition.ts';
import type { World } from '../world/open-world.ts';
import { callBackLater } from './hooks.ts';
import { type Stage, untilTaken } from './play.ts';
import { ALARM, type Trouble, unlessGone } from './troubles.ts';

/** What releases do, one of each kind: the sweep breaks every one of them at every call. */
export interface Scenario {
  name: string;
  /** How it ends, whatever single thing goes wrong. */
  ends: string;
  /** Makes what the release is about and returns its request; nothing goes wrong meanwhile. */
  prepare(world: World): Promise<Record<string, unknown>>;
  /** A rollback instead: its request is one of `POST /rollbacks`, sent once, without a key, or somebody does it without Teal. */
  rollback?: 'called' | 'direct';
  /** Happens while the release is in flight, from its start on. */
  meanwhile?(stage: Stage): Promise<void>;
  /** What may happen at any moment of this one alone. */
  acts?: Trouble[];
}

const TWO_STEPS = '10% 1m, 100% 1m';
const SMOKE_TEST = { target: 'orders-api', payload: {}, expect: { statusCode: 200 } };

const oneTarget = async (world: World) => ({ targets: [await world.aFunction('orders-api')], plan: TWO_STEPS, smokeTests: [SMOKE_TEST] });
const firstOf = async (world: World, name: string) => {
  await world.aBareFunction(name);
  return { targets: [name], plan: TWO_STEPS };
};
const watched = async (world: World) => ({ ...(await oneTarget(world)), alarms: [await world.anAlarm(ALARM)] });
const FINDABLE = { Dimensions: [{ Name: 'FunctionName', Value: 'orders-api' }] };
const finding = async (world: World) => {
  await world.anAlarm(ALARM, 'OK', FINDABLE);
  return { ...(await oneTarget(world)), alarms: 'auto' };
};
const red =
  (step: number) =>
  async ({ world, untilBaking }: Stage) => {
    // The alarm may have been deleted by then.
    if (await untilBaking(step)) await world.setAlarm(ALARM, 'ALARM').catch(() => {});
  };
const command =
  (name: 'abort' | 'promote' | 'advance') =>
  async ({ world, id, untilBaking }: Stage) => {
    if (await untilBaking()) await untilTaken(world, () => world.command(id, name));
  };
const answer =
  (name: 'approve' | 'decline') =>
  async ({ world, id, untilStatus }: Stage) => {
    if (await untilStatus('awaiting-approval')) await untilTaken(world, () => world.command(id, name));
  };

const inMinutes = (world: World, minutes: number) => new Date(world.aws.ground.clock.nowMs() + minutes * 60_000).toISOString();

/** Another release bakes, and newer code than that one's waits. */
async function behindAnother(world: World) {
  const request = await oneTarget(world);
  await world.untilBaking(await world.start(request));
  await world.deployCode('orders-api', 'good again');
  return request;
}

/** Between whose versions no alias may be split. */
async function switching(world: World) {
  const request = await watched(world);
  await world.changeRole('orders-api');
  return { ...request, onRoleChange: 'switch' };
}

/** One target whose preview there is not yet, and one whose preview is where it serves. */
async function previewing(world: World) {
  const request = await oneTarget(world);
  await world.aFunction('payments');
  await world.createAlias('payments', '1', 'next');
  return { ...request, targets: ['orders-api', 'payments'], preview: 'next' };
}

/** What people do to a preview alias is theirs, and rejects at most a release that is not planned yet. */
const ON_PREVIEW: Trouble[] = [
  {
    name: 'preview moved by a person',
    at: 'call',
    act: (world) => unlessGone(world.moveAlias('payments', '$LATEST', {}, 'next')),
    ends: ['rejected'],
  },
  { name: 'preview deleted', at: 'call', act: (world) => unlessGone(world.deleteAlias('payments', 'next')) },
];

/** Of every minute green's requests are half bad, and of blue's next to none; CloudWatch has them all from the beginning. */
async function regressing(world: World) {
  const minutes = Array.from({ length: 40 }, (_, minute) => new Date(world.aws.ground.clock.nowMs() + minute * 60_000));
  const samples = (version: string, bad: number) =>
    minutes.map((Timestamp) => ({
      MetricName: 'Bad',
      Dimensions: [{ Name: 'version', Value: version }],
      Timestamp,
      Values: [0, 1],
      Counts: [100 - bad, bad],
    }));
  await world.cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Test', MetricData: [...samples('1', 1), ...samples('2', 50)] }));
  const metrics = [{ name: 'bad', namespace: 'Test', bad: 'Bad', versionDimension: 'version' }];
  return { ...(await oneTarget(world)), plan: '50% 30m', judge: { errors: false, latency: false, metrics } };
}

async function promoted(world: World, ...targets: string[]) {
  for (const name of targets) await world.aFunction(name);
  await world.runRelease({ targets, plan: '100% 0m', unwatched: true });
  return { targets, reason: 'checkout is broken' };
}

const provisioned = async (world: World) => {
  const request = await oneTarget(world);
  world.allocate({ afterMs: 20_000 });
  await world.provision('orders-api', '1', 2);
  return { ...request, rollbackWindow: '1m', warm: 1 };
};

export const SCENARIOS: Scenario[] = [
  { name: 'promote', ends: 'promoted', prepare: finding },
  { name: 'revert in the first step', ends: 'reverted', prepare: watched, meanwhile: red(1) },
  { name: 'revert in the second step', ends: 'reverted', prepare: watched, meanwhile: red(2) },
  { name: 'revert a regression', ends: 'reverted', prepare: regressing },
  {
    name: 'reject by a smoke test',
    ends: 'rejected',
    prepare: async (world) => ({
      targets: [await world.aFunction('orders-api', { next: 'bad' })],
      plan: TWO_STEPS,
      smokeTests: [SMOKE_TEST],
    }),
  },
  {
    name: 'smoke tests of old app versions, compared with blue',
    ends: 'promoted',
    prepare: async (world) => ({
      ...(await oneTarget(world)),
      smokeTests: [
        {
          target: 'orders-api',
          request: { path: '/orders' },
          matrix: { 'headers.x-app-version': ['3.8', '4.1'] },
          maxDurationMs: 1000,
          compareWithBlue: true,
        },
      ],
    }),
  },
  { name: 'abort', ends: 'reverted', prepare: oneTarget, meanwhile: command('abort') },
  {
    name: 'promote now',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await oneTarget(world)), plan: '10% 1h, 100% 1h' }),
    meanwhile: command('promote'),
  },
  {
    name: 'approved before traffic',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await watched(world)), approval: { before: 'traffic' } }),
    meanwhile: answer('approve'),
  },
  {
    name: 'approved before promote',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await watched(world)), approval: { before: 'promote' } }),
    meanwhile: answer('approve'),
  },
  {
    name: 'nobody approves in time',
    ends: 'rejected',
    prepare: async (world) => ({ ...(await oneTarget(world)), approval: { before: 'traffic', timeout: '2m' } }),
  },
  {
    name: 'paused for a while',
    ends: 'promoted',
    prepare: watched,
    async meanwhile({ world, id, untilBaking }) {
      if (!(await untilBaking())) return;
      await untilTaken(world, () => world.command(id, 'pause'));
      await world.minutes(2);
      await untilTaken(world, () => world.command(id, 'resume'));
    },
  },
  {
    name: 'two targets',
    ends: 'promoted',
    prepare: async (world) => ({ targets: [await world.aFunction('orders-api'), await world.aFunction('payments')], plan: TWO_STEPS }),
  },
  {
    name: 'two targets, reverted',
    ends: 'reverted',
    prepare: async (world) => ({
      targets: [await world.aFunction('orders-api'), await world.aFunction('payments')],
      plan: TWO_STEPS,
      alarms: [await world.anAlarm(ALARM)],
    }),
    meanwhile: red(2),
  },
  { name: 'three steps', ends: 'promoted', prepare: async (world) => ({ ...(await oneTarget(world)), plan: '1% 1m, 50% 0m, 100% 1m' }) },
  {
    name: 'an unchanged target in a group',
    ends: 'promoted',
    prepare: async (world) => ({
      targets: [await world.aFunction('orders-api'), await world.aFunction('payments', { next: 'blue' })],
      plan: TWO_STEPS,
    }),
  },
  {
    name: 'a first release',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await firstOf(world, 'orders-api')), smokeTests: [SMOKE_TEST] }),
  },
  {
    name: 'a first release in a group that reverts',
    ends: 'reverted',
    prepare: async (world) => {
      const { targets } = await firstOf(world, 'payments');
      return { ...(await watched(world)), targets: ['orders-api', ...targets] };
    },
    meanwhile: red(2),
  },
  {
    name: 'a first release in a group that is promoted',
    ends: 'promoted',
    prepare: async (world) => {
      const { targets } = await firstOf(world, 'payments');
      return { ...(await oneTarget(world)), targets: [...targets, 'orders-api'] };
    },
  },
  { name: 'a role is switched', ends: 'promoted', prepare: switching },
  {
    name: 'a switched role in a group that reverts',
    ends: 'reverted',
    prepare: async (world) => ({
      ...(await switching(world)),
      targets: ['orders-api', await world.aFunction('payments')],
    }),
    meanwhile: red(2),
  },
  { name: 'a preview', ends: 'promoted', prepare: previewing, acts: ON_PREVIEW },
  { name: 'a preview of a release that reverts', ends: 'reverted', prepare: previewing, meanwhile: command('abort') },
  {
    name: 'a preview of a first release that its smoke test rejects',
    ends: 'rejected',
    prepare: async (world) => {
      const request = await firstOf(world, 'orders-api');
      await world.deployCode('orders-api', 'bad');
      return { ...request, smokeTests: [SMOKE_TEST], preview: 'next' };
    },
  },
  {
    name: 'nothing changed',
    ends: 'unchanged',
    prepare: async (world) => ({ targets: [await world.aFunction('orders-api', { next: 'blue' })], plan: TWO_STEPS }),
  },
  {
    name: 'a person moves the alias',
    ends: 'alias-moved',
    prepare: oneTarget,
    async meanwhile({ world, untilBaking }) {
      if (await untilBaking()) await world.moveAlias('orders-api', '1', { 2: 0.33 }).catch(() => {});
    },
  },
  {
    name: 'its execution is stopped',
    ends: 'reverted',
    prepare: oneTarget,
    async meanwhile({ world, id, untilBaking }) {
      if (await untilBaking()) await world.stop(id);
    },
  },
  {
    name: 'its failed execution is redriven after the end',
    ends: 'reverted',
    prepare: watched,
    async meanwhile(stage) {
      await red(1)(stage);
      await stage.untilOver();
      // For the execution to end too; then there is something to redrive.
      await stage.world.minutes(1);
      await stage.world.redrive(stage.id).catch(() => {});
    },
  },
  {
    name: 'another release wants the same target',
    ends: 'promoted',
    prepare: oneTarget,
    async meanwhile({ world, id, untilBaking, isHolding }) {
      if (!(await untilBaking())) return;
      const request = { targets: ['orders-api'], plan: TWO_STEPS };
      const other = await untilTaken(world, () => world.call('POST', '/releases', request, { 'idempotency-key': 'other' }));
      const isRefused = other.status === 409 && other.body.releaseId === id;
      if (isHolding() && !isRefused) throw new Error(`G5: a second release is answered ${JSON.stringify(other)}`);
    },
  },
  { name: 'promote with provisioned concurrency', ends: 'promoted', prepare: provisioned },
  { name: 'revert with provisioned concurrency', ends: 'reverted', prepare: provisioned, meanwhile: command('abort') },
  {
    name: 'reject for provisioned concurrency',
    ends: 'rejected',
    async prepare(world) {
      const request = await provisioned(world);
      world.allocate({ afterMs: 20_000, failure: 'FUNCTION_ERROR_INIT_FAILURE' });
      return request;
    },
  },
  {
    name: 'while old versions of another function are deleted',
    ends: 'promoted',
    async prepare(world) {
      await world.aFunction('payments');
      await world.publish('payments');
      await world.deployCode('payments', 'good again');
      await world.runRelease({ targets: ['payments'], plan: '100% 0m', unwatched: true, keepVersions: 1 });
      await anHourLater(world, 'payments');
      return oneTarget(world);
    },
  },
  {
    name: 'wait for a target that is busy',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await behindAnother(world)), ifBusy: 'wait' }),
  },
  {
    name: 'replace the release in flight',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await behindAnother(world)), ifBusy: 'replace' }),
  },
  {
    name: 'start later',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await oneTarget(world)), startAt: inMinutes(world, 2) }),
  },
  {
    name: 'start later, aborted before',
    ends: 'rejected',
    prepare: async (world) => ({ ...(await oneTarget(world)), startAt: inMinutes(world, 30) }),
    async meanwhile({ world, id }) {
      await world.minutes(1);
      await untilTaken(world, () => world.command(id, 'abort'));
    },
  },
  {
    name: 'hooks before and after traffic',
    ends: 'promoted',
    async prepare(world) {
      world.behaviours.later = (event) => callBackLater(world, event as { token: string });
      const hooks = { beforeTraffic: [await world.aFunction('backfill', { next: 'later' }), 'contract'], afterTraffic: 'contract' };
      await world.aFunction('contract');
      return { targets: [await world.aFunction('orders-api')], plan: '50% 1m, 100% 0m', hooks };
    },
  },
  {
    name: 'a hook before traffic fails',
    ends: 'rejected',
    async prepare(world) {
      world.behaviours.failing = () => ({ status: 'failed', reason: 'the table is locked' });
      const hooks = { beforeTraffic: await world.aFunction('expand', { next: 'failing' }) };
      return { targets: [await world.aFunction('orders-api')], plan: TWO_STEPS, hooks };
    },
  },
  {
    name: 'a hook tidies after a revert',
    ends: 'reverted',
    async prepare(world) {
      const hooks = { afterRevert: await world.aFunction('tidy') };
      return { targets: [await world.aFunction('orders-api')], plan: '100% 2m', alarms: [await world.anAlarm(ALARM)], hooks };
    },
    meanwhile: red(1),
  },
  {
    name: 'two targets, rolled back after the end',
    ends: 'promoted',
    rollback: 'called',
    prepare: (world) => promoted(world, 'orders-api', 'payments'),
  },
  { name: 'rolled back without Teal', ends: 'promoted', rollback: 'direct', prepare: (world) => promoted(world, 'orders-api') },
  {
    name: 'begun by the Teal before this one',
    ends: 'promoted',
    async prepare(world) {
      await becomeOlder(world);
      return watched(world);
    },
    acts: [{ name: 'Teal upgraded', at: 'call', act: becomeCurrent }],
  },
];

/** As if the function's aliases had been quiet for an hour, which its old versions wait for: an hour of ticks in each play would take long. */
async function anHourLater({ aws, dynamodb, tableName, items }: World, name: string): Promise<void> {
  const nowMs = aws.ground.clock.nowMs();
  const { pk, sk } = (await items()).find((item) => item.pk!.S === 'afterwards')!;
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { pk: pk as never, sk: sk as never },
      UpdateExpression: 'SET dueAt = :now, quiet.#name.since = :then',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: {
        ':now': { S: new Date(nowMs).toISOString() },
        ':then': { S: new Date(nowMs - 3_600_000).toISOString() },
      },
    }),
  );
}

/** The state machine as the format before had it, and records that say so, until Teal is upgraded. */
async function becomeOlder(world: World): Promise<void> {
  const { sfn, dynamodb, stateMachineArn, tableName } = world;
  const { definition } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition: olderDefinition(definition!) }));
  current.set(world, definition!);
  world.afterEvery('PutItem', async () => {
    if (!current.has(world)) return;
    for (const item of await world.items()) {
      if (item.sk?.S !== 'record' || item.formatVersion?.N === String(FORMAT_VERSION - 1)) continue;
      await dynamodb.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: { pk: item.pk as never, sk: item.sk as never },
          // It had no judge.
          UpdateExpression: 'SET formatVersion = :version REMOVE #request.judge, shifts',
          ExpressionAttributeNames: { '#request': 'request' },
          ExpressionAttributeValues: { ':version': { N: String(FORMAT_VERSION - 1) } },
        }),
      );
    }
  });
}

const current = new WeakMap<World, string>();

async function becomeCurrent(world: World): Promise<void> {
  const definition = current.get(world);
  current.delete(world);
  if (definition) await world.sfn.send(new UpdateStateMachineCommand({ stateMachineArn: world.stateMachineArn, definition }));
}

/** Throws when there is no scenario of this name. */
export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (!scenario) throw new Error(`there is no scenario "${name}"; there are: ${SCENARIOS.map((one) => one.name).join(', ')}`);
  return scenario;
}
