import pMap from 'p-map';
import { type Aws, connectLambda, connectStepFunctions, connectTable, PERSISTENT } from './aws/connect.ts';
import { changeRecord } from './aws/records.ts';
import { listWatching } from './aws/watches.ts';
import { moveToDecidedSide } from './flow/settle.ts';
import { settleBake } from './flow/settle-open.ts';
import { backOnBlue } from './release/changes.ts';
import { isOver } from './release/record.ts';
import { type AlarmEvent, takeAlarm } from './release/verdict.ts';
import { task } from './runtime/task.ts';

/** "CloudWatch Alarm State Change", as far as the brake reads it. */
export interface AlarmStateChange {
  detail: { alarmName: string; state: { value: string; timestamp: string; reason?: string }; previousState?: { value: string } };
}

/** Brake: an alarm went red. Every release that watches it decides, puts its aliases back on blue, and ends its bake: brake first, paperwork second. */
export const createHandler = (aws: Pick<Aws, 'lambda' | 'sfn' | 'table'>) =>
  task(async (event: AlarmStateChange) => {
    const alarm = toAlarmEvent(event);
    const ids = await listWatching(aws.table, alarm.alarm);
    const failures: unknown[] = [];
    await pMap(ids, (id) => brake(aws, id, alarm).catch((error: unknown) => failures.push(error)), { concurrency: 10 });
    if (failures.length > 0) throw failures[0];
    return { releases: ids };
  });

async function brake(aws: Pick<Aws, 'lambda' | 'sfn' | 'table'>, id: string, alarm: AlarmEvent): Promise<void> {
  const record = await changeRecord(aws.table, id, takeAlarm(alarm));
  if (record.decision?.side !== 'revert' || isOver(record)) return;
  try {
    await changeRecord(aws.table, await moveToDecidedSide(aws, record, alarm.at), backOnBlue);
  } finally {
    // Whatever happened: Revert tries for hours, this function for seconds.
    await settleBake(aws.sfn, record);
  }
}

function toAlarmEvent({ detail }: AlarmStateChange): AlarmEvent {
  // CloudWatch writes "+0000", which is not the offset of ISO 8601's extended form.
  const timestamp = detail.state.timestamp.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  return {
    alarm: detail.alarmName,
    at: new Date(timestamp).toISOString(),
    previousState: detail.previousState?.value,
    reason: detail.state.reason,
  };
}

export const handler = createHandler({
  lambda: connectLambda(PERSISTENT),
  sfn: connectStepFunctions(PERSISTENT),
  table: connectTable(PERSISTENT),
});
