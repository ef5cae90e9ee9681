/** What became of the users' requests, and whose fault it was. */

export interface Tally {
  requests: number;
  /** Green's own bug, while Teal tries it. */
  failedOfOwnBug: number;
  failedBecauseOfTeal: number;
  firstBecauseOfTeal?: string;
  /** Answers of the last LATELY_MS. */
  lately: { atMs: number; version: string }[];
}

/** An answer as the user got it. */
export interface UserAnswer {
  /** Cloud time. */
  atMs: number;
  /** Undefined when none was reached. */
  version?: string;
  /** What a person would call a failure. */
  failure?: string;
}

export interface Blame {
  /** What the bad code says when it fails. */
  bug: string;
  /** Whether a release of this version is over and put users back on blue: then nobody may meet it any more. */
  isTakenBack(version: string): boolean;
}

export const LATELY_MS = 30_000;

export const newTally = (): Tally => ({ requests: 0, failedOfOwnBug: 0, failedBecauseOfTeal: 0, lately: [] });

/** Whatever fails is Teal's fault, but for the bug of a version that is being tried. */
export function count(tally: Tally, { atMs, version, failure }: UserAnswer, { bug, isTakenBack }: Blame): Tally {
  const isOwnBug = failure === bug && version !== undefined && !isTakenBack(version);
  const isTeals = failure !== undefined && !isOwnBug;
  const first = isTeals ? (tally.firstBecauseOfTeal ?? `version ${version ?? 'none'}: ${failure}`) : tally.firstBecauseOfTeal;
  const lately = tally.lately.filter((one) => one.atMs > atMs - LATELY_MS);
  return {
    requests: tally.requests + 1,
    failedOfOwnBug: tally.failedOfOwnBug + (failure !== undefined && isOwnBug ? 1 : 0),
    failedBecauseOfTeal: tally.failedBecauseOfTeal + (isTeals ? 1 : 0),
    ...(first !== undefined && { firstBecauseOfTeal: first }),
    lately: version === undefined ? lately : [...lately, { atMs, version }],
  };
}

/** The share that each version served of the last half minute, percent; the older version first. */
export function sharesOf({ lately }: Tally): { version: string; percent: number }[] {
  const byVersion = Map.groupBy(lately, ({ version }) => version);
  return [...byVersion]
    .map(([version, answers]) => ({ version, percent: (100 * answers.length) / lately.length }))
    .sort((one, other) => Number(one.version) - Number(other.version));
}
