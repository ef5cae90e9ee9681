import type { Step } from './plan.ts';
import type { ReleaseTarget } from './record.ts';

/**
 * Whether the environments that a step's traffic makes Lambda start fit what concurrency there is. How long green takes to
 * start no API of AWS tells before it has; so this says from how long on they would not fit, where that can be at all.
 */

/** Lambda gives the Init phase 10 s. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const LONGEST_START_SECONDS = 10;
/** "Every 10 seconds, Lambda can allocate at most 1,000 additional execution environment instances to each of your functions." */
const STARTED_AT_ONCE = 1000;
/** An account's concurrency is never less. */
const LEAST_CONCURRENCY = 10;

/** Of an alias, in the busiest hour of the last day. */
export interface BusiestHour {
  requestsPerSecond: number;
  /** On average. */
  durationSeconds: number;
}

const needed = ({ requestsPerSecond, durationSeconds }: BusiestHour, startSeconds: number) =>
  requestsPerSecond * (startSeconds + durationSeconds);

/** Whether its traffic is so little that no account could run out of concurrency. */
export const isQuiet = (hour: BusiestHour): boolean => needed(hour, LONGEST_START_SECONDS) <= LEAST_CONCURRENCY;

/** What somebody should know before the first step of whose cold starts there may be too many; `unreserved` is the account's concurrency. */
export function describeColdStarts(target: ReleaseTarget, plan: Step[], hour: BusiestHour, unreserved: number): string[] {
  const most = Math.min(unreserved, STARTED_AT_ONCE);
  const index = plan.findIndex(({ weightPercent }) => needed(hour, LONGEST_START_SECONDS) * (weightPercent / 100) > most);
  if (index < 0) return [];
  const { weightPercent } = plan[index]!;
  const perSecond = (hour.requestsPerSecond * weightPercent) / 100;
  const startSeconds = Math.max(0, most / perSecond - hour.durationSeconds);
  return [
    `step ${index + 1} brings ${Math.round(perSecond)} requests a second to green of ${target.function} (${weightPercent} % of the busiest hour of the last day): where green takes longer than ${startSeconds.toFixed(1)} s to start, that is more environments at once than ${most === unreserved ? `the account's unreserved concurrency of ${unreserved}` : `the ${STARTED_AT_ONCE} that Lambda starts in 10 s`}. How long it takes is in the REPORT lines of its log alone; a smaller step before this one, "warm" or provisioned concurrency help`,
  ];
}
