import { type Aws, connectNames } from './aws/connect.ts';
import { findFreeze } from './release/freeze.ts';
import type { Step } from './release/plan.ts';
import type { Freeze } from './release/within-freeze.ts';
import { task } from './runtime/task.ts';

/** Freeze: says what keeps a plan from beginning at a time. What reads cron expressions would make the bundles of those who ask too large. */
export const createHandler = ({ names }: Pick<Aws, 'names'>) =>
  task(
    async ({ plan, startAt }: { plan: Step[]; startAt: string }): Promise<Freeze | null> =>
      findFreeze(names.freezeWindows, plan, startAt) ?? null,
  );

export const handler = createHandler({ names: connectNames() });
