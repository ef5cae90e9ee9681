import type { Moment } from './hooks.ts';

/** A hook that was called. */
export interface HookRun {
  moment: Moment;
  function: string;
  /** "called" until it has answered. */
  status: 'called' | 'passed' | 'failed';
  reason?: string;
  at: string;
}

interface Runs {
  hooks?: HookRun[];
}

export const runsOf = ({ hooks = [] }: Runs, moment: Moment): HookRun[] => hooks.filter((run) => run.moment === moment);

/** What became of the hook at a place of a moment's list: hooks are called in order, so its run has the same place. */
export const runAt = (record: Runs, moment: Moment, hookNumber: number): HookRun | undefined => runsOf(record, moment)[hookNumber];
