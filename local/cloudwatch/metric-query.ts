import { constraint, type Fields, invalid, isObject, readText, refuseUnknownKeys } from '../json-protocol.ts';
import { isSeries, type MathValue, type Series } from './math-values.ts';
import { compileMath, type MathExpression } from './metric-math.ts';
import { readMetric, readPeriod, readStatisticName, readUnit } from './metric-request.ts';
import type { Metric, MetricStore, Window } from './metric-store.ts';
import type { ReadStatistic } from './statistics.ts';

/** One metric or expression of a request, ready to be evaluated. */
export interface MetricQuery {
  id: string;
  label?: string;
  isReturned: boolean;
  periodSeconds: number;
  source: MetricSource | { expression: string; math: MathExpression };
}

export interface MetricSource {
  metric: Metric;
  unit?: string;
  statistic: string;
  read: ReadStatistic;
}

export const isMetric = (source: MetricQuery['source']): source is MetricSource => 'metric' in source;

/** The queries of a request, checked, with every one after those that it refers to. */
export function readQueries(entries: unknown[]): MetricQuery[] {
  const queries = new Map<string, MetricQuery>();
  for (const entry of entries) {
    if (!isObject(entry)) throw constraint(entry, 'MetricDataQueries', 'be structures');
    const query = readQuery(entry);
    if (queries.has(query.id)) throw invalid(`The values for parameter id in MetricDataQueries are not unique: ${query.id}`);
    queries.set(query.id, query);
  }
  const ordered = inOrder(queries);
  tryOut(ordered);
  return ordered;
}

/** What each query yields, by id. `windowOf` tells the window for a period. */
export function evaluateQueries(
  queries: readonly MetricQuery[],
  store: Pick<MetricStore, 'read'>,
  windowOf: (periodSeconds: number) => Window,
): Map<string, MathValue> {
  const values = new Map<string, MathValue>();
  const metricIds = queries.filter(({ source }) => isMetric(source)).map(({ id }) => id);
  for (const { id, source, periodSeconds } of queries) {
    const window = windowOf(periodSeconds);
    if (isMetric(source)) {
      const buckets = store.read(source.metric, source.unit, window);
      values.set(
        id,
        buckets.map((bucket) => bucket && source.read(bucket)),
      );
    } else {
      values.set(id, source.math.evaluate({ length: window.count, periodSeconds, values, metricIds }));
    }
  }
  return values;
}

/** The series that a query yields; several for an expression such as METRICS(). */
export const seriesOf = (value: MathValue): Series[] => (isSeries(value) ? [value] : (value as Series[]));

function readQuery(entry: Fields): MetricQuery {
  refuseUnknownKeys(entry, ['Id', 'MetricStat', 'Expression', 'Label', 'ReturnData', 'Period'], 'MetricDataQueries');
  const id = readText(entry, 'Id', { max: 255, pattern: /^[a-z][a-zA-Z0-9_]*$/ });
  const label = entry.Label == null ? undefined : readText(entry, 'Label', { min: 0, max: 2048 });
  if (label?.includes('${')) throw invalid(`the local AWS does not support dynamic labels: ${label}`);
  const isReturned = entry.ReturnData !== false;
  if ((entry.MetricStat == null) === (entry.Expression == null)) {
    throw invalid(`The query ${id} must have exactly one of MetricStat and Expression.`);
  }
  if (isObject(entry.MetricStat)) {
    const stat = entry.MetricStat;
    refuseUnknownKeys(stat, ['Metric', 'Period', 'Stat', 'Unit'], 'MetricStat');
    if (!isObject(stat.Metric)) throw constraint(stat.Metric ?? null, 'Metric', 'be a structure');
    refuseUnknownKeys(stat.Metric, ['Namespace', 'MetricName', 'Dimensions'], 'Metric');
    const { name, read } = readStatisticName(stat, 'Stat');
    const source = { metric: readMetric(stat.Metric), unit: readUnit(stat), statistic: name, read };
    return { id, label, isReturned, periodSeconds: readPeriod(stat), source };
  }
  const expression = readText(entry, 'Expression', { max: 2048 });
  const source = { expression, math: compileMath(expression) };
  return { id, label, isReturned, periodSeconds: entry.Period == null ? 0 : readPeriod(entry), source };
}

/** Metrics first, then expressions after what they name. Gives each expression the period of its metrics. */
function inOrder(queries: Map<string, MetricQuery>): MetricQuery[] {
  const metrics = [...queries.values()].filter(({ source }) => isMetric(source));
  const ordered: MetricQuery[] = [...metrics];
  const open = new Set<string>();
  const visit = (query: MetricQuery) => {
    if (ordered.includes(query) || isMetric(query.source)) return;
    if (open.has(query.id)) throw invalid(`The expression ${query.id} refers to itself.`);
    open.add(query.id);
    const named = [...query.source.math.ids].map((id) => {
      const other = queries.get(id);
      if (!other) throw invalid(`Error in expression '${query.id}': ${id} is not an Id of this request.`);
      visit(other);
      return other;
    });
    const used = query.source.expression.includes('METRICS(') ? [...named, ...metrics] : named;
    const periods = new Set([...used.map(({ periodSeconds }) => periodSeconds), ...(query.periodSeconds ? [query.periodSeconds] : [])]);
    if (periods.size > 1) throw invalid(`the local AWS does not support different periods in one expression: ${query.id}`);
    const [period] = periods;
    if (!period) throw invalid(`The expression ${query.id} needs a Period, as it refers to no metric.`);
    query.periodSeconds = period;
    ordered.push(query);
  };
  for (const query of queries.values()) visit(query);
  return ordered;
}

const noData: Pick<MetricStore, 'read'> = { read: (_metric, _unit, window) => new Array<undefined>(window.count).fill(undefined) };

/** Evaluates on no data, which brings out wrong arguments and results that are not time series. */
function tryOut(queries: MetricQuery[]): void {
  const values = evaluateQueries(queries, noData, (periodSeconds) => ({ startMs: 0, periodMs: periodSeconds * 1000, count: 1 }));
  for (const { id, isReturned } of queries) {
    if (isReturned && typeof values.get(id) === 'number') {
      throw invalid(`The expression ${id} yields a scalar: the result of an expression must be a time series.`);
    }
  }
}
