import { inject, onTestFinished } from 'vitest';
import { openWorld, type World, type WorldOptions } from './world/open-world.ts';

export { type Shown, START_MS, type World } from './world/open-world.ts';

/** A world that is closed when the test is over. */
export async function createWorld(options: Omit<WorldOptions, 'folder'> = {}): Promise<World> {
  const world = await openWorld({ folder: inject('templateFolder'), ...options });
  onTestFinished(world.close);
  return world;
}

/** A world with functions of these names, each with newer code waiting. */
export async function createWorldWith(...names: string[]): Promise<World> {
  const world = await createWorld();
  for (const name of names) await world.aFunction(name);
  return world;
}
