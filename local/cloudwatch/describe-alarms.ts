import { type Fields, invalid, readInteger, readList, readOneOf, readText, refuseUnknownKeys } from '../json-protocol.ts';
import { type Alarm, STATES } from './alarm.ts';
import { invalidCombination } from './metric-request.ts';
import { takePage } from './read-metrics.ts';

/** DescribeAlarms. A name that does not exist is left out without a word, and so is a composite alarm that AlarmTypes does not ask for. */
export function describeAlarms(alarms: Iterable<Alarm>, input: Fields) {
  const known = ['AlarmNames', 'AlarmNamePrefix', 'AlarmTypes', 'StateValue', 'MaxRecords', 'NextToken'];
  refuseUnknownKeys(input, known, 'DescribeAlarms');
  const names = readList(input, 'AlarmNames', { max: 100 });
  const prefix = input.AlarmNamePrefix == null ? undefined : readText(input, 'AlarmNamePrefix', { max: 255 });
  if (names.length && prefix !== undefined) throw invalidCombination('AlarmNamePrefix and AlarmNames cannot be specified together.');
  const types = readList(input, 'AlarmTypes').map((type) =>
    readOneOf({ AlarmTypes: type }, 'AlarmTypes', ['MetricAlarm', 'CompositeAlarm']),
  );
  const state = input.StateValue == null ? undefined : readOneOf(input, 'StateValue', STATES);
  const size = input.MaxRecords == null ? 100 : readInteger(input, 'MaxRecords', { min: 1, max: 100 });

  const found = [...alarms]
    .filter(
      (alarm) =>
        (types.length === 0 ? alarm.kind === 'MetricAlarm' : types.includes(alarm.kind)) &&
        (names.length === 0 || names.includes(alarm.name)) &&
        (prefix === undefined || alarm.name.startsWith(prefix)) &&
        (state === undefined || alarm.state.value === state),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { page, NextToken } = takePage(found, input.NextToken, size);
  return {
    MetricAlarms: page.filter(({ kind }) => kind === 'MetricAlarm').map(describe),
    CompositeAlarms: page.filter(({ kind }) => kind === 'CompositeAlarm').map(describe),
    NextToken,
  };
}

function describe(alarm: Alarm) {
  const { value, reason, reasonData, updatedMs, transitionedMs } = alarm.state;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmConfigurationUpdatedTimestamp: alarm.configuredMs / 1000,
    ActionsEnabled: alarm.actionsEnabled,
    ...alarm.configuration,
    StateValue: value,
    StateReason: reason,
    StateReasonData: reasonData,
    StateUpdatedTimestamp: updatedMs / 1000,
    StateTransitionedTimestamp: transitionedMs / 1000,
  };
}

/** The alarms that a request names, all of which must exist. */
export function readAlarmNames(input: Fields, operation: string): string[] {
  refuseUnknownKeys(input, ['AlarmNames'], operation);
  return readList(input, 'AlarmNames', { min: 1, max: 100 }).map((name) => {
    if (typeof name !== 'string') throw invalid(`${operation}: AlarmNames must be a list of texts`);
    return name;
  });
}
