import type { Status } from '../../functions/release/record.ts';
import type { CallFault } from '../../local/faults.ts';
import { openWorld, type World } from '../world/open-world.ts';
import { ask, brokenPromises, createClient, leftUndone } from './guarantees.ts';
import { createMonitor, functionOf, type Monitor } from './monitor.ts';
import type { Scenario } from './scenarios.ts';
import { callName, deliveryName, isOfTeal, type Point, type Trouble } from './troubles.ts';

export interface Run {
  /** Every call and delivery, in the order they were met. */
  points: Point[];
  /** What did not hold. */
  broken: string[];
  /** Whether the trouble was met. */
  isMet: boolean;
}

/** How long any single trouble may hold up a release. */
const LIMIT_MINUTES = 60;
/** For whatever comes late: a delayed event, two ticks. */
const AFTERMATH_MINUTES = 4;

/** What a scenario's hands have. */
export interface Stage {
  world: World;
  id: string;
  /** False when the release is over before it gets there. */
  untilBaking(step?: number): Promise<boolean>;
  untilStatus(status: Status): Promise<boolean>;
  untilOver(): Promise<void>;
  isHolding(): boolean;
}

/** Plays a scenario, with one thing going wrong at a point or nothing at all. */
export async function play(
  folder: string,
  scenario: Scenario,
  { point, trouble }: { point?: Point; trouble?: Trouble } = {},
): Promise<Run> {
  const points: Point[] = [];
  const counts = new Map<string, number>();
  const monitor = createMonitor();
  let isOn = false;
  let isMet = false;
  let timesLeft = 0;
  let functions: string[] = [];

  /** Counts the point, and says whether the trouble is due there. */
  const meet = (at: Point['at'], what: string): boolean => {
    if (!isOn) return false;
    const nth = (counts.get(what) ?? 0) + 1;
    counts.set(what, nth);
    points.push({ at, what, nth });
    if (point?.at === at && point.what === what && point.nth === nth) {
      isMet = true;
      timesLeft = trouble?.times ?? 1;
    }
    return point?.what === what && timesLeft-- > 0;
  };

  const world = await openWorld({
    folder,
    faults: {
      async onCall(call) {
        if (!isOfTeal(call) || !meet('call', callName(call))) return undefined;
        await trouble?.act?.(world, functions);
        return trouble?.fault as CallFault | undefined;
      },
      onDelivery: (delivery) => (meet('delivery', deliveryName(delivery)) ? (trouble?.fault as never) : undefined),
      async onAnswer(call, request, answer) {
        monitor.onAnswer(call, request, answer);
        if (isOn && /^(Update|Create)Alias$/.test(call.operation)) await ask(world, monitor, functionOf(request.path));
      },
    },
  });
  try {
    const request = await scenario.prepare(world);
    functions = (request.targets as (string | { function: string })[]).map((one) => (typeof one === 'string' ? one : one.function));
    isOn = true;
    const client = createClient(world, monitor, functions);
    const id = scenario.rollback
      ? await playRollback(world, monitor, request, scenario.rollback, trouble)
      : await playRelease({ world, monitor, scenario, request });
    isOn = false;
    await client.stop();
    for (const record of monitor.records.values()) {
      const ends = [scenario.ends, ...(trouble?.ends ?? [])];
      if (record.id === id && !ends.includes(record.status))
        monitor.say(`it ended ${record.status} (${record.reason?.message}), not ${ends.join(' or ')}`);
      for (const text of await brokenPromises(world, record.id)) monitor.say(text);
    }
    for (const text of await leftUndone(world)) monitor.say(text);
    return { points, broken: monitor.broken, isMet };
  } catch (error) {
    isOn = false;
    return { points, broken: [...monitor.broken, (error as Error).message], isMet };
  } finally {
    await world.close();
  }
}

async function playRelease({
  world,
  monitor,
  scenario,
  request,
}: {
  world: World;
  monitor: Monitor;
  scenario: Scenario;
  request: Record<string, unknown>;
}): Promise<string> {
  const { clock } = world.aws.ground;
  const start = await untilTaken(world, () => world.call('POST', '/releases', request, { 'idempotency-key': 'once' }));
  if (start.status !== 202) throw new Error(`POST /releases answered ${start.status}: ${JSON.stringify(start.body)}`);
  const id = start.body.id as string;
  const record = () => monitor.records.get(id);
  const untilOver = () =>
    clock
      .advanceUntil(() => record()?.endedAt !== undefined, LIMIT_MINUTES * 60_000)
      .catch((error: Error) => {
        throw new Error(`G7: ${id} does not end: ${error.message}; it is ${record()?.status}`);
      });
  const untilThere = async (isThere: () => boolean) => {
    await clock.advanceUntil(() => isThere() || record()?.endedAt !== undefined, LIMIT_MINUTES * 60_000);
    return isThere();
  };
  await scenario.meanwhile?.({
    world,
    id,
    untilOver,
    isHolding: () => record()?.claim === 'held',
    untilBaking: (step = 1) => untilThere(() => record()?.status === 'baking' && record()?.step === step - 1),
    untilStatus: (status) => untilThere(() => record()?.status === status),
  });
  await untilOver();
  await world.minutes(AFTERMATH_MINUTES);
  return id;
}

/** Undefined when it never was: the call failed before anything was written, was refused since somebody interfered, or he undid it before it was recorded. */
async function playRollback(
  world: World,
  monitor: Monitor,
  request: Record<string, unknown>,
  how: 'called' | 'direct',
  trouble: Trouble | undefined,
): Promise<string | undefined> {
  const { clock } = world.aws.ground;
  const record = () => [...monitor.records.values()].find(({ rollback }) => rollback);
  if (how === 'direct') {
    await world.rollBackDirectly('orders-api', '2', '1', new Date(clock.nowMs()).toISOString());
    if (trouble?.act) await world.minutes(AFTERMATH_MINUTES);
  } else {
    const { status, body } = await world.meanwhile(world.call('POST', '/rollbacks', request));
    if (status < 500 && status !== 200 && !trouble?.act) throw new Error(`POST /rollbacks answered ${status}: ${JSON.stringify(body)}`);
    if (status === 200 && !record()?.endedAt) throw new Error(`POST /rollbacks answered 200, and the rollback is ${record()?.status}`);
  }
  const mayNeverBe = how === 'called' || trouble?.act !== undefined;
  await clock
    .advanceUntil(() => (record() ? record()!.endedAt !== undefined : mayNeverBe), LIMIT_MINUTES * 60_000)
    .catch((error: Error) => {
      throw new Error(`G7: the rollback does not end: ${error.message}; it is ${record()?.status}`);
    });
  await world.minutes(AFTERMATH_MINUTES);
  return record()?.id;
}

/** A client tries again when it has no answer or a 5xx. */
export async function untilTaken(world: World, send: () => Promise<{ status: number; body: Record<string, unknown> }>) {
  for (let tries = 0; tries < 10; tries++) {
    const answer = await world.meanwhile(send());
    if (answer.status < 500) return answer;
    await world.minutes(0.05);
  }
  throw new Error('the API did not take it ten times');
}
