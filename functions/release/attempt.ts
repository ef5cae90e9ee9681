/** One try of a state that waits with a task token. Its token is dead once there is a newer one. */
export interface Attempt {
  /** `$$.Execution.RedriveCount`; undefined where the state machine is of a Teal that did not say it. */
  redrive?: number | undefined;
  /** `$$.State.RetryCount`, which begins again at 0 when the execution is redriven. */
  attempt: number;
  token: string;
}

/** Whether an attempt comes too late, or again: a newer one was made, or it is this one. */
export const isPast = (one: Attempt, newest: Attempt): boolean => {
  const redrives = (one.redrive ?? 0) - (newest.redrive ?? 0);
  return one.token === newest.token || redrives < 0 || (redrives === 0 && one.attempt < newest.attempt);
};
