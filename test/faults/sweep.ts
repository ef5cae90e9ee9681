import { play } from './play.ts';
import type { Scenario } from './scenarios.ts';
import { ACTS, FAULTS, formatTrouble, type Point, type Trouble } from './troubles.ts';

/** One thing going wrong at one point. */
export interface Planned {
  point: Point;
  trouble: Trouble;
}

/** Every way in which a scenario can go wrong: each point × each trouble that can happen there. */
export function planAll(scenario: Scenario, points: Point[]): Planned[] {
  const troubles = [...FAULTS, ...ACTS, ...(scenario.acts ?? [])];
  return points.flatMap((point) => troubles.filter(({ at }) => at === point.at).map((trouble) => ({ point, trouble })));
}

/** The points of a scenario in which nothing goes wrong. Throws when something does. */
export async function record(folder: string, scenario: Scenario): Promise<Point[]> {
  const { points, broken } = await play(folder, scenario);
  if (broken.length > 0) throw new Error(`${scenario.name}, with nothing going wrong: ${broken.join('; ')}`);
  return points;
}

/** What broke, each line with what replays it. */
export async function playPlanned(folder: string, scenario: Scenario, { point, trouble }: Planned): Promise<string[]> {
  const { broken, isMet } = await play(folder, scenario, { point, trouble });
  const texts = isMet ? broken : [...broken, 'the run never got there'];
  return texts.map((text) => `${formatReplay(scenario.name, point, trouble)}\n    ${text}`);
}

export const formatReplay = (scenario: string, point: Point, trouble: Trouble) => `${scenario}: ${formatTrouble(point, trouble)}`;
