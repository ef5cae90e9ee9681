import pMap from 'p-map';
import { getAlias } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { sendHeartbeat } from '../aws/executions.ts';
import { changeRecord } from '../aws/records.ts';
import { findFrozen } from '../release/freeze.ts';
import { type AlarmSeen, changedTargets, type ReleaseRecord } from '../release/record.ts';
import { takeLook, verdictOf } from '../release/verdict.ts';
import { judge } from './judge.ts';
import { TARGETS_AT_ONCE } from './move-alias.ts';
import { settleBake } from './settle-open.ts';

/** One whole look at an open bake: reads the aliases when it is their turn, judges the metrics, takes the verdict, and settles the bake or says that it is watched. */
export async function look(
  aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'table' | 'sfn' | 'names'>,
  record: ReleaseRecord,
  { readsAliases, ...seen }: { at: string; step: number; alarms: AlarmSeen[]; readsAliases: boolean },
): Promise<ReleaseRecord> {
  const routings = await pMap(
    readsAliases ? changedTargets(record) : [],
    async (target) => ({ target, routing: (await getAlias(aws.lambda, target))?.routing }),
    { concurrency: TARGETS_AT_ONCE },
  );
  // What is bad already waits for no metric, nor for CloudWatch to have any.
  const isBad = verdictOf(record, { ...seen, routings }).kind === 'revert';
  const judgement = isBad ? undefined : await judge(aws, record, seen.at);
  const frozen = record.request.overrideFreeze === undefined ? findFrozen(aws.names.freezeWindows, seen.at) : undefined;
  const judged = await changeRecord(aws.table, record, takeLook({ ...seen, routings, judgement, frozen }));
  // Only a whole look is a sign of life: if looks fail, Step Functions misses the heartbeat and reverts.
  if (judged.bake?.step === seen.step && !(await settleBake(aws.sfn, judged))) await sendHeartbeat(aws.sfn, judged.bake.token);
  return judged;
}
