import {
  type CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type Dimension,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmDefinition } from '../release/auto-alarms.ts';
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
        found.set(alarm.AlarmName!, toSeen(alarm));
      }
      NextToken = page.NextToken;
    } while (NextToken);
  }
  return names.map((name) => found.get(name) ?? { name, state: 'missing' });
}

/** Every alarm of this account and region, with what it looks at. */
export async function readAllAlarms(cloudwatch: CloudWatchClient): Promise<AlarmDefinition[]> {
  const found: AlarmDefinition[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: ALARMS_PER_CALL, NextToken }),
    );
    found.push(
      ...(page.MetricAlarms ?? []).map((alarm) => ({ ...toSeen(alarm), ...lookedAt(alarm) })),
      ...(page.CompositeAlarms ?? []).map((alarm) => ({
        ...toSeen(alarm),
        arn: alarm.AlarmArn!,
        metrics: [],
        expressions: [],
        rule: alarm.AlarmRule,
      })),
    );
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** One metric, or metric math over several. */
function lookedAt({ AlarmArn, Dimensions, Metrics = [] }: MetricAlarm): Omit<AlarmDefinition, keyof AlarmSeen> {
  // A monitoring account has alarms on metrics of other accounts, whose functions may be called the same.
  const own = Metrics.filter(({ AccountId }) => AccountId === undefined || AccountId === AlarmArn!.split(':')[4]);
  return {
    arn: AlarmArn!,
    metrics: [Dimensions, ...own.map(({ MetricStat }) => MetricStat?.Metric?.Dimensions)].map(toRecord),
    expressions: own.flatMap(({ Expression }) => Expression ?? []),
  };
}

const toRecord = (dimensions: Dimension[] = []) => Object.fromEntries(dimensions.map(({ Name, Value }) => [Name!, Value!]));

const toSeen = (alarm: MetricAlarm | CompositeAlarm): AlarmSeen => ({
  name: alarm.AlarmName!,
  state: alarm.StateValue!,
  reason: reasonShown(alarm),
});

/** Reasons have up to 1,023 characters, and a record keeps those of 100 alarms: why an alarm is OK nobody asks, and the beginning says why it is not. */
function reasonShown({ StateValue, StateReason }: { StateValue?: string; StateReason?: string }): string | undefined {
  return StateValue === 'OK' ? undefined : StateReason?.slice(0, 300);
}
