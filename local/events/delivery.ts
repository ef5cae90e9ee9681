import { type Delivery, handOver } from '../faults.ts';
import { type Fields, isObject, readInteger, refuseUnknownKeys } from '../json-protocol.ts';
import { type Ground, ServiceError } from '../service.ts';

/** How long and how often EventBridge and Scheduler try to hand something to its target. */
export interface RetryPolicy {
  MaximumEventAgeInSeconds: number;
  MaximumRetryAttempts: number;
}

/** What both services do unless told otherwise: 185 more attempts within a day. */
const DEFAULT_POLICY: RetryPolicy = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

export function readRetryPolicy(target: Fields): RetryPolicy | undefined {
  const policy = target.RetryPolicy;
  if (!isObject(policy)) return undefined;
  refuseUnknownKeys(policy, ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts'], 'RetryPolicy');
  return {
    MaximumEventAgeInSeconds:
      policy.MaximumEventAgeInSeconds == null ? 86_400 : readInteger(policy, 'MaximumEventAgeInSeconds', { min: 60, max: 86_400 }),
    MaximumRetryAttempts: policy.MaximumRetryAttempts == null ? 185 : readInteger(policy, 'MaximumRetryAttempts', { min: 0, max: 185 }),
  };
}

/**
 * Hands something to a target, once more after each throttle or fault, with growing delays in cloud time. An error that no repetition cures
 * (a function that does not exist) ends it at once, as on AWS; the target's own failures are the target's to retry.
 */
export function deliver(
  ground: Ground,
  delivery: Delivery,
  attempt: (number: number) => Promise<void>,
  policy: RetryPolicy = DEFAULT_POLICY,
): void {
  const startedMs = ground.clock.nowMs();
  const run = async (number: number): Promise<void> => {
    try {
      await attempt(number);
    } catch (error) {
      const dueMs = ground.clock.nowMs() + Math.min(1000 * 2 ** (number - 1), 300_000);
      const mayRetry = number <= policy.MaximumRetryAttempts && dueMs - startedMs <= policy.MaximumEventAgeInSeconds * 1000;
      if (isPassing(error) && mayRetry) ground.clock.at(dueMs, () => void ground.work.track(run(number + 1)));
    }
  };
  const begin = () => handOver(ground, delivery, () => void ground.work.track(run(1)));
  const waitMs = ground.quotas?.deliveryWaitMs(delivery.from === 'scheduler' ? 'scheduler' : 'events') ?? 0;
  if (waitMs > 0) ground.clock.at(startedMs + waitMs, begin);
  else begin();
}

const isPassing = (error: unknown) => !(error instanceof ServiceError) || error.status >= 500 || error.status === 429;

/** Whether `arn` names a Lambda function, with or without a qualifier. */
export const isLambdaArn = (arn: string) => /^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(arn);
