import { constraint, type Fields, invalid, isObject, readList, readOneOf, readText, refuseUnknownKeys } from '../json-protocol.ts';
import { ServiceError } from '../service.ts';
import { evaluateQueries, isMetric, readQueries, seriesOf } from './metric-query.ts';
import { invalidCombination, invalidValue, listDimensions, readMetric, readPeriod, readTimeMs, readUnit } from './metric-request.ts';
import type { MetricStore, Window } from './metric-store.ts';
import { extendedReader, STATISTICS, statisticReader } from './statistics.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The operations that read metrics. `admit` throws when GetMetricData may not fetch that many datapoints of that age. */
export function createMetricReads(store: MetricStore, nowMs: () => number, admit: (datapoints: number, ageMs: number) => void) {
  /** The window of a request. CloudWatch rounds its start down to the resolution that data of that age has. */
  const readWindow = (input: Fields) => {
    const givenMs = readTimeMs(input, 'StartTime');
    const endMs = readTimeMs(input, 'EndTime');
    if (givenMs >= endMs) throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
    const ageMs = nowMs() - givenMs;
    const stepMs = ageMs < 15 * DAY_MS ? MINUTE_MS : ageMs < 63 * DAY_MS ? 5 * MINUTE_MS : 60 * MINUTE_MS;
    const startMs = Math.floor(givenMs / stepMs) * stepMs;
    return (periodSeconds: number): Window => ({
      startMs,
      periodMs: periodSeconds * 1000,
      count: Math.ceil((endMs - startMs) / (periodSeconds * 1000)),
      endMs,
    });
  };

  return {
    GetMetricData(input: Fields) {
      refuseUnknownKeys(input, ['MetricDataQueries', 'StartTime', 'EndTime', 'ScanBy'], 'GetMetricData');
      const queries = readQueries(readList(input, 'MetricDataQueries', { min: 1, max: 500 }));
      const windowOf = readWindow(input);
      const isAscending =
        input.ScanBy != null && readOneOf(input, 'ScanBy', ['TimestampAscending', 'TimestampDescending']) === 'TimestampAscending';
      const points = queries.reduce((sum, { periodSeconds }) => sum + windowOf(periodSeconds).count, 0);
      if (points > 100_800) throw invalid(`the local AWS does not page GetMetricData: ${points} datapoints are more than 100,800`);
      admit(points, nowMs() - readTimeMs(input, 'StartTime'));
      const values = evaluateQueries(queries, store, windowOf);
      const asked = readList(input, 'MetricDataQueries').map((entry) => queries.find(({ id }) => id === (entry as Fields).Id)!);
      const MetricDataResults = asked
        .filter(({ isReturned }) => isReturned)
        .flatMap(({ id, label, source, periodSeconds }) => {
          const { startMs, periodMs } = windowOf(periodSeconds);
          return seriesOf(values.get(id)!).map((series) => {
            const found = series.flatMap((value, at) => (value === undefined ? [] : [{ at: (startMs + at * periodMs) / 1000, value }]));
            if (!isAscending) found.reverse();
            return {
              Id: id,
              Label: label ?? (isMetric(source) ? source.metric.metricName : id),
              Timestamps: found.map(({ at }) => at),
              Values: found.map(({ value }) => value),
              StatusCode: 'Complete',
            };
          });
        });
      return { MetricDataResults, Messages: [] };
    },

    GetMetricStatistics(input: Fields) {
      refuseUnknownKeys(
        input,
        ['Namespace', 'MetricName', 'Dimensions', 'StartTime', 'EndTime', 'Period', 'Statistics', 'ExtendedStatistics', 'Unit'],
        'GetMetricStatistics',
      );
      const metric = readMetric(input);
      const window = readWindow(input)(readPeriod(input));
      if (window.count > 1440) {
        throw invalidCombination(
          `You have requested up to ${window.count} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
        );
      }
      const simple = readList(input, 'Statistics', { max: 5 }).map((name) => readOneOf({ Statistics: name }, 'Statistics', STATISTICS));
      const extended = readList(input, 'ExtendedStatistics', { max: 10 }).map(String);
      if (!simple.length === !extended.length) throw invalidCombination('Exactly one of Statistics and ExtendedStatistics must be given.');
      const unsupported = extended.find((name) => !extendedReader(name));
      if (unsupported) throw invalid(`the local AWS does not support the statistic ${unsupported}`);

      const unit = readUnit(input);
      const units = unit === undefined ? store.unitsOf(metric) : [unit];
      const Datapoints = units.flatMap((Unit) =>
        store.read(metric, Unit, window).flatMap((bucket, at) => {
          if (!bucket) return [];
          const statistics = Object.fromEntries(simple.map((name) => [name, statisticReader(name)!(bucket)]));
          const values = Object.fromEntries(extended.map((name) => [name, extendedReader(name)!(bucket)]));
          const Timestamp = (window.startMs + at * window.periodMs) / 1000;
          return [{ Timestamp, Unit, ...statistics, ExtendedStatistics: extended.length ? values : undefined }];
        }),
      );
      return { Label: metric.metricName, Datapoints };
    },

    ListMetrics(input: Fields) {
      refuseUnknownKeys(input, ['Namespace', 'MetricName', 'Dimensions', 'RecentlyActive', 'NextToken'], 'ListMetrics');
      const filters = readList(input, 'Dimensions', { max: 10 }).map((filter) => {
        if (!isObject(filter)) throw constraint(filter, 'Dimensions', 'be structures');
        return { name: readText(filter, 'Name', { max: 255 }), value: filter.Value };
      });
      const isRecent = input.RecentlyActive != null && readOneOf(input, 'RecentlyActive', ['PT3H']) === 'PT3H';
      const sinceMs = nowMs() - (isRecent ? 3 * 60 * MINUTE_MS : 14 * DAY_MS);
      const found = store
        .list()
        .filter(({ metric, lastMs }) => {
          if (lastMs < sinceMs) return false;
          if (input.Namespace != null && metric.namespace !== input.Namespace) return false;
          if (input.MetricName != null && metric.metricName !== input.MetricName) return false;
          return filters.every(({ name, value }) => name in metric.dimensions && (value == null || metric.dimensions[name] === value));
        })
        .map(({ metric }) => ({
          Namespace: metric.namespace,
          MetricName: metric.metricName,
          Dimensions: listDimensions(metric.dimensions),
        }));
      const { page, NextToken } = takePage(found, input.NextToken, 500);
      return { Metrics: page, NextToken };
    },
  };
}

/** A page of `all` from where `token` left off. */
export function takePage<T>(all: T[], token: unknown, size: number): { page: T[]; NextToken?: string } {
  const from = token == null ? 0 : Number(Buffer.from(String(token), 'base64').toString());
  if (!Number.isInteger(from) || from < 0) throw new ServiceError('InvalidNextToken', 'The next token specified is invalid.');
  const until = from + size;
  return { page: all.slice(from, until), NextToken: until < all.length ? Buffer.from(String(until)).toString('base64') : undefined };
}
