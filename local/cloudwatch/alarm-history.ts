import { type Fields, readInteger, readList, readOneOf, refuseUnknownKeys } from '../json-protocol.ts';
import type { Alarm, AlarmState } from './alarm.ts';
import { readTimeMs } from './metric-request.ts';
import { readAlarmName } from './put-alarm.ts';
import { takePage } from './read-metrics.ts';

const KEPT_MS = 30 * 86_400_000;
const MOST_KEPT = 10_000;

interface Item {
  atMs: number;
  alarmName: string;
  alarmType: Alarm['kind'];
  summary: string;
  data: string;
}

/** The state updates of all alarms, also of deleted ones. */
export function createAlarmHistory(nowMs: () => number) {
  const items: Item[] = [];
  return {
    add(alarm: Alarm, previous: AlarmState): void {
      const { state } = alarm;
      items.push({
        atMs: state.updatedMs,
        alarmName: alarm.name,
        alarmType: alarm.kind,
        summary: `Alarm updated from ${previous.value} to ${state.value}`,
        data: JSON.stringify({ version: '1.0', oldState: describe(previous), newState: describe(state) }),
      });
      if (items.length > MOST_KEPT) items.shift();
    },

    DescribeAlarmHistory(input: Fields) {
      const known = ['AlarmName', 'AlarmTypes', 'HistoryItemType', 'StartDate', 'EndDate', 'MaxRecords', 'NextToken', 'ScanBy'];
      refuseUnknownKeys(input, known, 'DescribeAlarmHistory');
      if (input.HistoryItemType != null) readOneOf(input, 'HistoryItemType', ['StateUpdate']);
      const name = input.AlarmName == null ? undefined : readAlarmName(input);
      const types = readList(input, 'AlarmTypes');
      const fromMs = Math.max(nowMs() - KEPT_MS, input.StartDate == null ? 0 : readTimeMs(input, 'StartDate'));
      const untilMs = input.EndDate == null ? Number.POSITIVE_INFINITY : readTimeMs(input, 'EndDate');
      const isAscending = input.ScanBy === 'TimestampAscending';
      const found = items.filter(
        (item) =>
          item.atMs >= fromMs &&
          item.atMs <= untilMs &&
          (name === undefined || item.alarmName === name) &&
          (types.length === 0 ? item.alarmType === 'MetricAlarm' : types.includes(item.alarmType)),
      );
      if (!isAscending) found.reverse();
      const size = input.MaxRecords == null ? 100 : readInteger(input, 'MaxRecords', { min: 1, max: 100 });
      const { page, NextToken } = takePage(found, input.NextToken, size);
      return {
        AlarmHistoryItems: page.map((item) => ({
          AlarmName: item.alarmName,
          AlarmType: item.alarmType,
          Timestamp: item.atMs / 1000,
          HistoryItemType: 'StateUpdate',
          HistorySummary: item.summary,
          HistoryData: item.data,
        })),
        NextToken,
      };
    },
  };
}

const describe = ({ value, reason, reasonData }: AlarmState) => ({
  stateValue: value,
  stateReason: reason,
  stateReasonData: reasonData === undefined ? undefined : parsed(reasonData),
});

/** SetAlarmState takes any text as reason data. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
