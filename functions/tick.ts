import pMap from 'p-map';
import { listAfterwards } from './aws/afterwards.ts';
import { ALARMS_PER_CALL, readAlarms } from './aws/alarms.ts';
import { readClaims } from './aws/claims.ts';
import { type Aws, connectCloudWatch, connectLambda, connectNames, connectStepFunctions, connectTable, PERSISTENT } from './aws/connect.ts';
import { describeExecution, listRunning } from './aws/executions.ts';
import { sendTo } from './aws/function.ts';
import { listServed } from './aws/history.ts';
import { putStuckReleases } from './aws/metrics.ts';
import { getRecords, listInFlight } from './aws/records.ts';
import { listWatchers } from './aws/watches.ts';
import type { LookEvent } from './bake.ts';
import { findAllDirect } from './flow/find-direct.ts';
import type { ExecutionStatusChange } from './heal.ts';
import type { DirectRollbackEvent } from './record-rollback.ts';
import { type Afterwards, isDueBy } from './release/afterwards.ts';
import { whoReadsAliases, whoseTurn } from './release/alias-reads.ts';
import type { AlarmSeen, ReleaseRecord } from './release/record.ts';
import { findSuspects, isStaleHolder, statusOf } from './release/sweep.ts';
import { isDue } from './release/waiting.ts';
import { task } from './runtime/task.ts';
import type { TidyEvent } from './tidy.ts';
import type { WakeEvent } from './wake.ts';

const SENT_AT_ONCE = 16;

/**
 * Tick, once a minute: reads all watched alarms and has every open bake look; wakes what waits; then sweeps for releases that
 * nobody drives any more, for rollbacks done without Teal, and has done what is left to do of releases that are over.
 */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'sfn' | 'table' | 'names'>) =>
  task(async ({ at }: { at: string }) => {
    const records = await getRecords(aws.table, await listInFlight(aws.table));
    const stuck = records.filter((record) => record.status === 'stuck').length;
    const failures = [
      ...(await look(aws, records, at)),
      ...(await wake(aws, records, at)),
      ...(await sweep(aws, records, at).catch((error: unknown) => [error])),
      ...(await tidy(aws, at).catch((error: unknown) => [error])),
      // With nothing in flight there is nothing to say, and an alarm takes missing data for none.
      ...(records.length === 0
        ? []
        : await putStuckReleases(aws.cloudwatch, stuck, at).then(
            () => [],
            (error: unknown) => [error],
          )),
      // Last, since it can wait: Lambda's control plane may be short of requests.
      ...(await findRollbacks(aws, at).then(
        () => [],
        (error: unknown) => [error],
      )),
    ];
    // What could be done is done; the failure is for the log, the metric and the next tick.
    if (failures.length > 0) throw failures[0];
    return { inFlight: records.length };
  });

/** Invokes `bake` once per open bake, so that one bad release cannot blind another. A batch of alarms that cannot be read costs its releases one look. */
async function look(aws: Pick<Aws, 'lambda' | 'cloudwatch' | 'names'>, records: ReleaseRecord[], at: string): Promise<unknown[]> {
  const failures: unknown[] = [];
  const baking = records.filter((record) => record.bake);
  const names = [...new Set(baking.flatMap((record) => record.alarms))];
  const seen = new Map<string, AlarmSeen>();
  for (let start = 0; start < names.length; start += ALARMS_PER_CALL) {
    const batch = await readAlarms(aws.cloudwatch, names.slice(start, start + ALARMS_PER_CALL)).catch((error: unknown) => {
      failures.push(error);
      return [];
    });
    for (const alarm of batch) seen.set(alarm.name, alarm);
  }
  const readers = whoReadsAliases(baking, at);
  await pMap(
    baking.filter((record) => record.alarms.every((name) => seen.has(name))),
    async (record) => {
      const event: LookEvent = {
        releaseId: record.id,
        step: record.bake!.step,
        at,
        alarms: record.alarms.map((name) => seen.get(name)!),
        readsAliases: readers.has(record.id),
      };
      await sendTo(aws.lambda, aws.names.bakeFunction, event).catch((error: unknown) => failures.push(error));
    },
    { concurrency: SENT_AT_ONCE },
  );
  return failures;
}

