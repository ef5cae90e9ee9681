import type { Alias } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { getVersion } from '../aws/function.ts';
import { findReverted, findServing } from '../aws/history.ts';
import { readMetrics } from '../aws/metrics.ts';
import { createResourceFinder } from '../aws/stacks.ts';
import { isDenied, isTransient } from '../aws/transient.ts';
import { type AliasFacts, requestQueries } from '../release/drift.ts';
import { type Traffic, WEEK_MINUTES } from '../release/dry-run/foresight.ts';
import { ReleaseError } from '../release/errors.ts';
import type { Readings } from '../release/judge/datapoints.ts';
import { minuteOf } from '../release/judge/judging.ts';
import { type AliasName, aliasQuery, type MetricQuery } from '../release/judge/metrics.ts';
import type { FunctionVersion } from '../release/preflight.ts';
import type { Reverted } from '../release/reverted.ts';

export type OwnerFinder = (aliasArn: string) => Promise<AliasFacts['owner']>;

/**
 * Finds which stack has an alias. That decides nothing, so nobody waits for CloudFormation: once it has not answered, it is
 * not asked again.
 */
export function createOwnerFinder(cloudformation: Aws['cloudformation']): OwnerFinder {
  const find = createResourceFinder(cloudformation);
  let isSilent = false;
  return async (aliasArn) => {
    if (isSilent) return 'unknown';
    try {
      return await find(aliasArn);
    } catch (error) {
      if (!isTransient(error) && !isDenied(error)) throw error;
      isSilent = true;
      return 'unknown';
    }
  };
}

/** Where an alias is, where Teal left it, and which stack has it. `latestCodeSha256` is the code in $LATEST. */
export async function findAliasFacts(
  table: Aws['table'],
  findOwner: OwnerFinder,
  target: { function: string; alias: string },
  { arn, routing }: Alias,
  latestCodeSha256: string | undefined,
): Promise<Omit<AliasFacts, 'requests'>> {
  return { routing, serving: await findServing(table, target), latestCodeSha256, owner: await findOwner(arn) };
}

/** What is known against the code in $LATEST; undefined when nothing is, or when the alias serves that code all the same. */
export async function findRevertedLatest(
  { lambda, table }: Pick<Aws, 'lambda' | 'table'>,
  functionName: string,
  latest: FunctionVersion,
  servingVersion: string,
): Promise<Reverted | undefined> {
  const reverted = await findReverted(table, functionName, latest.codeSha256);
  if (!reverted) return undefined;
  const serving = await getVersion(lambda, functionName, servingVersion);
  return serving?.codeSha256 === latest.codeSha256 ? undefined : reverted;
}

const DAY_MINUTES = 24 * 60;

/** The requests through each alias, and how many of them failed, in the week before `at`. CloudWatch's longest period is a day. */
export async function readWeek(cloudwatch: Aws['cloudwatch'], targets: AliasName[], at: string): Promise<(target: AliasName) => Traffic> {
  const queries = (target: AliasName) => [aliasQuery(target, 'Invocations', 'Sum'), aliasQuery(target, 'Errors', 'Sum')] as const;
  const until = minuteOf(Date.parse(at));
  const readings = await readMetrics(cloudwatch, targets.flatMap(queries), {
    from: until - WEEK_MINUTES,
    until,
    periodMinutes: DAY_MINUTES,
  });
  return (target) => {
    const [requests, errors] = queries(target).map((query) => sumOf(query, readings));
    return { requests: requests!, errors: errors! };
  };
}

const sumOf = (query: MetricQuery, readings: Readings): number =>
  [...(readings(query)?.values() ?? [])].reduce((sum, part) => sum + part, 0);

/** The day before `at`, as one period. */
export async function readDay(cloudwatch: Aws['cloudwatch'], queries: MetricQuery[], at: string): Promise<Readings> {
  const until = minuteOf(Date.parse(at));
  return readMetrics(cloudwatch, queries, { from: until - DAY_MINUTES, until, periodMinutes: DAY_MINUTES });
}

/**
 * How many requests each of these had in the day before `at`; undefined when CloudWatch did not answer, for which nobody waits
 * either. CloudWatch may cut the day at midnight, into two parts.
 */
export async function readRequests(cloudwatch: Aws['cloudwatch'], targets: AliasName[], at: string): Promise<AliasFacts['requests'][]> {
  const queries = targets.map(requestQueries);
  let readings: Readings;
  try {
    readings = await readDay(
      cloudwatch,
      queries.flatMap((one) => Object.values(one).flat()),
      at,
    );
  } catch (error) {
    if (!isTransient(error) && !(error instanceof ReleaseError)) throw error;
    return targets.map(() => undefined);
  }
  const count = (some: MetricQuery[]) => some.reduce((sum, query) => sum + sumOf(query, readings), 0);
  return queries.map(({ ofFunction, ofAlias, ofLatest }) => ({
    ofFunction: count(ofFunction),
    ofAlias: count(ofAlias),
    ofLatest: count(ofLatest),
  }));
}
