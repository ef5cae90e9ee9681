import { PutMetricDataCommand, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { createQuotas } from '../../local/quotas/quotas.ts';
import { brokenPromises } from '../../test/faults/guarantees.ts';
import { openWorld, START_MS, type World } from '../../test/world/open-world.ts';
import { createMeasure, type Measure } from './measure.ts';
import { alarmOf, type Planned, prepare, SHARED_ALARM } from './mix.ts';

export interface BenchOptions {
  folder: string;
  releases: number;
  seed: number;
  print(line: string): void;
}

type Running = Planned & { id: string };

const MINUTE_MS = 60_000;
/** Nobody waits longer for a thousand releases. */
const LIMIT_MS = 24 * 60 * MINUTE_MS;
const MOST_SHOWN = 20;

/** Runs so many releases at once and prints what they took; answers how many did not end as they should. */
export async function bench({ folder, releases: count, seed, print }: BenchOptions): Promise<number> {
  const startedMs = performance.now();
  let nowMs = () => START_MS;
  const measure = createMeasure(() => nowMs());
  const world = await openWorld({ folder, seed, faults: measure.faults, hasSdkRetries: true });
  const { ground } = world.aws;
  nowMs = () => ground.clock.nowMs();
  try {
    const planned = await prepare(world, count);
    ground.quotas = createQuotas(ground.clock, ground.region);
    const beganMs = nowMs();
    const stopProgress = showProgress(world, measure, print);

    const running = await startAll(world, planned);
    const acceptedMs = nowMs();
    await endSome(world, measure, running);
    await ground.clock.advanceUntil(() => running.every(({ id }) => isOver(measure, id)), LIMIT_MS);
    const endedMs = Math.max(...running.map(({ id }) => Date.parse(measure.monitor.records.get(id)!.endedAt!)));
    await world.minutes(3);
    stopProgress();

    const { refused } = ground.quotas;
    // Looking whether all is well is not part of it.
    delete ground.quotas;
    const failures = [...measure.monitor.broken, ...(await findFailures(world, running))];
    for (const line of failures.slice(0, MOST_SHOWN)) print(line);
    if (failures.length > MOST_SHOWN) print(`and ${failures.length - MOST_SHOWN} more`);

    const ends = Map.groupBy(running, ({ id }) => measure.monitor.records.get(id)!.status);
    print(`${count} releases at once: ${[...ends].map(([status, some]) => `${some.length} ${status}`).join(', ')}`);
    const throttled = [...refused].sort(([, one], [, other]) => other - one);
    print(`throttled calls: ${throttled.reduce((sum, [, calls]) => sum + calls, 0)}`);
    for (const [what, calls] of throttled) print(`  ${what}: ${calls}`);
    print(`longest time between two whole looks: ${spread(measure.lookIntervalsMs())}`);
    print(`from an alarm to blue: ${spread(await findRevertsMs(world, measure, running))}`);
    print(`the API had taken all of them after ${minutes(acceptedMs - beganMs)}`);
    print(`all took ${minutes(endedMs - beganMs)} of cloud time and ${minutes(performance.now() - startedMs)} of this machine's`);
    return failures.length;
  } finally {
    await world.close();
  }
}

const isOver = ({ monitor }: Measure, id: string) => monitor.records.get(id)?.endedAt !== undefined;

/** All at once, each by its own caller, who tries again when the API is busy. */
async function startAll(world: World, planned: Planned[]): Promise<Running[]> {
  const { clock, random } = world.aws.ground;
  const start = async (one: Planned): Promise<Running> => {
    for (;;) {
      const { status, body } = await world.call('POST', '/releases', one.request, { 'idempotency-key': one.name });
      if (status === 202) return { ...one, id: body.id as string };
      if (status < 500 && status !== 429) throw new Error(`POST /releases of ${one.name} answered ${status}: ${JSON.stringify(body)}`);
      await new Promise<void>((resolve) => clock.at(clock.nowMs() + 1000 + random() * 4000, resolve));
    }
  };
  return world.meanwhile(Promise.all(planned.map(start)));
}

/** Once all releases that are to end midway are baking, their alarms go red and people abort, all in the same minute. */
async function endSome(world: World, { monitor }: Measure, running: Running[]): Promise<void> {
  const { clock, random } = world.aws.ground;
  const of = (kind: Planned['kind']) => running.filter((one) => one.kind === kind);
  const midway = [...of('shared alarm'), ...of('own alarm'), ...of('aborted')];
  const isBaking = ({ id }: Running) => monitor.records.get(id)?.bake !== undefined || monitor.records.get(id)?.endedAt !== undefined;
  await clock.advanceUntil(() => midway.every(isBaking), LIMIT_MS);

  const red = [SHARED_ALARM, ...of('own alarm').map(({ name }) => alarmOf(name))];
  for (let first = 0; first < red.length; first += 1000) {
    const MetricData = red.slice(first, first + 1000).map((MetricName) => ({ MetricName, Value: 1 }));
    await world.cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Test', MetricData }));
  }
  const abort = async ({ id }: Running) => {
    for (;;) {
      const { status } = await world.command(id, 'abort');
      if (status < 500 && status !== 429) return;
      await new Promise<void>((resolve) => clock.at(clock.nowMs() + 1000 + random() * 4000, resolve));
    }
  };
  await world.meanwhile(Promise.all(of('aborted').map(abort)));
}

/** From the state change of the alarm that ended it to the moment in which an alias was on blue alone, by target. */
async function findRevertsMs({ cloudwatch }: World, { backOnBlueMs }: Measure, running: Running[]): Promise<number[]> {
  const redMs = new Map<string, number>();
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client: cloudwatch }, { StateValue: 'ALARM' })) {
    for (const { AlarmName, StateTransitionedTimestamp } of MetricAlarms) redMs.set(AlarmName!, StateTransitionedTimestamp!.getTime());
  }
  return running.flatMap(({ kind, name, functions }) => {
    const red = redMs.get(kind === 'shared alarm' ? SHARED_ALARM : alarmOf(name));
    return red === undefined ? [] : functions.flatMap((one) => (backOnBlueMs.has(one) ? [backOnBlueMs.get(one)! - red] : []));
  });
}

