import pMap from 'p-map';
import { readAlarms, readAllAlarms } from '../aws/alarms.ts';
import type { Aws } from '../aws/connect.ts';
import { getVersion } from '../aws/function.ts';
import { alarmsOf, describeUnnamed, findAutoProblems } from '../release/auto-alarms.ts';
import { hookFunctions } from '../release/hooks.ts';
import { alarmsToIgnore, type Check, checkAlarms, checkTarget, describePreflight, pin, type TargetFacts } from '../release/preflight.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { checkSwitchWatched } from '../release/role-change.ts';
import { checkFreeze } from '../release/within-freeze.ts';
import { askFreeze, hasFreezes } from './ask-freeze.ts';
import { gatherFacts } from './gather-facts.ts';
import { TARGETS_AT_ONCE } from './move-alias.ts';

/** What Plan finds out before it pins anything, and a dry run tells. */
export interface Preflight {
  facts: TargetFacts[];
  checks: Check[];
  /** Undefined when a check fails. */
  pinned: Pick<ReleaseRecord, 'targets' | 'alarms' | 'alarmsAwaitingOk'> | undefined;
  /** What will watch the release, and what that will not see. */
  notes: string[];
}

/** A hook that is not there is found now, and not when the release is half done. */
async function checkHooks({ lambda }: Pick<Aws, 'lambda'>, record: ReleaseRecord): Promise<Check[]> {
  return pMap(
    hookFunctions(record),
    async (named) => {
      const [name = '', qualifier] = named.split(':');
      const isThere = (await getVersion(lambda, name, qualifier)) !== undefined;
      return { says: `hook ${named} exists`, ...(!isThere && { problem: `hook ${named} does not exist in this account and region` }) };
    },
    { concurrency: TARGETS_AT_ONCE },
  );
}

/** Looks at the targets and the alarms of a release that is to begin. Changes nothing. */
export async function preflight(
  aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'cloudformation' | 'table' | 'names'>,
  record: ReleaseRecord,
  at: string,
): Promise<Preflight> {
  const facts = await gatherFacts(aws, record, at);
  // Of "auto" what was found is what counts from here on, whatever alarms come and go.
  const found = record.request.alarms === 'auto' ? alarmsOf(record.targets, await readAllAlarms(aws.cloudwatch)) : undefined;
  const alarms = found ?? (await readAlarms(aws.cloudwatch, record.alarms));
  const alarmsAwaitingOk = alarmsToIgnore(alarms, record.request);
  const checks = [
    ...facts.flatMap((one) => checkTarget(one, record.request)),
    ...(hasFreezes(aws.names) ? [checkFreeze(record.request, await askFreeze(aws, record, at))] : []),
    ...(await checkHooks(aws, record)),
    ...checkAlarms(alarms, record.request, alarmsAwaitingOk),
    ...checkSwitchWatched(facts, alarms.length > 0, record.request),
    ...(found ? findAutoProblems(record, found).map((problem) => ({ says: 'what alarms were found can watch the release', problem })) : []),
  ];
  const isSound = checks.every(({ problem }) => problem === undefined);
  const pinned = isSound
    ? { targets: facts.map((one) => pin(one, record.request)), alarms: alarms.map(({ name }) => name), alarmsAwaitingOk }
    : undefined;
  return {
    facts,
    checks,
    pinned,
    notes: pinned ? [...(found ? describeUnnamed(record.targets, found) : []), ...describePreflight({ ...record, ...pinned }, facts)] : [],
  };
}
