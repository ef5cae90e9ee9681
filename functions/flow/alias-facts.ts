import type { Alias } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { findServing } from '../aws/history.ts';
import { readMetrics } from '../aws/metrics.ts';
import { findInStacks } from '../aws/stacks.ts';
import { isTransient } from '../aws/transient.ts';
import type { AliasFacts, requestQueries } from '../release/drift.ts';
import { type Traffic, WEEK_MINUTES } from '../release/dry-run/foresight.ts';
import type { Readings } from '../release/judge/datapoints.ts';
import { minuteOf } from '../release/judge/judging.ts';
import { type AliasName, aliasQuery, type MetricQuery } from '../release/judge/metrics.ts';

/** Where an alias is, where Teal left it, and which stack has it. */
export async function findAliasFacts(
  { cloudformation, table }: Pick<Aws, 'cloudformation' | 'table'>,
  target: { function: string; alias: string },
  { arn, routing }: Alias,
): Promise<Omit<AliasFacts, 'requests'>> {
  // Whose the alias is decides nothing: no release waits for CloudFormation.
  const owner = await findInStacks(cloudformation, arn).catch((error: unknown) => {
    if (isTransient(error)) return 'unknown' as const;
    throw error;
  });
  return { routing, serving: await findServing(table, target), owner };
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

/** How many requests of a day there were. CloudWatch may cut it at midnight, into two parts. */
export function countRequests({ ofFunction, ofAlias }: ReturnType<typeof requestQueries>, readings: Readings): AliasFacts['requests'] {
  return { ofFunction: sumOf(ofFunction, readings), ofAlias: sumOf(ofAlias, readings) };
}
