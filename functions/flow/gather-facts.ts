import pMap from 'p-map';
import { getAlias, hasProvisionedConcurrency, isCalledOverHttp } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { getVersion } from '../aws/function.ts';
import { findReverted } from '../aws/history.ts';
import { readMetrics } from '../aws/metrics.ts';
import { type DayBefore, dayBefore, needsStatusCodes, queriesBefore } from '../release/judge/day-before.ts';
import { minuteOf } from '../release/judge/judging.ts';
import type { TargetFacts } from '../release/preflight.ts';
import type { ReleaseRecord, ReleaseTarget } from '../release/record.ts';
import { TARGETS_AT_ONCE } from './move-alias.ts';

/** What Plan has to know of every target: the function, its alias and blue, and what blue's requests of the day before tell the judge. */
export async function gatherFacts(
  aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'table'>,
  record: ReleaseRecord,
  at: string,
): Promise<TargetFacts[]> {
  const found = await pMap(record.targets, (target) => findTarget(aws, target), { concurrency: TARGETS_AT_ONCE });
  const days = await readDayBefore(aws, found, record, at);
  return pMap(
    found,
    async (facts, index) => ({
      ...facts,
      ...days[index]!,
      isCalledOverHttp:
        facts.blue && needsStatusCodes(record, facts.target, days[index]!) ? await isCalledOverHttp(aws.lambda, facts.target) : false,
    }),
    { concurrency: TARGETS_AT_ONCE },
  );
}

async function findTarget({ lambda, table }: Pick<Aws, 'lambda' | 'table'>, target: ReleaseTarget) {
  const next = await getVersion(lambda, target.function, target.version ?? '$LATEST');
  const alias = next && (await getAlias(lambda, target));
  const blue = alias && (await getVersion(lambda, target.function, alias.routing.version));
  const isNewCode = next && next.codeSha256 !== blue?.codeSha256;
  return {
    target,
    next,
    routing: alias?.routing,
    blue,
    // Lambda refuses the question for an alias of $LATEST, which cannot have any.
    hasProvisionedConcurrency: alias && alias.routing.version !== '$LATEST' ? await hasProvisionedConcurrency(lambda, target) : false,
    revertedBefore: isNewCode ? await findReverted(table, target.function, next.codeSha256) : undefined,
  };
}

async function readDayBefore(
  { cloudwatch }: Pick<Aws, 'cloudwatch'>,
  found: Pick<TargetFacts, 'target' | 'blue'>[],
  record: ReleaseRecord,
  at: string,
): Promise<DayBefore[]> {
  const queries = found.map(({ target, blue }) => (blue ? queriesBefore(record, target, blue.version) : []));
  const minute = minuteOf(Date.parse(at));
  const asked = queries.flatMap((some) => some.map(({ query }) => query));
  const day = { from: minute - DAY_MINUTES, until: minute, periodMinutes: DAY_MINUTES };
  const readings = asked.length > 0 ? await readMetrics(cloudwatch, asked, day) : () => undefined;
  return queries.map((some) => dayBefore(record.request.judge, some, readings));
}

const DAY_MINUTES = 24 * 60;
