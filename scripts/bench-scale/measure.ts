import type { Faults } from '../../local/faults.ts';
import { createMonitor, functionOf, type Monitor } from '../../test/faults/monitor.ts';

/** What the bench sees of every call that takes effect. All times are cloud time. */
export interface Measure {
  monitor: Monitor;
  faults: Faults;
  /** The longest time between two whole looks of each bake that was open. */
  lookIntervalsMs(): number[];
  /** When the alias of a function was first on blue alone again. */
  backOnBlueMs: ReadonlyMap<string, number>;
}

export function createMeasure(nowMs: () => number): Measure {
  const monitor = createMonitor();
  const looks = new Map<string, { lastMs: number; longestMs: number }>();
  const split = new Set<string>();
  const backOnBlueMs = new Map<string, number>();

  const looked = (token: string) => {
    const look = looks.get(token);
    if (!look) return;
    look.longestMs = Math.max(look.longestMs, nowMs() - look.lastMs);
    look.lastMs = nowMs();
  };

  const faults: Faults = {
    onAnswer(call, request, answer) {
      monitor.onAnswer(call, request, answer);
      if (answer.status >= 300) return;
      const { operation } = call;
      if (operation === 'PutItem') {
        const { bake } = JSON.parse(request.body.toString()).Item;
        const token = bake?.M.token.S;
        if (token && !looks.has(token)) looks.set(token, { lastMs: Date.parse(bake.M.openedAt.S), longestMs: 0 });
      }
      if (operation === 'SendTaskHeartbeat' || operation === 'SendTaskSuccess') looked(JSON.parse(request.body.toString()).taskToken);
      if (operation === 'UpdateAlias') {
        const name = functionOf(request.path);
        const { RoutingConfig } = JSON.parse(request.body.toString());
        if (Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0) split.add(name);
        else if (split.delete(name)) backOnBlueMs.set(name, nowMs());
      }
    },
  };
  return { monitor, faults, lookIntervalsMs: () => [...looks.values()].map(({ longestMs }) => longestMs), backOnBlueMs };
}
