import { expect, it } from 'vitest';
import { describePoint, faultsAt, play } from './replay.ts';
import type { Scenario } from './scenarios.ts';

/** Plays a scenario once as it is, then once for every call and delivery and every way in which it can go wrong. */
export const sweep = (scenarios: Scenario[]) =>
  it.each(scenarios)('$name: no fault at any call breaks a guarantee', async (scenario) => {
    // The first play of a worker loads modules meanwhile; what is recorded must be what is played again.
    await play(scenario);
    const { points, broken } = await play(scenario);
    expect(broken).toEqual([]);
    const violations: string[] = [];
    let faults = 0;
    for (const point of points) {
      for (const fault of faultsAt(point)) {
        faults++;
        const run = await play(scenario, point, fault);
        if (!run.isMet) violations.push(`${describePoint(point, fault)}: the run never got there`);
        violations.push(...run.broken.map((text) => `${describePoint(point, fault)}: ${text}`));
      }
    }
    const calls = points.filter(({ kind }) => kind === 'call').length;
    process.stdout.write(
      `${scenario.name}: ${calls} calls, ${points.length - calls} deliveries, ${faults} faults, ${violations.length} violations\n`,
    );
    expect(violations).toEqual([]);
  });
