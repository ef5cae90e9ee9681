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
  /** Of each release that was to be reverted. */
  reverts: Revert[];
  /** How many cloud seconds make one of the machine. */
  speed: number;
  machineSeconds: number;
  /** Why the exit code is 1; empty when all is well. */
  problems: string[];
}

/** Cloud seconds; undefined when the one or the other did not happen. The verdict's time is that of the look which found it. */
export interface Revert {
  title: string;
  /** What the time until the verdict begins with: the first request that failed, or that green answered where none fails. */
  since: 'first failed request' | 'first request';
  sinceToVerdictSeconds?: number;
  verdictToAllOnBlueSeconds?: number;
}

export interface SummaryOptions {
  /** How many releases there should be. */
  releases: number;
  /** What the bad version says when it fails. */
  bug: string;
  speed: number;
  machineSeconds: number;
}

/** Derives the end from the whole story. */
export function summarize(story: Story, { releases, bug, speed, machineSeconds }: SummaryOptions): Summary {
  const bad = story.ended.find(({ act }) => act.flaw === 'failures');
  const isOwnFailure = ({ version, message }: Failure) => version !== undefined && version === bad?.green && message === bug;
  const own = story.failures.filter(isOwnFailure);
  const others = story.failures.filter((failure) => !isOwnFailure(failure));

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
    reverts: story.ended.flatMap((end) => {
      if (!end.act.flaw) return [];
      const firstFailureMs = own.length > 0 ? Math.min(...own.map(({ endedMs }) => endedMs)) : undefined;
      return [
        end.act.flaw === 'failures'
          ? revertOf(story, end, 'first failed request', firstFailureMs)
          : revertOf(story, end, 'first request', story.firstAnswersMs[end.green ?? '']),
      ];
    }),
    speed,
    machineSeconds,
    problems,
  };
}

function revertOf({ routings }: Story, { act, decidedMs }: Ended, since: Revert['since'], sinceMs: number | undefined): Revert {
  const backMs = decidedMs && routings.find(({ atMs, weights }) => atMs >= decidedMs && Object.keys(weights).length === 0)?.atMs;
  return {
    title: act.title,
    since,
    sinceToVerdictSeconds: secondsBetween(sinceMs, decidedMs),
    verdictToAllOnBlueSeconds: secondsBetween(decidedMs, backMs),
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
