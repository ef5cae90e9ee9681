import * as v from 'valibot';
import { parseDuration } from './duration.ts';
import type { ReleaseRecord } from './record.ts';

/** What is left to do once a release is over: old versions are deleted, and what was provisioned for them is taken. Pure. */

const MOST_KEPT = 100;
/** Nobody knows sooner that a promotion stays, and who has just moved an alias may want to move it back. */
const QUIET_SECONDS = 3600;

export const keepVersionsSchema = v.pipe(
  v.number('is a number of versions such as 5'),
  v.integer('is a whole number'),
  v.minValue(1, 'is at least 1'),
  v.maxValue(MOST_KEPT, `is at most ${MOST_KEPT}`),
  v.description('How many of the newest versions stay once a release is promoted; older ones that nothing uses are deleted'),
);

const DEFAULT_ROLLBACK_WINDOW = '1h';
const MOST_ROLLBACK_SECONDS = 30 * 86_400;

export const rollbackWindowSchema = v.pipe(
  v.string('is a duration such as "1h"'),
  v.check((text) => parseDuration(text) !== undefined, 'is a duration of whole minutes such as "30m", "1h" or "1d"'),
  v.check((text) => (parseDuration(text) ?? 0) <= MOST_ROLLBACK_SECONDS, 'is at most 30d'),
  v.description('How long blue keeps its provisioned concurrency once green is promoted, so that a rollback lands warm; 1h unless said'),
);

/** Of a request that may say nothing of it. */
export const rollbackWindowSeconds = ({ rollbackWindow = DEFAULT_ROLLBACK_WINDOW }: { rollbackWindow?: string }): number =>
  parseDuration(rollbackWindow)!;

/** Since when the aliases of a function have been as they are. */
export interface Quiet {
  since: string;
  /** Every alias with its RevisionId, which any write of it changes. */
  aliases: string;
}

/** What is to be done of a release that is over, and when. One item of the table for each such release. */
export interface Afterwards {
  releaseId: string;
  dueAt: string;
  /** By function whose versions are to be deleted. */
  quiet: Record<string, Quiet>;
}

/** An alias as far as its versions matter here. */
export interface NamedVersions {
  alias: string;
  revisionId: string;
  /** Its own, and the one that it gives weight to. */
  versions: string[];
}

/** What a release that just ends leaves to be done; undefined when nothing. What exactly, and when, is found out as soon as it is over. */
export const afterwardsOf = (record: ReleaseRecord, at: string): Afterwards | undefined => {
  const isPruned = record.decision?.side === 'promote' && record.request.keepVersions !== undefined;
  const isCooled = record.targets.some(({ greenConcurrency }) => greenConcurrency !== undefined);
  return isPruned || isCooled ? { releaseId: record.id, dueAt: isPruned ? at : later(at, LATE_CALL_SECONDS), quiet: {} } : undefined;
};
/** Longer than a function of Teal's may still be calling Lambda for a release that is over. */
export const LATE_CALL_SECONDS = 120;

export const later = (at: string, seconds: number): string => new Date(Date.parse(at) + seconds * 1000).toISOString();
export const earliest = (times: string[]): string => times.reduce((one, other) => (Date.parse(other) < Date.parse(one) ? other : one));
export const isDueBy = ({ dueAt }: { dueAt: string }, at: string): boolean => Date.parse(dueAt) <= Date.parse(at);

/** Since when nobody has moved an alias of this function, as far as was seen. */
export function quietSince(aliases: NamedVersions[], before: Quiet | undefined, at: string): Quiet {
  const now = aliases
    .map(({ alias, revisionId }) => `${alias}=${revisionId}`)
    .sort()
    .join(' ');
  return before?.aliases === now ? before : { since: at, aliases: now };
}

/** When versions may be deleted. */
export const quietEnough = ({ since }: Quiet): string => later(since, QUIET_SECONDS);

/** The published versions that may go, oldest first: none of the newest `keepVersions`, and none of `used`. */
export function versionsToDelete(published: string[], keepVersions: number, used: Iterable<string>): string[] {
  const isUsed = new Set(used);
  const oldestFirst = published.map(Number).sort((one, other) => one - other);
  return oldestFirst
    .slice(0, Math.max(0, oldestFirst.length - keepVersions))
    .map(String)
    .filter((version) => !isUsed.has(version));
}

/** The versions of a function that releases in flight name: what they go from, and to, and where their previews go back. */
export const versionsInFlight = (records: ReleaseRecord[], functionName: string): string[] =>
  records
    .flatMap(({ targets }) => targets.filter((target) => target.function === functionName))
    .flatMap(({ blue, green, version, preview }) => [blue, green, version, preview?.before].flatMap((named) => named ?? []));
