import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { CALL_FAULTS, type CallFault, type Delivery, type DeliveryFault, type ServiceCall } from '../../local/faults.ts';
import { createWorld, type Shown, type World } from '../world.ts';
import { brokenPromises } from './guarantees.ts';
import { type Scenario, untilTaken } from './scenarios.ts';

/** A point at which something can go wrong: the n-th of its kind in a run, so that it is found again in the next. */
export interface Point {
  kind: 'call' | 'delivery';
  what: string;
  nth: number;
}

const DELIVERY_FAULTS: DeliveryFault[] = ['dropped', 'duplicated', { delayedMs: 90_000 }];

export const faultsAt = ({ kind }: Point): (CallFault | DeliveryFault)[] => (kind === 'call' ? [...CALL_FAULTS] : DELIVERY_FAULTS);

export const describePoint = ({ what, nth }: Point, fault: CallFault | DeliveryFault) =>
  `${typeof fault === 'object' ? `delayed ${fault.delayedMs / 1000} s` : fault} at ${what} #${nth}`;

export interface Run {
  points: Point[];
  /** What did not hold. */
  broken: string[];
  isMet: boolean;
}

/** How long any single fault may hold up a release. */
const LIMIT_MINUTES = 60;

/** Plays a scenario, with one thing going wrong or none. */
export async function play(scenario: Scenario, at?: Point, fault?: CallFault | DeliveryFault): Promise<Run> {
  const points: Point[] = [];
  const counts = new Map<string, number>();
  let isOn = false;
  let isMet = false;
  const meet = (kind: Point['kind'], what: string) => {
    if (!isOn) return undefined;
    const nth = (counts.get(what) ?? 0) + 1;
    counts.set(what, nth);
    points.push({ kind, what, nth });
    if (at?.what !== what || at.nth !== nth) return undefined;
    isMet = true;
    return fault;
  };
  const world = await createWorld({
    faults: {
      onCall: (call) => (isOfTeal(call) ? (meet('call', nameOf(call)) as CallFault | undefined) : undefined),
      onDelivery: (delivery) => meet('delivery', `delivery of ${labelOf(delivery)}`) as DeliveryFault | undefined,
    },
  });
  // Who only waits reads the record itself: the API's calls for that are not part of the release.
  const { show } = world;
  world.show = (id) => readRecord(world, id);
  const broken: string[] = [];
  const request = await scenario.prepare(world);
  const serves = watchAliases(world, request.targets as string[], broken);
  isOn = true;
  const start = await untilTaken(world, () => world.call('POST', '/releases', request, { 'idempotency-key': 'once' }));
  const id = start.body.id as string;
  try {
    if (start.status !== 202) throw new Error(`POST /releases answered ${start.status}`);
    await scenario.meanwhile?.(world, id);
    await world.until(id, (shown) => shown.endedAt !== undefined, LIMIT_MINUTES);
    await world.minutes(4);
    isOn = false;
    world.show = show;
    await serves();
    const { status, reason } = await world.show(id);
    if (status !== scenario.ends) broken.push(`it ended ${status} (${reason.message}), not ${scenario.ends}`);
    broken.push(...(await brokenPromises(world, id)));
  } catch (error) {
    isOn = false;
    broken.push(`${(error as Error).message}; it is ${(await readRecord(world, id)).status}`);
  }
  await world.aws.close();
  return { points, broken, isMet };
}

/**
 * G3 and G8: after every write of an alias it carries no more green than the step in the record allows, and none before
 * the smoke tests passed; and a user's request is served.
 */
function watchAliases(world: World, names: string[], broken: string[]): () => Promise<void> {
  const check = async () => {
    for (const name of names) {
      await world.request(name).catch((error: Error) => broken.push(`G8: ${name} does not serve: ${error.message}`));
    }
  };
  const checkGreen = async () => {
    const records = (await world.items()).filter((item) => item.sk?.S === 'record') as unknown as StoredRecord[];
    for (const name of names) {
      const { weights } = await world.alias(name);
      const most = Math.max(0, ...records.map((record) => allowedPercent(record)));
      const percent = Math.max(0, ...Object.values(weights)) * 100;
      if (percent > most + 1e-6) broken.push(`G3: ${name} has ${percent} % on green, and ${most} % are allowed`);
    }
  };
  world.afterEvery('UpdateAlias', async () => {
    await checkGreen();
    await check();
  });
  return check;
}

interface StoredRecord {
  step?: { N: string };
  plan: { L: { M: { weightPercent: { N: string } } }[] };
}

const allowedPercent = ({ step, plan }: StoredRecord) => (step === undefined ? 0 : Number(plan.L[Number(step.N)]!.M.weightPercent.N));

async function readRecord(world: World, id: string): Promise<Shown> {
  const Key = { pk: { S: `release#${id}` }, sk: { S: 'record' } };
  const { Item = {} } = await world.dynamodb.send(new GetItemCommand({ TableName: world.tableName, Key, ConsistentRead: true }));
  const { step, ...record } = unmarshall(Item);
  return { ...record, ...(step !== undefined && { step: { number: step + 1 } }) } as Shown;
}

const isOfTeal = ({ caller }: ServiceCall) => /assumed-role\/teal-/.test(caller);
const nameOf = ({ caller, operation }: ServiceCall) => `${operation} of ${caller.split('/').at(-1)}`;
const labelOf = ({ what, target }: Delivery) => `${what} to ${target.split(':').at(-1)}`;
