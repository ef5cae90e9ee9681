import { createHash } from 'node:crypto';
import {
  constraint,
  type Fields,
  invalid,
  isObject,
  readInteger,
  readList,
  readOneOf,
  readText,
  refuseUnknownKeys,
} from '../json-protocol.ts';
import { ServiceError } from '../service.ts';
import { countBetween, readToken, takeMetricDataPage, writeToken } from './metric-data-page.ts';
import { evaluateQueries, isMetric, readQueries, seriesOf } from './metric-query.ts';
import { invalidCombination, invalidValue, listDimensions, readMetric, readPeriod, readTimeMs, readUnit } from './metric-request.ts';
import type { MetricStore, Window } from './metric-store.ts';
import { extendedReader, STATISTICS, statisticReader } from './statistics.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** "A total of as many as 100,800 data points" in one answer of GetMetricData. */
const MOST_DATAPOINTS = 100_800;

/** The operations that read metrics. `admit` throws when GetMetricData may not ask for that many datapoints of that age. */
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
      const known = ['MetricDataQueries', 'StartTime', 'EndTime', 'ScanBy', 'MaxDatapoints', 'NextToken'];
      refuseUnknownKeys(input, known, 'GetMetricData');
      const queries = readQueries(readList(input, 'MetricDataQueries', { min: 1, max: 500 }));
      const windowOf = readWindow(input);
      const isAscending =
        input.ScanBy != null && readOneOf(input, 'ScanBy', ['TimestampAscending', 'TimestampDescending']) === 'TimestampAscending';
      const most = input.MaxDatapoints == null ? MOST_DATAPOINTS : readInteger(input, 'MaxDatapoints', { min: 1, max: MOST_DATAPOINTS });
      const request = fingerprint(input);
      const after = input.NextToken == null ? undefined : readToken(input.NextToken, request);

      const values = evaluateQueries(queries, store, windowOf);
      const returned = readList(input, 'MetricDataQueries')
        .map((entry) => queries.find(({ id }) => id === (entry as Fields).Id)!)
        .filter(({ isReturned }) => isReturned)
        .flatMap((query) => seriesOf(values.get(query.id)!).map((series) => ({ query, series, window: windowOf(query.periodSeconds) })));
      const { parts, end } = takeMetricDataPage(returned, { most, isAscending, after });
      // The quota counts what is asked for, not what there is: all pages together pay what one page would.
      const hidden = queries.filter(({ isReturned }) => !isReturned);
      const windows = [...returned.map(({ window }) => window), ...hidden.map(({ periodSeconds }) => windowOf(periodSeconds))];
      admit(countBetween(windows, isAscending, after, end), nowMs() - readTimeMs(input, 'StartTime'));

      // "NextToken is not returned if you are performing a math expression": what is over the limit is then lost.
      const hasMath = queries.some(({ source }) => !isMetric(source));
      return {
        MetricDataResults: returned.map(({ query: { id, label, source } }, at) => {
          const { datapoints, isPartial } = parts[at]!;
          return {
            Id: id,
            Label: label ?? (isMetric(source) ? source.metric.metricName : id),
            Timestamps: datapoints.map(({ atMs }) => atMs / 1000),
            Values: datapoints.map(({ value }) => value),
            StatusCode: isPartial ? 'PartialData' : 'Complete',
          };
        }),
        ...(end && !hasMath && { NextToken: writeToken(end, request) }),
        Messages: [],
      };
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

/** What a token of GetMetricData is for: the queries and the time. */
const fingerprint = ({ MetricDataQueries, StartTime, EndTime, ScanBy }: Fields) =>
  createHash('sha256')
    .update(JSON.stringify([MetricDataQueries, StartTime, EndTime, ScanBy ?? null]))
    .digest('base64url');
