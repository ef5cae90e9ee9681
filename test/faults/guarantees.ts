import type { Shown, World } from '../world.ts';

/** What must hold in a world after its releases, whatever went wrong: each broken promise in one line. */

const TERMINAL: Record<string, string> = {
  promoted: 'Release Promoted',
  reverted: 'Release Reverted',
  rejected: 'Release Rejected',
  'alias-moved': 'Release Alias Moved',
  unchanged: 'Release Unchanged',
};

export async function brokenPromises(world: World, id: string): Promise<string[]> {
  const shown = await world.show(id);
  return [
    ...(await sides(world, shown)),
    ...(await world.leftBehind(id)).map((left) => `G6: ${left} is left behind`),
    ...ending(world, shown),
    ...(await execution(world, id)),
  ];
}

/** G1 and G2. */
async function sides(world: World, shown: Shown): Promise<string[]> {
  const broken: string[] = [];
  for (const target of shown.targets) {
    if (target.moved) continue;
    const wanted = shown.status === 'promoted' ? target.green : (target.blue ?? '1');
    const { version, weights } = await world.alias(target.function, target.alias);
    if (version !== wanted || Object.keys(weights).length > 0) {
      broken.push(`G1: ${target.function} is on ${version} ${JSON.stringify(weights)}, and ${shown.status} means ${wanted} alone`);
    }
  }
  return broken;
}

/** G7. */
function ending(world: World, shown: Shown): string[] {
  const broken: string[] = [];
  if (!shown.reason?.message) broken.push('G7: it ended without a reason');
  const ends = world.events(shown.id).filter((event) => Object.values(TERMINAL).includes(event['detail-type']));
  if (ends.length === 0) broken.push('G7: nobody was told the end');
  if (ends.some((event) => event['detail-type'] !== TERMINAL[shown.status]))
    broken.push(`G7: an event tells another end than ${shown.status}`);
  if (new Set(ends.map((event) => JSON.stringify(event.detail))).size > 1) broken.push('G7: copies of the last event differ');
  const lines = shown.timeline.filter(({ text }) => text.startsWith(`${shown.status}: `));
  if (lines.length !== 1) broken.push(`G7: the timeline ends ${lines.length} times`);
  return broken;
}

async function execution(world: World, id: string): Promise<string[]> {
  const status = await world.executionStatus(id);
  return status === 'RUNNING' ? ['G6: its execution is still running'] : [];
}
