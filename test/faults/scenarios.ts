import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand, SendTaskSuccessCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { FORMAT_VERSION } from '../../functions/release/format.ts';
import { olderDefinition } from '../world/older-definition.ts';
import type { World } from '../world/open-world.ts';
import { type Stage, untilTaken } from './play.ts';
import { ALARM, later, type Trouble } from './troubles.ts';

/** What releases do, one of each kind: the sweep breaks every one of them at every call. */
export interface Scenario {
  name: string;
  /** How it ends, whatever single thing goes wrong. */
  ends: string;
  /** Makes what the release is about and returns its request; nothing goes wrong meanwhile. */
  prepare(world: World): Promise<Record<string, unknown>>;
  /** Happens while the release is in flight, from its start on. */
  meanwhile?(stage: Stage): Promise<void>;
  /** What may happen at any moment of this one alone. */
  acts?: Trouble[];
}

const TWO_STEPS = '10% 1m, 100% 1m';
const SMOKE_TEST = { target: 'orders-api', payload: {}, expect: { statusCode: 200 } };

const oneTarget = async (world: World) => ({ targets: [await world.aFunction('orders-api')], plan: TWO_STEPS, smokeTests: [SMOKE_TEST] });
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

const inMinutes = (world: World, minutes: number) => new Date(world.aws.ground.clock.nowMs() + minutes * 60_000).toISOString();

/** Another release bakes, and newer code than that one's waits. */
async function behindAnother(world: World) {
  const request = await oneTarget(world);
  await world.untilBaking(await world.start(request));
  await world.deployCode('orders-api', 'good again');
  return request;
}

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
  { name: 'abort', ends: 'reverted', prepare: oneTarget, meanwhile: command('abort') },
  {
    name: 'promote now',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await oneTarget(world)), plan: '10% 1h, 100% 1h' }),
    meanwhile: command('promote'),
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
    name: 'begun by the Teal before this one',
    ends: 'promoted',
    async prepare(world) {
      await becomeOlder(world);
      return watched(world);
    },
    acts: [{ name: 'Teal upgraded', at: 'call', act: becomeCurrent }],
  },
];

/** A hook that is done some time after it was called. The token of a try that Teal did not survive is dead by then. */
function callBackLater(world: World, { token: taskToken }: { token: string }) {
  later(world, 20, () =>
    world.sfn
      .send(new SendTaskSuccessCommand({ taskToken, output: '{"status":"passed"}' }))
      .catch((error: Error) => (/InvalidToken|TaskTimedOut|TaskDoesNotExist/.test(error.name) ? undefined : Promise.reject(error))),
  );
  return { status: 'pending' };
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
