import type { Ended, Failure, Story } from './story.ts';

/** How the demo ended. */
export interface Summary {
  type: 'summary';
  releases: {
    number: number;
    title: string;
    id: string;
    status: string;
    reason: { code: string; message: string };
    isAsExpected: boolean;
  }[];
  requestsServed: number;
  failedBecauseOfBadVersion: number;
  /** Every failed request that is not the bad version's own failure: an invocation refused, blue or a good green failing. */
  failedBecauseOfTeal: number;
  /** Cloud seconds; undefined when the one or the other did not happen. */
  firstFailureToAlarmSeconds?: number;
  alarmToAllOnBlueSeconds?: number;
  /** How many cloud seconds make one of the machine. */
  speed: number;
  machineSeconds: number;
  /** Why the exit code is 1; empty when all is well. */
  problems: string[];
}

export interface SummaryOptions {
  /** How many releases there should be. */
  releases: number;
  /** What the bad version says when it fails. */
  bug: string;
  speed: number;
  machineSeconds: number;
}

/** Derives the end from the whole story. The last release is the one of the bad version. */
export function summarize(story: Story, { releases, bug, speed, machineSeconds }: SummaryOptions): Summary {
  const bad = story.ended[releases - 1];
  const isOwnFailure = ({ version, message }: Failure) => version !== undefined && version === bad?.green && message === bug;
  const own = story.failures.filter(isOwnFailure);
  const others = story.failures.filter((failure) => !isOwnFailure(failure));

  const firstMs = own.length > 0 ? Math.min(...own.map(({ endedMs }) => endedMs)) : undefined;
  const redMs = bad && story.alarms.find(({ changedMs, state }) => state === 'ALARM' && changedMs >= bad.beganMs)?.changedMs;
  const backMs = redMs && story.routings.find(({ atMs, weights }) => atMs >= redMs && Object.keys(weights).length === 0)?.atMs;

  const ends = story.ended.map(({ act: { number, title }, id, status, reason, isAsExpected }) => ({
    number,
    title,
    id,
    status,
    reason,
    isAsExpected,
  }));
  const problems = [
    ...story.ended.filter(({ isAsExpected }) => !isAsExpected).map(describeEnd),
    ...(ends.length < releases ? [`only ${ends.length} of ${releases} releases came to an end`] : []),
    ...(others.length > 0 ? [`${others.length} failed because of Teal; the first: ${describeFailure(others[0]!)}`] : []),
  ];
  return {
    type: 'summary',
    releases: ends,
    requestsServed: story.requests - story.failures.length,
    failedBecauseOfBadVersion: own.length,
    failedBecauseOfTeal: others.length,
    firstFailureToAlarmSeconds: secondsBetween(firstMs, redMs),
    alarmToAllOnBlueSeconds: secondsBetween(redMs, backMs),
    speed,
    machineSeconds,
    problems,
  };
}

function describeEnd({ act: { number, expected }, status, reason }: Ended): string {
  return `release ${number} should end ${expected.status} (${expected.reasonCode}) but ended ${status} (${reason.code}): ${reason.message}`;
}

function describeFailure({ version, message }: Failure): string {
  return version === undefined ? `no version was reached: ${message}` : `version ${version} answered ${message}`;
}

const secondsBetween = (fromMs: number | undefined, untilMs: number | undefined) =>
  fromMs === undefined || untilMs === undefined ? undefined : Math.round((untilMs - fromMs) / 100) / 10;