/** Whatever is not as it should be, a line each. */
async function findFailures(world: World, running: Running[]): Promise<string[]> {
  const failures: string[] = [];
  const items = await world.items();
  for (const one of running) {
    const { status, reason } = await world.show(one.id);
    const say = (text: string) => failures.push(`${one.id} (${one.kind}): ${text}`);
    if (status !== one.ends) say(`it ended ${status}, not ${one.ends}: ${reason?.message}`);
    for (const name of one.functions) {
      const { version, weights } = await world.alias(name);
      const wanted = one.ends === 'promoted' ? '2' : '1';
      if (version !== wanted || Object.keys(weights).length > 0)
        say(`alias live of ${name} is on version ${version} with ${JSON.stringify(weights)}, not on version ${wanted} alone`);
    }
    for (const text of await brokenPromises(world, one.id, items)) say(text);
  }
  return failures;
}

/** A line every quarter of a minute of the machine's, so that nobody thinks that it hangs. */
function showProgress({ aws: { ground } }: World, { monitor }: Measure, print: (line: string) => void): () => void {
  const beganMs = ground.clock.nowMs();
  let isStopped = false;
  let printedMs = performance.now();
  const look = () => {
    if (isStopped) return;
    if (performance.now() - printedMs > 15_000) {
      printedMs = performance.now();
      const statuses = Map.groupBy(monitor.records.values(), ({ status }) => status);
      const text = [...statuses].map(([status, some]) => `${some.length} ${status}`).join(', ');
      print(`  after ${minutes(ground.clock.nowMs() - beganMs)} of cloud time: ${text}`);
    }
    ground.clock.at(ground.clock.nowMs() + 5000, look);
  };
  look();
  return () => {
    isStopped = true;
  };
}

/** "median 60 s, longest 120 s" */
function spread(valuesMs: number[]): string {
  const sorted = valuesMs.toSorted((one, other) => one - other);
  if (sorted.length === 0) return 'none';
  const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;
  return `median ${seconds(sorted[Math.floor(sorted.length / 2)]!)}, longest ${seconds(sorted.at(-1)!)}`;
}

const minutes = (ms: number) => `${Math.round(ms / 6000) / 10} min`;
