import type { World } from '../world.ts';

/** What releases do, one of each kind: the sweep breaks every one of them at every call. */
export interface Scenario {
  name: string;
  /** How it ends, whatever single thing goes wrong. */
  ends: string;
  /** Makes what the release is about; nothing goes wrong meanwhile. */
  prepare(world: World): Promise<Record<string, unknown>>;
  /** Happens while the release is in flight, from its start on. */
  meanwhile?(world: World, id: string): Promise<void>;
}

const TWO_STEPS = '10% 1m, 100% 1m';

const oneTarget = async (world: World) => ({ targets: [await world.aFunction('orders-api')], plan: TWO_STEPS, smokeTests: [SMOKE_TEST] });
const SMOKE_TEST = { target: 'orders-api', payload: {}, expect: { statusCode: 200 } };
const watched = async (world: World) => ({ ...(await oneTarget(world)), alarms: [await world.anAlarm('orders-errors')] });
const red = (step: number) => async (world: World, id: string) => {
  await world.untilBaking(id, step);
  await world.setAlarm('orders-errors', 'ALARM');
};

export const SCENARIOS: Scenario[] = [
  { name: 'promote', ends: 'promoted', prepare: watched },
  { name: 'revert in the first step', ends: 'reverted', prepare: watched, meanwhile: red(1) },
  { name: 'revert in the second step', ends: 'reverted', prepare: watched, meanwhile: red(2) },
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
    name: 'abort',
    ends: 'reverted',
    prepare: oneTarget,
    async meanwhile(world, id) {
      await world.untilBaking(id);
      await untilTaken(world, () => world.command(id, 'abort'));
    },
  },
  {
    name: 'promote now',
    ends: 'promoted',
    prepare: async (world) => ({ ...(await oneTarget(world)), plan: '10% 1h, 100% 1h' }),
    async meanwhile(world, id) {
      await world.untilBaking(id);
      await untilTaken(world, () => world.command(id, 'promote'));
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
      alarms: [await world.anAlarm('orders-errors')],
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
    async meanwhile(world, id) {
      await world.untilBaking(id);
      await world.moveAlias('orders-api', '1', { 2: 0.33 });
    },
  },
  {
    name: 'its execution is stopped',
    ends: 'reverted',
    prepare: oneTarget,
    async meanwhile(world, id) {
      await world.untilBaking(id);
      await world.stop(id);
    },
  },
];

/** A client tries again when it has no answer or a 5xx. */
export async function untilTaken(world: World, send: () => Promise<{ status: number; body: Record<string, unknown> }>) {
  for (let tries = 0; tries < 5; tries++) {
    const answer = await send();
    if (answer.status < 500) return answer;
    await world.minutes(0.05);
  }
  throw new Error('the API did not take it five times');
}

/** Files of scenarios run side by side. Throws when there is no scenario of a name. */
export const named = (...names: string[]): Scenario[] =>
  names.map((name) => {
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (!scenario) throw new Error(`there is no scenario ${name}`);
    return scenario;
  });
