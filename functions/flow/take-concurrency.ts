import pMap from 'p-map';
import type { Aws } from '../aws/connect.ts';
import { deleteProvisioned } from '../aws/provisioned-concurrency.ts';
import { changeRecord } from '../aws/records.ts';
import { listAliases } from '../aws/versions.ts';
import { isDueBy, later, versionsInFlight } from '../release/afterwards.ts';
import { cooled, givenTargets, lookAgainAt, rollbackUntil, tookConcurrency, versionToCool } from '../release/provisioned-concurrency.ts';
import { isOver, type ReleaseRecord } from '../release/record.ts';
import { findInFlight } from './in-flight.ts';
import { TARGETS_AT_ONCE } from './move-alias.ts';

const IN_FLIGHT_SECONDS = 600;

type Needs = Pick<Aws, 'lambda' | 'table'>;

/** Takes from every green what a release that does not stay has given it. */
export async function takeBack({ lambda, table }: Needs, record: ReleaseRecord, at: string): Promise<ReleaseRecord> {
  if (record.decision?.side !== 'revert') return record;
  const given = givenTargets(record);
  if (given.length === 0) return record;
  await pMap(given, (target) => deleteProvisioned(lambda, target.function, target.green!), { concurrency: TARGETS_AT_ONCE });
  return changeRecord(table, record, tookConcurrency(at));
}

/** What is due of the provisioned concurrency that a release has given; when to go on, empty when all is done. */
export async function coolDown(aws: Needs, record: ReleaseRecord, at: string): Promise<string[]> {
  const given = givenTargets(record).filter(({ isCooled }) => !isCooled);
  if (!isOver(record)) return [lookAgainAt(at)];
  if (given.length === 0) return [];
  const until = record.status === 'promoted' ? rollbackUntil(record, at) : at;
  if (!isDueBy({ dueAt: until }, at)) return [until];
  const inFlight = await findInFlight(aws.table);
  const dueAt: string[] = [];
  for (const target of given) {
    const aliases = await listAliases(aws.lambda, target.function);
    if (!aliases) continue;
    const named = aliases.flatMap(({ versions }) => versions);
    const version = versionToCool(record, target, { named, inFlight: versionsInFlight(inFlight, target.function) });
    if (version === 'later') dueAt.push(later(at, IN_FLIGHT_SECONDS));
    else if (version !== undefined) {
      await deleteProvisioned(aws.lambda, target.function, version);
      // Of a release that did not stay this was taken before, but for a call to Lambda that came late.
      if (record.status === 'promoted') await changeRecord(aws.table, record.id, cooled(target, version, at));
    }
  }
  return dueAt;
}
