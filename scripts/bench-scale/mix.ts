import type { World } from '../../test/world/open-world.ts';

/** One release of the bench, and how it must end. */
export interface Planned {
  name: string;
  kind: Kind;
  functions: string[];
  request: Record<string, unknown>;
  ends: 'promoted' | 'reverted' | 'rejected' | 'unchanged';
}

export type Kind = 'promoted' | 'two targets' | 'smoke test fails' | 'unchanged' | 'shared alarm' | 'own alarm' | 'aborted';

/** What every twenty releases are. */
const MIX: Kind[] = [
  ...Array<Kind>(11).fill('promoted'),
  'two targets',
  'smoke test fails',
  'unchanged',
  'shared alarm',
  'shared alarm',
  'own alarm',
  'own alarm',
  'own alarm',
  'aborted',
];

/** Every release that ends by this alarm watches it, and so it goes red for all of them at once. */
export const SHARED_ALARM = 'platform-errors';
/** Those that are to end midway bake until everyone is there. */
const PLAN = '10% 5m, 100% 5m';
const LONG_PLAN = '10% 3h, 100% 5m';

/** Makes the functions and alarms of so many releases. */
export async function prepare(world: World, count: number): Promise<Planned[]> {
  await world.anAlarm(SHARED_ALARM);
  const planned: Planned[] = [];
  for (let index = 0; index < count; index++) planned.push(await prepareOne(world, index));
  return planned;
}

async function prepareOne(world: World, index: number): Promise<Planned> {
  const kind = MIX[index % MIX.length]!;
  const name = `service-${String(index).padStart(4, '0')}`;
  const functions = kind === 'two targets' ? [`${name}-api`, `${name}-worker`] : [`${name}-api`];
  const next = kind === 'smoke test fails' ? 'bad' : kind === 'unchanged' ? 'blue' : 'good';
  for (const one of functions) await world.aFunction(one, { next });
  const isMidway = kind === 'shared alarm' || kind === 'own alarm' || kind === 'aborted';
  const request = {
    targets: functions,
    plan: isMidway ? LONG_PLAN : PLAN,
    smokeTests: functions.map((target) => ({ target, payload: {}, expect: { statusCode: 200 } })),
    alarms: [await world.anAlarm(alarmOf(name)), ...(kind === 'shared alarm' ? [SHARED_ALARM] : [])],
  };
  return { name, kind, functions, request, ends: END_OF[kind] };
}

export const alarmOf = (name: string) => `${name}-errors`;

const END_OF: Record<Kind, Planned['ends']> = {
  promoted: 'promoted',
  'two targets': 'promoted',
  'smoke test fails': 'rejected',
  unchanged: 'unchanged',
  'shared alarm': 'reverted',
  'own alarm': 'reverted',
  aborted: 'reverted',
};
