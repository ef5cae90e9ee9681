import { later, rollbackWindowSeconds } from './afterwards.ts';
import { type Change, goingOn } from './changes.ts';
import { ReleaseError } from './errors.ts';
import { changedTargets, noted, type ReleaseRecord, type ReleaseTarget } from './record.ts';
import { targetKey } from './target.ts';

/** Green is given the provisioned concurrency that blue has, and one of them keeps it: which, and when. Pure. */

/** While a release goes on only a killed one has anything to look after. */
const GOING_ON_SECONDS = 900;

/** A version's provisioned concurrency as Lambda has it. */
export interface ProvisionedConcurrency {
  requested: number;
  available: number;
  status: 'IN_PROGRESS' | 'READY' | 'FAILED';
  /** Why it is FAILED. */
  reason?: string;
}

/** Targets whose green is to be as warm as blue. */
export const provisionedTargets = (record: ReleaseRecord): ReleaseTarget[] =>
  changedTargets(record).filter(({ provisionedConcurrency }) => provisionedConcurrency !== undefined);

/** Targets whose green has, or had, what this release asked for. */
export const givenTargets = (record: ReleaseRecord): ReleaseTarget[] =>
  changedTargets(record).filter(({ greenConcurrency }) => greenConcurrency !== undefined);

/** In the record before Lambda is asked: whoever ends the release knows what to take back. */
export const givingConcurrency = (targets: ReleaseTarget[], at: string): Change =>
  goingOn((record) => {
    const keys = new Set(targets.map(targetKey));
    const isNew = (target: ReleaseTarget) => keys.has(targetKey(target)) && target.greenConcurrency === undefined;
    if (!record.targets.some(isNew)) return undefined;
    return record.targets
      .filter(isNew)
      .reduce(
        (next, { function: name, green, blue, provisionedConcurrency }) =>
          noted(
            next,
            at,
            `version ${green} of ${name} is given a provisioned concurrency of ${provisionedConcurrency}, as version ${blue} has`,
          ),
        {
          ...record,
          targets: record.targets.map((target) => (isNew(target) ? { ...target, greenConcurrency: 'given' as const } : target)),
        },
      );
  });

/** The release does not stay: green has no provisioned concurrency any more. */
export const tookConcurrency =
  (at: string): Change =>
  (record) => {
    const given = record.targets.filter(({ greenConcurrency }) => greenConcurrency === 'given');
    if (given.length === 0) return undefined;
    return given.reduce(
      (next, { function: name, green }) => noted(next, at, `the provisioned concurrency of version ${green} of ${name} is taken again`),
      {
        ...record,
        targets: record.targets.map((target) =>
          target.greenConcurrency === 'given' ? { ...target, greenConcurrency: 'taken' as const } : target,
        ),
      },
    );
  };

/** After a promotion: the version that does not stay has lost its own, once. */
export const cooled =
  ({ function: name, alias, blue }: ReleaseTarget, version: string, at: string): Change =>
  (record) => {
    const isIt = (target: ReleaseTarget) => targetKey(target) === targetKey({ function: name, alias }) && !target.isCooled;
    if (!record.targets.some(isIt)) return undefined;
    const why = version === blue ? 'nobody has gone back to it' : `somebody has gone back to version ${blue}`;
    return noted(
      { ...record, targets: record.targets.map((target) => (isIt(target) ? { ...target, isCooled: true } : target)) },
      at,
      `the provisioned concurrency of version ${version} of ${name} is taken: ${why}`,
    );
  };

/** Whether green has what it was given. Throws VersionNotActive while Lambda prepares it, PreflightFailed when Lambda gives up. */
export function assertReady(
  { function: name, green }: ReleaseTarget,
  { requested, available, status, reason }: ProvisionedConcurrency,
): void {
  const what = `the provisioned concurrency of version ${green} of ${name}`;
  if (status === 'FAILED')
    throw new ReleaseError('PreflightFailed', `Lambda has failed to allocate ${what}: ${reason ?? 'it gives no reason'}`);
  if (status !== 'READY') throw new ReleaseError('VersionNotActive', `${what} is being allocated: ${available} of ${requested} are there`);
}

/** When to look again at what a release that goes on has given. Its end looks sooner. */
export const lookAgainAt = (at: string): string => later(at, GOING_ON_SECONDS);

/** When blue loses its own, of a release that was promoted. */
export const rollbackUntil = ({ request, endedAt }: ReleaseRecord, at: string): string =>
  later(endedAt ?? at, rollbackWindowSeconds(request));

/**
 * Which version loses its provisioned concurrency in the end: green of a release that did not stay; else blue, unless an alias
 * names it again, and then green. None that an alias names; "later" while a release in flight may come to use the one that would.
 */
export function versionToCool(
  { status }: ReleaseRecord,
  { blue, green }: ReleaseTarget,
  { named, inFlight }: { named: string[]; inFlight: string[] },
): string | 'later' | undefined {
  const isStaying = status === 'promoted' && !named.includes(blue!);
  const loser = isStaying ? blue! : green!;
  if (named.includes(loser)) return undefined;
  return inFlight.includes(loser) ? 'later' : loser;
}