/** Hands every release that waits, and need not any more, to `wake`. */
async function wake(aws: Pick<Aws, 'lambda' | 'names'>, records: ReleaseRecord[], at: string): Promise<unknown[]> {
  const failures: unknown[] = [];
  await pMap(
    records.filter((record) => isDue(record, at)),
    async ({ id: releaseId }) => {
      const event: WakeEvent = { releaseId, at };
      await sendTo(aws.lambda, aws.names.wakeFunction, event).catch((error: unknown) => failures.push(error));
    },
    { concurrency: SENT_AT_ONCE },
  );
  return failures;
}

/** Hands every release that its execution has left to `heal`. Running executions are listed in one call; only those missing from it are asked for. */
async function sweep(aws: Pick<Aws, 'lambda' | 'sfn' | 'table' | 'names'>, records: ReleaseRecord[], at: string): Promise<unknown[]> {
  const failures: unknown[] = [];
  const { stateMachineArn, healFunction } = aws.names;
  const heal = async (name: string, status: string) => {
    const event: ExecutionStatusChange = { time: at, detail: { name, status } };
    await sendTo(aws.lambda, healFunction, event);
  };
  const running = records.length > 0 ? await listRunning(aws.sfn, stateMachineArn) : new Set<string>();
  const suspects = findSuspects(records, running);
  await pMap(
    suspects,
    async (record) => {
      const ask = async () => (running.has(record.id) ? 'RUNNING' : describeExecution(aws.sfn, stateMachineArn, record.id));
      // A rollback has no execution.
      const status = statusOf(record, record.rollback ? undefined : await ask(), at);
      if (status) await heal(record.id, status);
    },
    { concurrency: 4, stopOnError: false },
  ).catch((error: unknown) => failures.push(error));

  const known = new Set(records.map((record) => record.id));
  const holders = [...new Set([...(await readClaims(aws.table)).values(), ...(await listWatchers(aws.table))])].filter(
    (id) => !known.has(id),
  );
  const found = new Map((await getRecords(aws.table, holders)).map((record) => [record.id, record]));
  for (const id of holders.filter((holder) => isStaleHolder(found.get(holder)))) await heal(id, 'SUCCEEDED');
  return failures;
}

/** Has each rollback recorded that somebody did without Teal, when its alias has its turn. */
async function findRollbacks(aws: Pick<Aws, 'lambda' | 'table' | 'names'>, at: string): Promise<void> {
  for (const target of await findAllDirect(aws, whoseTurn(await listServed(aws.table), at))) {
    const event: DirectRollbackEvent = { ...target, at };
    await sendTo(aws.lambda, aws.names.recordRollbackFunction, event);
  }
}

/** They share what Lambda's API takes for a whole account with the releases in flight. */
const TIDIED_AT_ONCE = 5;

/** Hands releases that are over, and of which something is due, to `tidy`: those first that have waited longest. */
async function tidy({ lambda, table, names }: Pick<Aws, 'lambda' | 'table' | 'names'>, at: string): Promise<unknown[]> {
  const failures: unknown[] = [];
  const due = (await listAfterwards(table)).filter((todo) => isDueBy(todo, at)).sort(byDue);
  for (const { releaseId } of due.slice(0, TIDIED_AT_ONCE)) {
    const event: TidyEvent = { releaseId, at };
    await sendTo(lambda, names.tidyFunction, event).catch((error: unknown) => failures.push(error));
  }
  return failures;
}

const byDue = (one: Afterwards, other: Afterwards) => Date.parse(one.dueAt) - Date.parse(other.dueAt);

export const handler = createHandler({
  lambda: connectLambda(PERSISTENT),
  cloudwatch: connectCloudWatch(PERSISTENT),
  sfn: connectStepFunctions(PERSISTENT),
  table: connectTable(PERSISTENT),
  names: connectNames(),
});
