import type { Aws } from '../aws/connect.ts';
import { listMappings } from '../aws/event-source-mappings.ts';
import { findServing } from '../aws/history.ts';
import { listProvisioned } from '../aws/provisioned-concurrency.ts';
import { changeRecord, getRecord } from '../aws/records.ts';
import { deleteVersion, hasPolicy, listAliases, listVersions } from '../aws/versions.ts';
import {
  isDueBy,
  later,
  type NamedVersions,
  type Quiet,
  quietEnough,
  quietSince,
  versionsInFlight,
  versionsToDelete,
} from '../release/afterwards.ts';
import { note } from '../release/changes.ts';
import { changedTargets, type ReleaseRecord } from '../release/record.ts';
import { targetKey } from '../release/target.ts';
import { listFew } from '../release/words.ts';
import { findInFlight } from './in-flight.ts';

/** Each function has some calls of the 15 a second that Lambda's API takes for a whole account: the next minute goes on. */
const MOST_FUNCTIONS = 10;
const MOST_DELETED = 20;
const SOON_SECONDS = 60;

type Needs = Pick<Aws, 'lambda' | 'table'>;

/** What is left of one function, or of all of a release. */
interface Left {
  quiet: Record<string, Quiet>;
  /** When to go on; empty when all is done. */
  dueAt: string[];
}

/** Deletes old versions of a promoted release's functions, once nobody has moved an alias of theirs for an hour. */
export async function prune(aws: Needs, record: ReleaseRecord, before: Record<string, Quiet>, at: string): Promise<Left> {
  if (record.status !== 'promoted' || record.request.keepVersions === undefined) return { quiet: {}, dueAt: [] };
  const names = [...new Set(changedTargets(record).map((target) => target.function))];
  const isWaiting = (name: string) => before[name] !== undefined && !isDueBy({ dueAt: quietEnough(before[name]) }, at);
  const turn = names.filter((name) => !isWaiting(name)).slice(0, MOST_FUNCTIONS);
  const left: Left = { quiet: {}, dueAt: [] };
  for (const name of names) {
    const quiet = before[name];
    const next = turn.includes(name)
      ? await pruneFunction(aws, record, name, quiet, at)
      : { quiet, dueAt: quiet && isWaiting(name) ? quietEnough(quiet) : later(at, SOON_SECONDS) };
    if (!next) continue;
    if (next.quiet) left.quiet[name] = next.quiet;
    left.dueAt.push(next.dueAt);
  }
  return left;
}

/** Undefined when nothing is left to do. */
async function pruneFunction(
  aws: Needs,
  record: ReleaseRecord,
  name: string,
  before: Quiet | undefined,
  at: string,
): Promise<{ quiet: Quiet; dueAt: string } | undefined> {
  const aliases = await listAliases(aws.lambda, name);
  if (!aliases || !(await isLastPromoted(aws.table, record, name))) return undefined;
  const quiet = quietSince(aliases, before, at);
  if (!isDueBy({ dueAt: quietEnough(quiet) }, at)) return { quiet, dueAt: quietEnough(quiet) };

  const used = await findUsed(aws, name, aliases);
  const old = versionsToDelete(await listVersions(aws.lambda, name), record.request.keepVersions!, used);
  const going: string[] = [];
  for (const version of old) {
    if (going.length === MOST_DELETED) break;
    if (!(await hasPolicy(aws.lambda, name, version))) going.push(version);
  }
  if (going.length === 0) return undefined;
  // Before the first is gone: whoever misses one finds out why.
  const text = `deleting old versions of ${name}: ${listFew(going, ', ', MOST_DELETED)} (the newest ${record.request.keepVersions} stay, and all that are used)`;
  await changeRecord(aws.table, record.id, note([text], at));
  const kept: string[] = [];
  for (const version of going) {
    const why = await deleteVersion(aws.lambda, name, version);
    if (why !== undefined) kept.push(`version ${version} of ${name} stays: ${why}`);
  }
  await changeRecord(aws.table, record.id, note(kept, at));
  // What Lambda keeps is not asked for again every minute.
  return going.length === MOST_DELETED && kept.length < MOST_DELETED ? { quiet, dueAt: later(at, SOON_SECONDS) } : undefined;
}

/** What the last release that was promoted says is what counts. */
async function isLastPromoted(table: Aws['table'], record: ReleaseRecord, name: string): Promise<boolean> {
  for (const target of changedTargets(record).filter((one) => one.function === name))
    if ((await findServing(table, target))?.releaseId === record.id) return true;
  return false;
}

/** The versions of a function that somebody uses, or may go back to. */
async function findUsed({ lambda, table }: Needs, name: string, aliases: NamedVersions[]): Promise<string[]> {
  const before: string[] = [];
  for (const { alias } of aliases) {
    const target = { function: name, alias };
    const serving = await findServing(table, target);
    const last = serving && (await getRecord(table, serving.releaseId));
    before.push(...(last?.targets ?? []).filter((one) => targetKey(one) === targetKey(target)).flatMap(({ blue }) => blue ?? []));
  }
  const mapped = (await listMappings(lambda, name)).map(({ functionArn }) => functionArn.split(':').at(-1)!);
  return [
    ...aliases.flatMap(({ versions }) => versions),
    ...before,
    ...versionsInFlight(await findInFlight(table), name),
    ...(await listProvisioned(lambda, name)).keys(),
    ...mapped,
  ];
}
