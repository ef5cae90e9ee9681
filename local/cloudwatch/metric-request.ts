import { constraint, type Fields, invalid, isObject, readInteger, readList, readText, refuseUnknownKeys } from '../json-protocol.ts';
import { ServiceError } from '../service.ts';
import type { Metric } from './metric-store.ts';
import { type ReadStatistic, statisticReader } from './statistics.ts';

export const invalidValue = (message: string) => new ServiceError('InvalidParameterValueException', message);
export const invalidCombination = (message: string) => new ServiceError('InvalidParameterCombinationException', message);

/** A metric as requests name it. All dimensions count: a metric with fewer or more is another one. */
export function readMetric(input: Fields): Metric {
  return {
    namespace: readText(input, 'Namespace', { max: 255, pattern: /^[^:].*$/ }),
    metricName: readText(input, 'MetricName', { max: 255 }),
    dimensions: readDimensions(input),
  };
}

export function readDimensions(input: Fields): Record<string, string> {
  const dimensions: Record<string, string> = {};
  for (const dimension of readList(input, 'Dimensions', { max: 30 })) {
    if (!isObject(dimension)) throw constraint(dimension, 'Dimensions', 'be structures');
    refuseUnknownKeys(dimension, ['Name', 'Value'], 'Dimensions');
    const name = readText(dimension, 'Name', { max: 255 });
    if (name in dimensions) throw invalidValue(`The dimension ${name} is given more than once.`);
    dimensions[name] = readText(dimension, 'Value', { max: 1024 });
  }
  return dimensions;
}

/** Dimensions as answers list them. */
export const listDimensions = (dimensions: Record<string, string>) => Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

/** A period in seconds. The local AWS keeps data by the minute. */
export function readPeriod(input: Fields): number {
  const period = readInteger(input, 'Period', { min: 1, max: 604_800 });
  if ([1, 5, 10, 20, 30].includes(period)) throw invalid(`the local AWS does not support high resolution: a Period of ${period}`);
  if (period % 60) throw invalidValue('The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.');
  return period;
}

export function readStatisticName(input: Fields, key: string): { name: string; read: ReadStatistic } {
  const name = readText(input, key, { max: 128 });
  const read = statisticReader(name);
  if (!read) throw invalid(`the local AWS does not support the statistic ${name}`);
  return { name, read };
}

/** A time of the API (seconds since 1970) in milliseconds. */
export function readTimeMs(input: Fields, key: string): number {
  const value = input[key];
  if (typeof value !== 'number') throw constraint(value ?? null, key, 'be a time in seconds');
  return Math.round(value * 1000);
}

export const readUnit = (input: Fields) => (input.Unit == null ? undefined : readText(input, 'Unit', { max: 255 }));
