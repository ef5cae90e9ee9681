import * as sdk from '@aws-sdk/client-cloudwatch';
import { createCborService, isCbor } from '../cbor-protocol.ts';
import { createJsonService, type Fields } from '../json-protocol.ts';
import { createQueryService } from '../query-protocol.ts';
import type { EventBus, Ground, MetricSink, WireRequest, WireService } from '../service.ts';
import { readModel } from '../service-model.ts';
import { createAlarms } from './alarms.ts';
import { bucketOfValue } from './bucket.ts';
import { createMetricStore } from './metric-store.ts';
import { putMetricData } from './put-metric-data.ts';
import { createMetricReads } from './read-metrics.ts';

const MODEL = readModel(sdk);

/** The names that CloudWatch's errors have in the query protocol. */
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
  const operations = {
    PutMetricData: (input: Fields) => putMetricData(store, nowMs(), input),
    ...createMetricReads(store, nowMs, (datapoints, ageMs) => ground.quotas?.admitDatapoints(datapoints, ageMs)),
    ...alarms.operations,
  };
  const shared = { prefix: 'GraniteServiceVersion20100801', model: MODEL, operations, queryErrors: QUERY_ERRORS };
  const json = createJsonService({ ...shared, version: '1.0' });
  const cbor = createCborService(shared);
  const query = createQueryService({
    ...shared,
    service: 'CloudWatch',
    version: '2010-08-01',
    namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  });
  // The AWS CLI 2.9 and older SDKs speak query, those for JavaScript and Python JSON, those for Java and Go CBOR.
  const protocolOf = (request: Omit<WireRequest, 'caller'>) => (request.headers['x-amz-target'] ? json : isCbor(request) ? cbor : query);
  return {
    handle: (request) => protocolOf(request).handle(request),
    inputOf: (request) => protocolOf(request).inputOf(request),
    record: ({ namespace, metricName, dimensions, value, unit = 'None', atMs }) =>
      store.add({ namespace, metricName, dimensions }, unit, atMs, bucketOfValue(value)),
    close: alarms.close,
  };
}
