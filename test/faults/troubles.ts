import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { CALL_FAULTS, type CallFault, type Delivery, type DeliveryFault, type ServiceCall } from '../../local/faults.ts';
import type { World } from '../world/open-world.ts';

/** What can go wrong with a call, with a delivery, or at a moment. */
export interface Trouble {
  name: string;
  at: 'call' | 'delivery';
  fault?: CallFault | DeliveryFault;
  /** How many of these calls in a row meet the fault; 1 unless told. */
  times?: number;
  /** What somebody does just before the call. */
  act?(world: World, functions: string[]): Promise<unknown>;
  /** How a release may end besides as it would have, since somebody interfered. */
  ends?: string[];
}

/** A point at which something can go wrong: the n-th of its kind in a run, so that it is found again in the next. */
export interface Point {
  at: 'call' | 'delivery';
  /** "UpdateAlias by shiftTraffic" */
  what: string;
  nth: number;
}

const running = async ({ sfn, stateMachineArn }: World) =>
  (await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }))).executions!.map(({ name }) => name!);

const stopAll = async (world: World) => {
  const names = await running(world);
  for (const name of names) await world.stop(name);
  return names;
};

/** Who comes too late finds nothing to act on. */
export const unlessGone = async (acting: Promise<unknown>) => {
  await acting.catch((error: Error) => {
    if (!/NotFound|DoesNotExist|NotRedrivable/.test(error.name)) throw error;
  });
};

/** In cloud time, and no part of whatever goes on now. */
export const later = ({ aws }: World, seconds: number, act: () => Promise<unknown>) =>
  void aws.ground.clock.at(aws.ground.clock.nowMs() + seconds * 1000, () => void aws.ground.work.track(act()));

export const ALARM = 'orders-errors';

/** The first function is the one that people put their hands on. */
export const ACTS: Trouble[] = [
  { name: 'execution stopped', at: 'call', act: stopAll, ends: ['reverted', 'rejected'] },
  // Whoever heals is done before the call, which somebody sent before, takes effect.
  { name: 'execution stopped and call held', at: 'call', act: stopAll, fault: 'held', ends: ['reverted', 'rejected'] },
  {
    name: 'execution stopped, redriven 5 s later',
    at: 'call',
    async act(world) {
      for (const name of await stopAll(world)) later(world, 5, () => unlessGone(world.redrive(name)));
    },
    ends: ['reverted', 'rejected'],
  },
  {
    // Whoever heals hears of the stop when the execution runs again.
    name: 'execution stopped, redriven immediately',
    at: 'call',
    async act(world) {
      for (const name of await stopAll(world)) await unlessGone(world.redrive(name));
    },
    ends: ['reverted', 'rejected'],
  },
  {
    name: 'alias moved by a person',
    at: 'call',
    act: (world, [name]) => unlessGone(world.moveAlias(name!, '$LATEST')),
    ends: ['alias-moved', 'rejected', 'reverted'],
  },
  {
    name: 'alias deleted',
    at: 'call',
    async act(world, [name]) {
      // Of one by which Teal never served it could not be told that there ever was any.
      await world.noteServed(name!, '1');
      await unlessGone(world.deleteAlias(name!));
    },
    ends: ['alias-moved', 'rejected', 'reverted'],
  },
  {
    name: 'function deleted',
    at: 'call',
    act: (world, [name]) => unlessGone(world.deleteFunction(name!)),
    ends: ['alias-moved', 'rejected', 'reverted'],
  },
  { name: 'alarm red', at: 'call', act: (world) => unlessGone(world.setAlarm(ALARM, 'ALARM')), ends: ['reverted', 'rejected'] },
  {
    name: 'alarm red and call held',
    at: 'call',
    act: (world) => unlessGone(world.setAlarm(ALARM, 'ALARM')),
    fault: 'held',
    ends: ['reverted', 'rejected'],
  },
  { name: 'alarm deleted', at: 'call', act: (world) => unlessGone(world.deleteAlarm(ALARM)), ends: ['reverted', 'rejected'] },
];

export const FAULTS: Trouble[] = [
  ...CALL_FAULTS.map((fault): Trouble => ({ name: fault, at: 'call', fault })),
  // Clients here try once, so each of these is a call that the SDK gave up: a look that fails so five times is blind, as it should be.
  { name: 'throttled 3 times', at: 'call', fault: 'throttled', times: 3 },
  { name: 'dropped', at: 'delivery', fault: 'dropped' },
  { name: 'duplicated', at: 'delivery', fault: 'duplicated' },
  { name: 'delayed 90 s', at: 'delivery', fault: { delayedMs: 90_000 } },
];

/** Calls that belong to a release: those of Teal's functions, and those by which AWS runs them. */
export const isOfTeal = ({ caller }: ServiceCall): boolean =>
  caller === 'states' || caller === 'apigateway' || /assumed-role\/teal-/.test(caller);

const nameOfTeals = (name: string) => name.replace(/^.*teal-prod-([a-zA-Z]+).*$/, '$1');

/** "UpdateAlias by shiftTraffic", "Invoke of bake by states" */
export const callName = ({ caller, operation, invoked }: ServiceCall) =>
  `${operation}${invoked ? ` of ${nameOfTeals(invoked)}` : ''} by ${nameOfTeals(caller)}`;

/** "Release Started from events to heal" */
export const deliveryName = ({ from, what, target }: Delivery) =>
  `${what.replace(/^teal-(TickSchedule)-.*/, '$1')} from ${from} to ${nameOfTeals(target)}`;

/** The trouble's half of a line that replays it: "reply-lost at UpdateAlias by shiftTraffic #1". */
export const formatTrouble = ({ what, nth }: Point, { name }: Trouble) => `${name} at ${what} #${nth}`;

/** Throws when it is not such a line. */
export function parseTrouble(text: string, acts: Trouble[] = []): { point: Point; trouble: Trouble } {
  const [, name, what, nth] = /^(.+?) at (.+) #(\d+)$/.exec(text) ?? [];
  const trouble = [...FAULTS, ...ACTS, ...acts].find((one) => one.name === name);
  if (!trouble || !what) throw new Error(`"${text}" is not a trouble such as "reply-lost at UpdateAlias by shiftTraffic #1"`);
  return { point: { at: trouble.at, what, nth: Number(nth) }, trouble };
}
