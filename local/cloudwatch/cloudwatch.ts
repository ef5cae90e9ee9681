import { createJsonService, type Fields } from '../json-protocol.ts';
import type { EventBus, Ground, MetricSink, WireService } from '../service.ts';
import { createAlarms } from './alarms.ts';
import { bucketOfValue } from './bucket.ts';
import { createMetricStore } from './metric-store.ts';
import { putMetricData } from './put-metric-data.ts';
import { createMetricReads } from './read-metrics.ts';

/** The names that CloudWatch's errors had in the query protocol. */
const QUERY_ERRORS = {
  InvalidParameterCombinationException: 'InvalidParameterCombination',
  InvalidParameterValueException: 'InvalidParameterValue',
  ThrottlingException: 'Throttling',
  ValidationException: 'ValidationError',
};

/** CloudWatch: metrics by the minute, alarms that are evaluated on the cloud clock, and their state-change events on `bus`. */
export function createCloudWatch(ground: Ground, bus: EventBus): WireService & MetricSink & { close(): void } {
  const nowMs = () => ground.clock.nowMs();
  const store = createMetricStore(nowMs);
  const alarms = createAlarms(ground, store, bus);
  const service = createJsonService({
    prefix: 'GraniteServiceVersion20100801',
    version: '1.0',
    queryErrors: QUERY_ERRORS,
    operations: {
      PutMetricData: (input: Fields) => putMetricData(store, nowMs(), input),
      ...createMetricReads(store, nowMs, (datapoints, ageMs) => ground.quotas?.admitDatapoints(datapoints, ageMs)),
      ...alarms.operations,
    },
  });
  return {
    ...service,
    record: ({ namespace, metricName, dimensions, value, unit = 'None', atMs }) =>
      store.add({ namespace, metricName, dimensions }, unit, atMs, bucketOfValue(value)),
    close: alarms.close,
  };
}
