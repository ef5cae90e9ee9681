import pMap from 'p-map';
import { getAlias, isCalledOverHttp } from '../aws/alias.ts';
import type { Aws } from '../aws/connect.ts';
import { getVersion } from '../aws/function.ts';
import { findReverted, findServing } from '../aws/history.ts';
import { listProvisioned } from '../aws/provisioned-concurrency.ts';
import { getRecord } from '../aws/records.ts';
import { describeDrift } from '../release/drift.ts';
import { dayBefore, needsStatusCodes, queriesBefore } from '../release/judge/day-before.ts';
import type { TargetFacts } from '../release/preflight.ts';
import type { PreviewFacts } from '../release/preview.ts';
import type { ReleaseRecord, ReleaseTarget } from '../release/record.ts';
import { rolledBackSince } from '../release/reverted.ts';
import { targetOf } from '../release/rollback.ts';
import { createOwnerFinder, findAliasFacts, type OwnerFinder, readDay, readRequests } from './alias-facts.ts';
import { findColdStarts } from './cold-starts.ts';
import { findServedBefore } from './find-served-before.ts';
import { TARGETS_AT_ONCE } from './move-alias.ts';

/** What Plan has to know of every target: the function, its alias and blue, and what blue's requests of the day before tell the judge. */
export async function gatherFacts(
  aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'cloudformation' | 'table'>,
  record: ReleaseRecord,
  at: string,
): Promise<TargetFacts[]> {
  const findOwner = createOwnerFinder(aws.cloudformation);
  const found = await pMap(record.targets, (target) => findTarget(aws, findOwner, record, target), { concurrency: TARGETS_AT_ONCE });
  const readings = await readDay(
    aws.cloudwatch,
    found.flatMap(({ queries }) => queries.map(({ query }) => query)),
    at,
  );
  const requests = await readRequests(aws.cloudwatch, record.targets, at);
  const coldStarts = await findColdStarts(aws, record, at);
  const days = found.map(({ queries }) => dayBefore(record.request.judge, queries, readings));
  return pMap(
    found,
    async ({ queries: _, alias, ...facts }, index) => ({
      ...facts,
      ...days[index]!,
      coldStarts: coldStarts[index]!,
      drift: alias ? describeDrift(facts.target, { ...alias, requests: requests[index] }) : [],
      isCalledOverHttp:
        facts.blue && needsStatusCodes(record, facts.target, days[index]!) ? await isCalledOverHttp(aws.lambda, facts.target) : false,
    }),
    { concurrency: TARGETS_AT_ONCE },
  );
}

async function findTarget(
  { lambda, table }: Pick<Aws, 'lambda' | 'table'>,
  findOwner: OwnerFinder,
  record: ReleaseRecord,
  target: ReleaseTarget,
) {
  const next = await getVersion(lambda, target.function, target.version ?? '$LATEST');
  const alias = next && (await getAlias(lambda, target));
  const blue = alias && (await getVersion(lambda, target.function, alias.routing.version));
  const provisioned = next && (await listProvisioned(lambda, target.function));
  const isNewCode = next && next.codeSha256 !== blue?.codeSha256;
  const aliasFacts = alias && (await findAliasFacts(table, findOwner, target, alias, target.version ? undefined : next.codeSha256));
  return {
    target,
    next,
    queries: blue ? queriesBefore(record, target, blue.version) : [],
    routing: alias?.routing,
    ...(next && !alias && { servedBefore: await findServedBefore({ lambda, table }, target) }),
    alias: aliasFacts,
    blue,
    hasProvisionedConcurrency: provisioned?.has(target.alias) ?? false,
    provisionedConcurrency: blue && provisioned?.get(blue.version),
    ...(next &&
      record.request.preview !== undefined && {
        preview: await findPreview(lambda, table, target.function, record.request.preview, provisioned),
      }),
    revertedBefore: isNewCode ? await findReverted(table, target.function, next.codeSha256) : undefined,
    rolledBackSince: isNewCode ? rolledBackSince(record.startedAt, aliasFacts?.serving, next) : undefined,
  };
}

async function findPreview(
  lambda: Aws['lambda'],
  table: Aws['table'],
  name: string,
  alias: string,
  provisioned: ReadonlyMap<string, number> | undefined,
): Promise<PreviewFacts> {
  const named = { function: name, alias };
  const routing = (await getAlias(lambda, named))?.routing;
  const serving = routing && (await findServing(table, named));
  const last = serving && (await getRecord(table, serving.releaseId));
  return {
    routing,
    leftOn: serving?.version,
    releasedBy: targetOf(last, named) && last!.id,
    hasProvisionedConcurrency: provisioned?.has(alias) ?? false,
  };
}
