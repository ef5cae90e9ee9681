import type { World } from '../world/open-world.ts';
import type { StoredItem } from '../world/table.ts';
import type { Monitor } from './monitor.ts';

/** What must hold once a release is over, whatever went wrong: each broken promise in one line. */

const END_EVENT: Record<string, string> = {
  promoted: 'Release Promoted',
  reverted: 'Release Reverted',
  rejected: 'Release Rejected',
  'alias-moved': 'Release Alias Moved',
  unchanged: 'Release Unchanged',
};

export async function brokenPromises(world: World, id: string, items?: StoredItem[]): Promise<string[]> {
  const status = await world.executionStatus(id).catch((error: Error) => error.name);
  return [
    ...(await ending(world, id)),
    ...(await world.leftBehind(id, items)).map((left) => `G6: ${left} of ${id} is left behind`),
    ...(await stillProvisioned(world, id)),
    ...(status === 'RUNNING' ? [`G6: the execution of ${id} is still running`] : []),
  ];
}

/** G6: a green that does not stay costs nothing any more. */
async function stillProvisioned(world: World, id: string): Promise<string[]> {
  const record = await world.record(id);
  if (!record?.endedAt || record.status === 'promoted') return [];
  const greens = record.targets.filter(({ greenConcurrency }) => greenConcurrency !== undefined);
  const found = await Promise.all(
    greens.map(async ({ function: name, green }) => {
      // A function that somebody has deleted has nothing left.
      const provisioned = await world.provisioned(name).catch(() => ({}));
      return green! in provisioned ? [`G6: provisioned concurrency of version ${green} of ${name} is left behind by ${id}`] : [];
    }),
  );
  return found.flat();
}

/** G7. */
async function ending(world: World, id: string): Promise<string[]> {
  const broken: string[] = [];
  const shown = await world.show(id);
  if (!shown.endedAt) return [`G7: ${id} has no end; it is ${shown.status}`];
  if (!shown.reason?.message) broken.push(`G7: ${id} ended without a reason`);
  const ends = world.events(id).filter((event) => Object.values(END_EVENT).includes(event['detail-type']));
  if (ends.length === 0) broken.push(`G7: nobody was told the end of ${id}`);
  if (ends.some((event) => event['detail-type'] !== END_EVENT[shown.status]))
    broken.push(`G7: an event tells another end of ${id} than ${shown.status}`);
  if (new Set(ends.map((event) => JSON.stringify(event.detail))).size > 1) broken.push(`G7: copies of the last event of ${id} differ`);
  const lines = shown.timeline.filter(({ text }) => text === shown.status || text.startsWith(`${shown.status}: `));
  if (lines.length !== 1) broken.push(`G7: the timeline of ${id} ends ${lines.length} times`);
  return broken;
}

/** G8: a user's request is served by whatever the alias names. Where a person took the alias away there is nothing to ask. */
export async function ask(world: World, monitor: Monitor, name: string): Promise<void> {
  if (!monitor.aliases.has(`${name}:live`)) return;
  await world.request(name).catch((error: Error) => {
    if (monitor.aliases.has(`${name}:live`)) monitor.say(`G8: ${name} does not serve: ${error.message}`);
  });
}

/** A client that sends requests all along: a function a minute, in turn. Whoever watches alias writes asks at each of them too. */
export function createClient(world: World, monitor: Monitor, functions: string[]) {
  const { clock, work } = world.aws.ground;
  let isOver = false;
  let turn = 0;
  const next = () => {
    if (isOver) return;
    void work.track(ask(world, monitor, functions[turn++ % functions.length]!));
    clock.at(clock.nowMs() + 60_000, next);
  };
  clock.at(clock.nowMs() + 30_000, next);
  return {
    /** The last request to each. */
    async stop() {
      isOver = true;
      for (const name of functions) await ask(world, monitor, name);
    },
  };
}

/** How late the minute's tick may be at doing what is due, when one thing goes wrong. */
const LATE_MS = 180_000;

/** G6, of what is to be done after a release: what is due is done. */
export async function leftUndone(world: World): Promise<string[]> {
  const nowMs = world.aws.ground.clock.nowMs();
  return (await world.items()).flatMap(({ pk, sk, dueAt }) =>
    pk!.S === 'afterwards' && nowMs - Date.parse(dueAt!.S!) > LATE_MS
      ? [`G6: what is to be done after ${sk!.S} was due at ${dueAt!.S}`]
      : [],
  );
}
