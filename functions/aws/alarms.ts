import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { AlarmSeen } from '../release/record.ts';

/** DescribeAlarms takes 100 names. */
export const ALARMS_PER_CALL = 100;

/**
 * The state of each named alarm, in the order of the names; "missing" where there is none (CloudWatch just leaves it
 * out). Composite alarms are left out too unless asked for by type.
 */
export async function readAlarms(cloudwatch: CloudWatchClient, names: string[]): Promise<AlarmSeen[]> {
  const found = new Map<string, AlarmSeen>();
  for (let start = 0; start < names.length; start += ALARMS_PER_CALL) {
    const AlarmNames = names.slice(start, start + ALARMS_PER_CALL);
    let NextToken: string | undefined;
    do {
      const page = await cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: ALARMS_PER_CALL, NextToken }),
      );
      for (const alarm of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])]) {
        found.set(alarm.AlarmName!, { name: alarm.AlarmName!, state: alarm.StateValue!, reason: reasonShown(alarm) });
      }
      NextToken = page.NextToken;
    } while (NextToken);
  }
  return names.map((name) => found.get(name) ?? { name, state: 'missing' });
}

/** Reasons have up to 1,023 characters, and a record keeps those of 100 alarms: why an alarm is OK nobody asks, and the beginning says why it is not. */
function reasonShown({ StateValue, StateReason }: { StateValue?: string; StateReason?: string }): string | undefined {
  return StateValue === 'OK' ? undefined : StateReason?.slice(0, 300);
}
