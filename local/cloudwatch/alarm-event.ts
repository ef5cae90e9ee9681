import type { EventBus } from '../service.ts';
import type { Alarm, AlarmState, MetricAlarm } from './alarm.ts';
import { alarmTime } from './alarm-reason.ts';
import { isMetric } from './metric-query.ts';

/** The `CloudWatch Alarm State Change` event of an alarm that left the state `previous`. */
export function stateChangeEvent(alarm: Alarm, previous: AlarmState): Parameters<EventBus['publish']>[0] {
  return {
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.name,
      state: describeState(alarm.state),
      previousState: describeState(previous),
      configuration: {
        ...(alarm.kind === 'MetricAlarm' ? { metrics: describeMetrics(alarm) } : { alarmRule: alarm.configuration.AlarmRule }),
        ...(alarm.configuration.AlarmDescription === undefined ? {} : { description: alarm.configuration.AlarmDescription }),
      },
    },
  };
}

const describeState = ({ value, reason, reasonData, updatedMs }: AlarmState) => ({
  value,
  reason,
  ...(reasonData === undefined ? {} : { reasonData }),
  timestamp: alarmTime(updatedMs),
});

function describeMetrics(alarm: MetricAlarm) {
  return alarm.queries.map(({ id, label, isReturned, periodSeconds, source }) => ({
    id,
    ...(label === undefined ? {} : { label }),
    ...(isMetric(source)
      ? {
          metricStat: {
            metric: { namespace: source.metric.namespace, name: source.metric.metricName, dimensions: source.metric.dimensions },
            period: periodSeconds,
            stat: source.statistic,
            ...(source.unit === undefined ? {} : { unit: source.unit }),
          },
        }
      : { expression: source.expression }),
    returnData: isReturned,
  }));
}
