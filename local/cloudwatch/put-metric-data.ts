import { constraint, type Fields, invalid, isObject, readList, refuseUnknownKeys } from '../json-protocol.ts';
import { addBucket, type Bucket, bucketOfValue } from './bucket.ts';
import { invalidCombination, invalidValue, readMetric, readTimeMs, readUnit } from './metric-request.ts';
import type { MetricStore } from './metric-store.ts';

const HOUR_MS = 3_600_000;

/** PutMetricData: all data of a request or, when one is wrong, none. */
export function putMetricData(store: MetricStore, nowMs: number, input: Fields): void {
  refuseUnknownKeys(input, ['Namespace', 'MetricData'], 'PutMetricData');
  if (String(input.Namespace).startsWith('AWS/')) throw invalidValue('The value AWS/ for parameter Namespace is invalid.');
  const data = readList(input, 'MetricData', { min: 1, max: 1000 }).map((entry, index) => {
    if (!isObject(entry)) throw constraint(entry, 'MetricData', 'be structures');
    return readDatum(entry, { namespace: input.Namespace, nowMs, where: `MetricData.member.${index + 1}` });
  });
  for (const { metric, unit, atMs, samples } of data) store.add(metric, unit, atMs, samples);
}

const KEYS = ['MetricName', 'Dimensions', 'Timestamp', 'Value', 'StatisticValues', 'Values', 'Counts', 'Unit', 'StorageResolution'];

function readDatum(entry: Fields, { namespace, nowMs, where }: { namespace: unknown; nowMs: number; where: string }) {
  refuseUnknownKeys(entry, KEYS, 'PutMetricData');
  if (entry.StorageResolution != null && entry.StorageResolution !== 60) {
    throw invalid(`the local AWS does not support high resolution: a StorageResolution of ${entry.StorageResolution}`);
  }
  const atMs = entry.Timestamp == null ? nowMs : readTimeMs(entry, 'Timestamp');
  if (atMs > nowMs + 2 * HOUR_MS) {
    throw invalidValue(`The parameter ${where}.Timestamp must specify a time no more than two hours in the future.`);
  }
  if (atMs < nowMs - 14 * 24 * HOUR_MS) {
    throw invalidValue(`The parameter ${where}.Timestamp must specify a time within the past two weeks.`);
  }
  return {
    metric: readMetric({ ...entry, Namespace: namespace }),
    unit: readUnit(entry) ?? 'None',
    atMs,
    samples: readSamples(entry, where),
  };
}

function readSamples(entry: Fields, where: string): Bucket {
  const given = ['Value', 'Values', 'StatisticValues'].filter((key) => entry[key] != null);
  if (given.length !== 1) {
    throw invalidCombination(`${where} must have exactly one of Value, Values and StatisticValues, not ${given.join(' and ') || 'none'}.`);
  }
  if (entry.Value != null) return bucketOfValue(readNumber(entry, 'Value', where));
  if (isObject(entry.StatisticValues)) return readStatistics(entry.StatisticValues, where);
  const values = readList(entry, 'Values', { min: 1, max: 150 });
  const counts = entry.Counts == null ? values.map(() => 1) : readList(entry, 'Counts', { max: 150 });
  if (counts.length !== values.length) throw invalidCombination(`${where}: Values and Counts must be of the same length.`);
  const [first, ...rest] = values.map((value, at) =>
    bucketOfValue(readNumber({ value }, 'value', `${where}.Values`), readNumber({ count: counts[at] }, 'count', `${where}.Counts`)),
  );
  for (const samples of rest) addBucket(first!, samples);
  return first!;
}

function readStatistics(set: Fields, where: string): Bucket {
  refuseUnknownKeys(set, ['SampleCount', 'Sum', 'Minimum', 'Maximum'], 'StatisticValues');
  const [count, sum, min, max] = ['SampleCount', 'Sum', 'Minimum', 'Maximum'].map((key) => readNumber(set, key, where)) as [
    number,
    number,
    number,
    number,
  ];
  if (count <= 0 || min > max) throw invalidValue(`${where}.StatisticValues do not belong together.`);
  return { count, sum, min, max, isOpaque: min !== max || undefined };
}

/** CloudWatch takes numbers between -2^360 and 2^360, neither NaN nor infinity (which JSON writes as text). */
function readNumber(fields: Fields, key: string, where: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || Math.abs(value) > 2 ** 360)
    throw invalidValue(`The value ${value} for parameter ${where}.${key} is invalid.`);
  return value;
}
