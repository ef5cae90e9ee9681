/** What a state fails with. `error` is the name that Retry and Catch match, `cause` the text beside it. */
export class StateError extends Error {
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  /** A second name that matches the same error. */
  readonly alias: string | undefined;
  constructor(error: string | undefined, cause?: string, alias?: string) {
    super(`${error}: ${cause}`);
    this.name = 'StateError';
    this.error = error;
    this.cause = cause?.slice(0, MAX_CAUSE_LENGTH);
    this.alias = alias;
  }
}

const MAX_CAUSE_LENGTH = 32_768;

/** No Retry or Catch takes it: AWS fails the execution whatever the state says. */
export const runtimeError = (cause: string) => new StateError('States.Runtime', cause);

/** On AWS a missed heartbeat is reported as States.Timeout, and Retry and Catch know it by both names. */
export const heartbeatTimeout = () => new StateError('States.Timeout', undefined, 'States.HeartbeatTimeout');

export const taskTimeout = () => new StateError('States.Timeout');

/** Whether a retrier or catcher that lists `names` takes `failure`. */
export function matches(names: readonly string[], { error, alias }: StateError): boolean {
  if (error === 'States.Runtime') return false;
  if (error !== undefined && names.includes(error)) return true;
  if (alias !== undefined && names.includes(alias)) return true;
  if (error === 'States.DataLimitExceeded') return false;
  return names.includes('States.ALL') || (names.includes('States.TaskFailed') && error !== 'States.Timeout');
}
